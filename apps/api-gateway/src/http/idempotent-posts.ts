import { setTimeout } from 'node:timers/promises';
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
import {
  DatabaseUnavailableError,
  IdempotencyRepository,
  type IdempotencyScope,
  type StoredAnswer,
  type TokenOwner,
} from '#persistence';
import type { AuthenticatedRequest } from '../auth/access.js';
import { hashBody } from './canonical-body.js';
import { ApiError } from './api-error.js';
import { parseJsonBody, type JsonObject } from './json-body.js';
import { jsonText } from './json-text.js';
import { RequestDatabase } from './request-database.js';

const KEY = /^[ -~]{1,128}$/;
const MODE = 'tranche:idempotency';
/** How long an answer is looked for whose commit nobody answered. */
const LOOK_AGAIN_FOR_MS = 1_000;
/** How long a twin waits for a request that runs apart. */
const WAIT_FOR_TWIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

/**
 * For POST routes that wait for another service, ask one, or commit step by step: they cannot run inside one
 * transaction. With a key they run as they would without one, and their answer is kept after it; only a process that
 * dies between the two lets a repeat run again.
 */
export const RunsApart = (): CustomDecorator => SetMetadata(MODE, 'apart');

/** For POST routes whose answer must not be kept, such as one that holds a secret: the key is not looked at. */
export const NeverKept = (): CustomDecorator => SetMetadata(MODE, 'none');

interface KeyedRequest {
  readonly scope: IdempotencyScope;
  readonly bodyHashHex: string;
  readonly handle: () => Promise<Pick<StoredAnswer, 'status' | 'response'>>;
}

interface Outcome extends Pick<StoredAnswer, 'status' | 'response'> {
  readonly isReplay: boolean;
}

/**
 * `Idempotency-Key` on every POST route (order-api.md 1), without a word in the route itself: the interceptor runs the
 * handler in one transaction with the key, so either both are stored or neither. Whatever a handler does through
 * `RequestDatabase.inTenant` joins that transaction. A repeat gets the stored answer, a twin waits for the first, another
 * body is 409, and failures leave no key. Routes that cannot work so are marked {@link RunsApart} or {@link NeverKept}.
 */
@Injectable()
export class IdempotentPosts implements NestInterceptor {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
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
    const { status, response, isReplay } = mode === 'apart' ? await this.apart(keyed) : await this.inOne(keyed);
    void reply.status(status).type('application/json; charset=utf-8');
    if (isReplay) void reply.header('Idempotency-Replayed', 'true');
    return response;
  }

  private async inOne(keyed: KeyedRequest): Promise<Outcome> {
    const { scope, bodyHashHex } = keyed;
    const progress = { isOnItsWay: false };
    try {
      return await this.db.inOneTransaction(scope.tenantId, async (tx) => {
        const keys = new IdempotencyRepository(tx);
        await keys.lock(scope);
        const known = await keys.find(scope);
        if (known !== null) return replay(known, bodyHashHex);
        const answer = await keyed.handle();
        if (!(await keys.take(scope, { ...answer, bodyHashHex }))) throw new Error('A locked key must be free');
        progress.isOnItsWay = true;
        return { ...answer, isReplay: false };
      });
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError) || !progress.isOnItsWay) throw error;
      return this.afterLostReply(keyed, error);
    }
  }

  /**
   * The connection broke: the commit may or may not have happened. Whoever gets the key's lock afterwards sees either
   * the answer or that it will never be (reliability.md D-08).
   */
  private async afterLostReply({ scope }: KeyedRequest, error: DatabaseUnavailableError): Promise<Outcome> {
    const until = performance.now() + LOOK_AGAIN_FOR_MS;
    for (;;) {
      try {
        const found = await this.db.inTenant(scope.tenantId, async (tx) => {
          const keys = new IdempotencyRepository(tx);
          await keys.lock(scope);
          return keys.find(scope);
        });
        if (found === null) throw error;
        return { ...found, isReplay: false };
      } catch (again) {
        // Other connections of the pool may be broken too; a new one is made for each that fails.
        if (again === error) throw error;
        if (performance.now() > until) throw unknownOutcome(error);
        await setTimeout(LOOK_EVERY_MS);
      }
    }
  }

  private async apart(keyed: KeyedRequest): Promise<Outcome> {
    const { scope, bodyHashHex } = keyed;
    const found = await this.claim(keyed);
    if (found !== 'mine') return replay(found, bodyHashHex);
    let answer: Pick<StoredAnswer, 'status' | 'response'>;
    try {
      answer = await keyed.handle();
    } catch (error) {
      await this.db
        .inTenant(scope.tenantId, (tx) => new IdempotencyRepository(tx).release(scope))
        .catch(() => undefined); // it is taken for dead by itself
      throw error;
    }
    await this.db.inTenant(scope.tenantId, async (tx) => {
      const keys = new IdempotencyRepository(tx);
      await keys.release(scope);
      await keys.take(scope, { ...answer, bodyHashHex });
    });
    return { ...answer, isReplay: false };
  }

  private async claim({ scope, bodyHashHex }: KeyedRequest): Promise<StoredAnswer | 'mine'> {
    const until = performance.now() + WAIT_FOR_TWIN_MS;
    for (;;) {
      const found = await this.db.inTenant(scope.tenantId, async (tx) => {
        const keys = new IdempotencyRepository(tx);
        await keys.lock(scope);
        return (await keys.find(scope)) ?? keys.claim(scope, bodyHashHex);
      });
      if (found !== 'running') return found;
      if (performance.now() > until)
        throw ApiError.retryLater('unavailable', 'a request with this Idempotency-Key still runs', 1);
      await setTimeout(LOOK_EVERY_MS);
    }
  }
}

function unknownOutcome(cause: DatabaseUnavailableError): ApiError {
  const text = 'the outcome is not known yet: try again with the same Idempotency-Key';
  return ApiError.retryLater('unavailable', text, 1, cause);
}

function replay(stored: StoredAnswer, bodyHashHex: string): Outcome {
  if (stored.bodyHashHex !== bodyHashHex)
    throw new ApiError('idempotency_mismatch', 'Idempotency-Key was already used with another body');
  return { status: stored.status, response: stored.response, isReplay: true };
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
