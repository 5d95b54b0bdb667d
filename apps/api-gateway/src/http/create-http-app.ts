import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { nestLogger, type ServiceRuntime } from '#observability';
import { jsonText } from '#order-intake';
import { Dashboard } from '../pages/dashboard.js';
import { ApiError, errorBody } from './api-error.js';
import { ErrorFilter } from './error.filter.js';
import { MAX_BODY_BYTES } from './request-body.js';
import { RouteTable } from './route-table.js';

/** A request that takes longer to arrive is given up, so that slow senders cannot hold connections. */
const REQUEST_WITHIN_MS = 10_000;
const MEDIA_TYPE = /^\s*[\w.+*-]+\/[\w.+*-]+\s*(;|$)/;
const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * The HTTP server of the public surfaces: one shape of answer for everything, whatever the framework would say.
 * @param dashboardDir folder of the web page; without it there is none
 */
export async function createHttpApp(
  module: DynamicModule,
  runtime: ServiceRuntime,
  dashboardDir?: string,
): Promise<NestFastifyApplication> {
  const routes = new RouteTable();
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_WITHIN_MS,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    logger: false,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1_024 },
    frameworkErrors: (_error: Error, request: FastifyRequest, reply: FastifyReply) => {
      const error = new ApiError('not_found', 'Not found.');
      void reply
        .status(error.status)
        .header('X-Request-Id', request.id)
        .type(JSON_TYPE)
        .send(jsonText(errorBody(error, request.id)));
    },
    clientErrorHandler: answerBrokenRequest,
  });
  const http = adapter.getInstance<FastifyInstance>();
  acceptJsonOnly(http);
  http.addHook('onRoute', ({ method, url }) => routes.add(url, [method].flat()));
  http.addHook('onRequest', (request, reply, done) => {
    void reply
      .header('X-Request-Id', request.id)
      .header('X-Content-Type-Options', 'nosniff')
      .header('Referrer-Policy', 'no-referrer');
    // A content type that is none: Fastify would refuse it, but bodies are JSON whatever they are called.
    if (!MEDIA_TYPE.test(request.headers['content-type'] ?? ''))
      request.headers['content-type'] = 'application/octet-stream';
    done();
  });
  http.setReplySerializer(jsonText);
  measure(http, runtime);
  const dashboard = dashboardDir === undefined ? null : new Dashboard(dashboardDir);
  dashboard?.serve(http);

  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    logger: nestLogger(runtime.logger),
    abortOnError: false,
  });
  app.useGlobalFilters(new ErrorFilter(routes, runtime.logger, dashboard));
  return app;
}

/** Bodies stay bytes until a route reads them as JSON, whatever their type says; forms are refused. */
function acceptJsonOnly(http: FastifyInstance): void {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser('*', { parseAs: 'buffer' }, (request: FastifyRequest, body, done) => {
    const type = request.headers['content-type']?.toLowerCase() ?? '';
    if (/^(application\/x-www-form-urlencoded|multipart\/)/.test(type.trim()))
      done(new ApiError('unsupported_type', `content type must be application/json, was '${type}'`), undefined);
    else done(null, body);
  });
}

function measure(http: FastifyInstance, { metrics }: ServiceRuntime): void {
  const seconds = metrics.histogram({
    name: 'tranche_api_request_seconds',
    help: 'Time to answer a request',
    labelNames: ['route', 'method', 'status_class'],
  });
  http.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown');
    const method = request.is404 ? 'any' : request.method;
    seconds.observe(
      { route, method, status_class: `${Math.floor(reply.statusCode / 100)}xx` },
      reply.elapsedTime / 1000,
    );
    done();
  });
}

/** What is not even HTTP: no route, no headers, but the answer has the same shape. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const id = randomUUID();
  const body = jsonText(errorBody(new ApiError('invalid', 'request is not valid HTTP'), id));
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: ${JSON_TYPE}\r\nX-Request-Id: ${id}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
