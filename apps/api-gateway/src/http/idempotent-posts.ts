import {
  Inject,
  Injectable,
  SetMetadata,
  type CallHandler,
  type CustomDecorator,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { jsonText, parseJsonBody, type JsonObject } from '#order-intake';
import type { IdempotencyScope, TokenOwner } from '#persistence';
import type { AuthenticatedRequest } from '../auth/access.js';
import { hashBody } from './canonical-body.js';
import { ApiError } from './api-error.js';
import { KeyedRequests, type KeyedRequest } from './keyed-requests.js';

const KEY = /^[ -~]{1,128}$/;
const MODE = 'tranche:idempotency';

/**
 * For POST routes that wait for another service, ask one, or commit step by step: they cannot run inside one
 * transaction. With a key they run as they would without one, and their answer is kept after it; a process that dies
 * between the two lets a repeat run again. What must not be done twice is a `KeyedRequests.part`.
 */
export const RunsApart = (): CustomDecorator => SetMetadata(MODE, 'apart');

/** For POST routes whose answer must not be kept, such as one that holds a secret: the key is not looked at. */
export const NeverKept = (): CustomDecorator => SetMetadata(MODE, 'none');

/**
 * `Idempotency-Key` on every POST route (order-api.md 1), without a word in the route itself: the interceptor runs the
 * handler in one transaction with the key, so either both are stored or neither. Whatever a handler does through
 * `RequestDatabase.inTenant` joins that transaction. A repeat gets the stored answer, a twin waits for the first, another
 * body is 409, and failures leave no key. Routes that cannot work so are marked {@link RunsApart} or {@link NeverKept}.
 */
@Injectable()
export class IdempotentPosts implements NestInterceptor {
  constructor(
    @Inject(KeyedRequests) private readonly requests: KeyedRequests,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest & AuthenticatedRequest>();
    const key = request.headers['idempotency-key'];
    const { caller } = request;
    if (request.method !== 'POST' || key === undefined || caller === undefined) return next.handle();
    if (typeof key !== 'string' || !KEY.test(key))
      throw ApiError.ofFields({ 'Idempotency-Key': ['Idempotency-Key must be 1 to 128 printable ASCII characters'] });
    const mode = this.reflector.get<'apart' | 'none' | undefined>(MODE, context.getHandler());
    const body = bodyOf(request);
    // What is no JSON is refused by the route, in its own words.
    if (mode === 'none' || body === null) return next.handle();
    const reply = http.getResponse<FastifyReply>();
    const keyed: KeyedRequest = {
      scope: scopeOf(caller, request, key),
      bodyHashHex: hashBody(body),
      handle: async () => {
        const shown = await lastValueFrom(next.handle(), { defaultValue: {} });
        return { status: reply.statusCode, response: jsonText(shown) };
      },
    };
    return from(this.answer(keyed, mode, reply));
  }

  private async answer(keyed: KeyedRequest, mode: 'apart' | undefined, reply: FastifyReply): Promise<string> {
    const { status, response, isReplay } = await (mode === 'apart'
      ? this.requests.apart(keyed)
      : this.requests.inOne(keyed));
    void reply.status(status).type('application/json; charset=utf-8');
    if (isReplay) void reply.header('Idempotency-Replayed', 'true');
    return response;
  }
}

function scopeOf({ tenantId, userId }: TokenOwner, request: FastifyRequest, key: string): IdempotencyScope {
  const path = (request.url.split('?', 1)[0] ?? '').replace(/\/+$/, '');
  return { tenantId, userId, route: `POST ${path}/`, key };
}

/** Null when the body is no JSON object; none at all counts as an empty one. */
function bodyOf({ body }: FastifyRequest): JsonObject | null {
  if (!Buffer.isBuffer(body) || body.length === 0) return {};
  const parsed = parseJsonBody(body);
  return parsed.ok ? parsed.value : null;
}
