import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  DatabaseUnavailableError,
  IdempotencyRepository,
  type IdempotencyScope,
  type StoredAnswer,
} from '#persistence';
import { ApiError } from './api-error.js';
import { RequestDatabase } from './request-database.js';

/** How long an answer is looked for whose commit nobody answered. */
const LOOK_AGAIN_FOR_MS = 1_000;
/** How long a twin waits for a request that runs apart. */
const WAIT_FOR_TWIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

type Shown = Pick<StoredAnswer, 'status' | 'response'>;

export interface KeyedRequest {
  readonly scope: IdempotencyScope;
  readonly bodyHashHex: string;
  readonly handle: () => Promise<Shown>;
}

export interface Outcome extends Shown {
  readonly isReplay: boolean;
}

/** A step of a request: what came of it now, or the id of what an earlier try did. */
export type Part<T> = { readonly isNew: true; readonly done: T } | { readonly isNew: false; readonly id: string };

/** A request that runs apart, for the parts of it. */
interface Running extends Pick<KeyedRequest, 'scope' | 'bodyHashHex'> {
  isKept: boolean;
}

const running = new AsyncLocalStorage<Running>();

/** Runs what has a key at most once: whole, or step by step with a key for each step. */
@Injectable()
export class KeyedRequests {
  private readonly logger = new Logger(KeyedRequests.name);

  constructor(@Inject(RequestDatabase) private readonly db: RequestDatabase) {}

  /** In one transaction with its key, so that both are stored or neither. */
  inOne(keyed: KeyedRequest): Promise<Outcome> {
    return this.together(keyed, () => Promise.resolve());
  }

  /**
   * In transactions of its own, under a claim that each {@link part} renews. Its answer is kept after it; where that
   * fails the answer is given all the same, and a repeat runs again and finds its parts.
   */
  async apart(keyed: KeyedRequest): Promise<Outcome> {
    const { scope, bodyHashHex } = keyed;
    const found = await this.claim(keyed);
    if (found !== 'mine') return replay(found, bodyHashHex);
    const run: Running = { scope, bodyHashHex, isKept: true };
    let answer: Shown;
    try {
      answer = await running.run(run, keyed.handle);
    } catch (error) {
      await this.giveUp(scope);
      throw error;
    }
    if (run.isKept) await this.keep(scope, { ...answer, bodyHashHex });
    else await this.giveUp(scope);
    return { ...answer, isReplay: false };
  }

  /**
   * Runs a step of the request that runs apart, in one transaction with a key of its own, so that no repeat of the request
   * does it twice; without a key it is simply done.
   * @param idOf by what it is known to a repeat
   */
  async part<T>(name: string, work: () => Promise<T>, idOf: (done: T) => string): Promise<Part<T>> {
    const run = running.getStore();
    if (run === undefined) return { isNew: true, done: await work() };
    const { scope, bodyHashHex } = run;
    const made: T[] = [];
    const handle = async (): Promise<Shown> => {
      const done = await work();
      made.push(done);
      return { status: 200, response: idOf(done) };
    };
    const part = { scope: { ...scope, route: `${scope.route}${PART}${name}` }, bodyHashHex, handle };
    const { isReplay, response } = await this.together(part, (keys) => keys.renew(scope, bodyHashHex));
    const [done] = made;
    return isReplay || done === undefined ? { isNew: false, id: response } : { isNew: true, done };
  }

  /** The ids of what earlier tries of the running request did, by name. @throws ApiError when they had another body */
  async partsDone(): Promise<ReadonlyMap<string, string>> {
    const run = running.getStore();
    if (run === undefined) return new Map();
    const prefix = `${run.scope.route}${PART}`;
    const found = await this.db.inTenant(run.scope.tenantId, (tx) =>
      new IdempotencyRepository(tx).findBelow(run.scope, prefix),
    );
    for (const stored of found) replay(stored, run.bodyHashHex);
    return new Map(found.map(({ route, response }) => [route.slice(prefix.length), response]));
  }

  /** The running request did not do all it should, for reasons of ours: a repeat shall do the rest. */
  doNotKeep(): void {
    const run = running.getStore();
    if (run !== undefined) run.isKept = false;
  }

  private async together(
    keyed: KeyedRequest,
    beside: (keys: IdempotencyRepository) => Promise<void>,
  ): Promise<Outcome> {
    const { scope, bodyHashHex } = keyed;
    const progress = { isOnItsWay: false };
    try {
      return await this.db.inOneTransaction(scope.tenantId, async (tx) => {
        const keys = new IdempotencyRepository(tx);
        await keys.lock(scope);
        const known = await keys.find(scope);
        if (known !== null) return replay(known, bodyHashHex);
        const answer = await keyed.handle();
        await beside(keys);
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

  private async keep(scope: IdempotencyScope, answer: StoredAnswer): Promise<void> {
    try {
      await this.db.inTenant(scope.tenantId, async (tx) => {
        const keys = new IdempotencyRepository(tx);
        await keys.release(scope);
        await keys.take(scope, answer);
      });
    } catch (error) {
      // What was done is done, and the client is better told of it.
      this.logger.error(error);
      await this.giveUp(scope);
    }
  }

  /** So that a repeat need not wait; where it fails the claim runs out by itself. */
  private async giveUp(scope: IdempotencyScope): Promise<void> {
    await this.db.inTenant(scope.tenantId, (tx) => new IdempotencyRepository(tx).release(scope)).catch(() => undefined);
  }
}

/** Between the route of a request and the name of a part: no path has it. */
const PART = '#';

function unknownOutcome(cause: DatabaseUnavailableError): ApiError {
  const text = 'the outcome is not known yet: try again with the same Idempotency-Key';
  return ApiError.retryLater('unavailable', text, 1, cause);
}

function replay(stored: StoredAnswer, bodyHashHex: string): Outcome {
  if (stored.bodyHashHex !== bodyHashHex)
    throw new ApiError('idempotency_mismatch', 'Idempotency-Key was already used with another body');
  return { status: stored.status, response: stored.response, isReplay: true };
}
