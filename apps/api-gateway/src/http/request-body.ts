import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { parseJsonBody, type JsonObject } from '#order-intake';
import { ApiError } from './api-error.js';

/** Larger bodies are refused before they are read. */
export const MAX_BODY_BYTES = 65_536;

/** The request's body as JSON without nulls. @throws ApiError */
export const JsonBody = createParamDecorator((_: unknown, context: ExecutionContext): JsonObject => {
  const { body } = context.switchToHttp().getRequest<FastifyRequest>();
  return readBody(Buffer.isBuffer(body) ? body : Buffer.alloc(0));
});

/** As {@link JsonBody}, where no body at all is an empty one. @throws ApiError */
export const OptionalJsonBody = createParamDecorator((_: unknown, context: ExecutionContext): JsonObject => {
  const { body } = context.switchToHttp().getRequest<FastifyRequest>();
  return Buffer.isBuffer(body) && body.length > 0 ? readBody(body) : {};
});

function readBody(body: Buffer): JsonObject {
  const parsed = parseJsonBody(body);
  if (!parsed.ok) throw new ApiError(parsed.error.code, parsed.error.text);
  return parsed.value;
}
