import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '#observability';
import { OrderRefusal } from '#order-intake';
import { DatabaseUnavailableError } from '#persistence';
import type { Dashboard } from '../pages/dashboard.js';
import { ApiError } from './api-error.js';
import { failureBody } from './error-shape.js';
import { MAX_BODY_BYTES } from './request-body.js';
import type { RouteTable } from './route-table.js';
import { unavailable } from './unavailable.js';

/** The one place where failures become answers (order-api.md 4.11). */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    private readonly routes: RouteTable,
    private readonly logger: Logger,
    private readonly dashboard: Dashboard | null,
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const isUnrouted = exception instanceof HttpException && exception.getStatus() === 404;
    if (isUnrouted && this.dashboard?.isPage(request) === true)
      this.dashboard.sendPage(reply).catch((failure: unknown) => this.answer(failure, request, reply));
    else this.answer(exception, request, reply);
  }

  private answer(exception: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const error = this.toApiError(exception, request);
    if (error.code === 'internal') this.logger.error({ err: exception, requestId: request.id }, 'request failed');
    else if (error.status >= 500)
      this.logger.warn({ err: error.cause ?? error, requestId: request.id, code: error.code }, 'request refused');
    void reply
      .status(error.status)
      .headers(error.headers)
      .send(failureBody(error, request.id, request.url));
  }

  private toApiError(exception: unknown, request: FastifyRequest): ApiError {
    if (exception instanceof ApiError) return exception;
    if (exception instanceof OrderRefusal) return ApiError.of(exception);
    if (exception instanceof DatabaseUnavailableError) return unavailable(exception);
    if (exception instanceof HttpException) return this.ofFramework(exception, request);
    return new ApiError('internal', 'Internal server error');
  }

  /** What the HTTP server itself refuses; everything of ours is an ApiError or an OrderRefusal. */
  private ofFramework(exception: HttpException, request: FastifyRequest): ApiError {
    const status = exception.getStatus();
    if (status === 404) return this.unrouted(request);
    if (status === 413) return new ApiError('too_large', `body is larger than ${MAX_BODY_BYTES} bytes`);
    if (status >= 400 && status < 500) return new ApiError('invalid', `request is not valid: ${exception.message}`);
    return new ApiError('internal', 'Internal server error');
  }

  private unrouted(request: FastifyRequest): ApiError {
    const allowed = this.routes.methodsOf(request.url.split('?', 1)[0] ?? '');
    if (allowed.length === 0) return new ApiError('not_found', 'Not found.');
    return new ApiError('method_not_allowed', `method ${request.method} is not allowed here`, {
      headers: { Allow: allowed.join(', ') },
    });
  }
}
