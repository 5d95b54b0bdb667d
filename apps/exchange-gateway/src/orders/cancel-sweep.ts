import { randomBytes } from 'node:crypto';
import type { AccountId, VenueId } from '#domain';
import {
  accountsOf,
  accountsToCancel,
  cancelScopeOf,
  forgetMessages,
  HALTS_AT_ONCE,
  HaltRepository,
  RepeatingTask,
  requestCancelOf,
  sweepDueWork,
  takeHaltWork,
  type Database,
  type DueWork,
  type HaltWork,
  type StoredChildOrder,
} from '#persistence';
import type { Logger } from '#observability';
import type { GatewayMetrics } from '../gateway-metrics.js';
import { Lanes } from '../lanes.js';
import { inBatches } from './cancel-batches.js';
import type { CancelChild } from './cancel-child.js';
import type { CancelsFirst } from './cancels-first.js';
import type { LaterBookings } from './later-bookings.js';

export interface CancelSweepOptions {
  readonly db: Database;
  readonly cancel: Pick<CancelChild, 'run' | 'send' | 'sendMany'>;
  /** Orders of one symbol that one call cancels at the venue; 0 where each takes its own. */
  readonly atOnce: (venue: VenueId) => number;
  readonly first: Pick<CancelsFirst, 'send'>;
  readonly bookings: Pick<LaterBookings, 'add'>;
  /** False while the queues bring nothing, so that everything that is due is this sweep's. */
  readonly redisUp: () => boolean;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
}

const EVERY_MS = 250;
/** Halts are said with their commit; this is for what nobody heard, which is to begin within 250 ms all the same. */
const HALTS_EVERY_MS = 200;
/** While Redis answers, its queue and the sweeper of due work see to what is due: it is enough to look after them seldom. */
const BESIDE_QUEUE_EVERY_MS = 1_000;
/** While Redis answers, the queue comes first; a cancel that is later than this is sent from here. */
const QUEUE_FIRST_MS = 250;
/** A halt is looked at again: a claim that was on its way when it came may have added an order since. */
const HALT_AGAIN_MS = 1_000;
const AT_ONCE = 32;
const BATCH = 64;
/** What one sweep took, another does not take again before this; a worker that died over it is followed then. */
const TAKEN_FOR_MS = 4_000;
const FORGET_EVERY_MS = 10_000;

/**
 * Cancels from Postgres' own rows, without scheduler and queue (reliability.md 5.3, venues.md B7): those of halts, and
 * whatever cancel is due while Redis is away.
 */
export class CancelSweep {
  private readonly halts: RepeatingTask;
  private readonly task: RepeatingTask;
  /** What is under way for halts, by halt, tenant and account. */
  private readonly running = new Map<string, Promise<void>>();
  /** What is due for cancels while Redis is away, or later than its queue. */
  private readonly lanes: Lanes<AccountId>;
  private stopped = false;
  private sweptAt = -Infinity;
  private forgottenAt = -Infinity;

  constructor(private readonly options: CancelSweepOptions) {
    const onError = (error: unknown): void => options.logger.warn({ err: error }, 'cancels not swept');
    const onFailed = (error: unknown): void => options.logger.error({ err: error }, 'cancel failed');
    this.lanes = new Lanes(AT_ONCE, onFailed);
    this.halts = new RepeatingTask(() => this.sweepHalts(), HALTS_EVERY_MS, onError);
    this.task = new RepeatingTask(() => this.sweep(), EVERY_MS, onError);
  }

  start(): this {
    this.halts.start();
    this.task.start();
    return this;
  }

  /** There is a new halt: it is looked at now. */
  nudgeHalts(): void {
    this.halts.nudge();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([this.halts.stop(), this.task.stop()]);
    await Promise.all([this.lanes.stop(), ...this.running.values()]);
  }

  /** Waits for no venue: one that hangs holds up neither another halt nor another tenant's or account's cancels. */
  private async sweepHalts(): Promise<void> {
    const taken = await takeHaltWork(this.options.db, HALT_AGAIN_MS);
    for (const work of taken) this.aside(`${work.haltId} ${work.tenantId}`, () => this.halt(work));
    if (taken.length === HALTS_AT_ONCE) this.halts.nudge(); // none waits because there are many
  }

  /** Runs work beside all other; what is under way under that name already is left to it. */
  private aside(name: string, work: () => Promise<void>): void {
    if (this.stopped || this.running.has(name)) return;
    this.running.set(
      name,
      work()
        .catch((error: unknown) => this.options.logger.error({ err: error, halt: name }, 'cancels of a halt failed'))
        .finally(() => this.running.delete(name)),
    );
  }

  private async sweep(): Promise<void> {
    const { db } = this.options;
    const now = performance.now();
    if (this.options.redisUp() && now - this.sweptAt < BESIDE_QUEUE_EVERY_MS) return;
    this.sweptAt = now;
    const due = await sweepDueWork(db, {
      kinds: ['child.cancel'],
      olderThanMs: this.options.redisUp() ? QUEUE_FIRST_MS : 0,
      redriveAfterMs: TAKEN_FOR_MS,
      limit: BATCH,
    });
    await this.cancelAll(due);
    if (due.length === BATCH) {
      this.sweptAt = -Infinity;
      this.task.nudge();
    }
    if (performance.now() - this.forgottenAt < FORGET_EVERY_MS) return;
    this.forgottenAt = performance.now();
    await db.inSystem(forgetMessages);
  }

  /** Each in the lane of its account; waits for none. What waits longer than it was taken for is left to the next sweep. */
  private async cancelAll(due: readonly DueWork[]): Promise<void> {
    const { cancel, db } = this.options;
    const takenAt = performance.now();
    const traceId = randomBytes(16).toString('hex');
    const tenants = new Set(due.map(({ tenantId }) => tenantId));
    for (const tenantId of tenants) {
      const mine = due.filter((work) => work.tenantId === tenantId);
      const owned = await db.inTenant(tenantId, (tx) => accountsOf(tx, mine));
      for (const { accountId, parentOrderId, sequence } of owned)
        this.lanes.add(accountId, async () => {
          if (performance.now() - takenAt > TAKEN_FOR_MS) return;
          await cancel.run({ tenantId, parentOrderId, sequence }, traceId);
        });
    }
  }

  private async halt({ haltId, tenantId }: HaltWork): Promise<void> {
    const accounts = await this.options.db.inTenant(tenantId, async (tx) => {
      const halt = await new HaltRepository(tx, tenantId).active(haltId);
      return halt === null ? [] : accountsToCancel(tx, tenantId, cancelScopeOf(halt));
    });
    for (const accountId of accounts)
      this.aside(`${haltId} ${tenantId} ${accountId}`, () => this.haltAccount({ haltId, tenantId }, accountId));
  }

  private async haltAccount({ haltId, tenantId }: HaltWork, accountId: AccountId): Promise<void> {
    const { db, logger, metrics } = this.options;
    while (!this.stopped) {
      const asked = await db.inTenant(tenantId, async (tx) => {
        const halt = await new HaltRepository(tx, tenantId).active(haltId);
        const scope = halt === null ? null : { ...cancelScopeOf(halt), accountId };
        return scope === null ? null : requestCancelOf(tx, tenantId, scope, 'halted', TAKEN_FOR_MS);
      });
      if (asked === null) return;
      for (const child of asked.unreadable)
        logger.error({ haltId, accountId, ...child }, 'order not cancelled for a halt: its row cannot be read');
      if (asked.closed + asked.taken.length + asked.unreadable.length === 0) return;
      logger.warn({ haltId, accountId, closed: asked.closed, canceling: asked.taken.length }, 'cancelling for a halt');
      metrics.haltCancels.inc({}, asked.closed + asked.taken.length);
      const [first] = asked.taken;
      const atOnce = first === undefined ? 0 : this.options.atOnce(first.venue);
      await this.each(inBatches(asked.taken, atOnce), (batch, traceId) => this.sendBatch(batch, traceId));
    }
  }

  private async sendBatch(batch: readonly StoredChildOrder[], traceId: string): Promise<void> {
    const { bookings, cancel, first } = this.options;
    const together = batch.length > 1 ? await first.send(() => cancel.sendMany(batch, traceId)) : null;
    for (const rest of together ?? []) bookings.add(rest);
    if (together !== null) return;
    for (const child of batch) bookings.add(await first.send(() => cancel.send(child, traceId)));
  }

  /** A few at a time; each by itself, so that one that fails is tried again later and holds up no other. */
  private async each(
    batches: readonly StoredChildOrder[][],
    cancel: (batch: readonly StoredChildOrder[], traceId: string) => Promise<void>,
  ): Promise<void> {
    const traceId = randomBytes(16).toString('hex');
    const waiting = [...batches];
    const worker = async (): Promise<void> => {
      for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
        const names = batch.map(({ order }) => order.clientOrderId);
        await cancel(batch, traceId).catch((error: unknown) =>
          this.options.logger.error({ clientOrderIds: names, err: error }, 'cancel failed'),
        );
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, worker));
  }
}
