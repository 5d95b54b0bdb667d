import { randomBytes } from 'node:crypto';
import type { AccountId, ParentOrderId, TenantId } from '#domain';
import {
  dueWorkOf,
  hastenWork,
  RepeatingTask,
  type Database,
  type HeldAccount,
  type StoredChildOrder,
} from '#persistence';
import { accountWorkBroadcast, type HandlerResult, type MessageOf, type QueryClient } from '#queues';
import type { Logger } from '#observability';
import type { AccountSessions } from '../accounts/account-sessions.js';
import type { ChildKey } from './booking.js';
import type { CancelChild, RestOfCancel } from './cancel-child.js';
import type { ChildPlaces } from './child-places.js';
import type { SubmitChild } from './submit-child.js';
import type { ChildWorkKind } from './work-order.js';

interface Worker {
  run(key: ChildKey, traceId: string): Promise<void>;
}

export interface HolderWorkParts {
  readonly db: Database;
  readonly sessions: Pick<AccountSessions, 'desk' | 'venues' | 'isForAnother'>;
  readonly places: Pick<ChildPlaces, 'of'>;
  readonly broadcasts: Pick<QueryClient, 'say'>;
  readonly heldAccounts: () => readonly HeldAccount[];
  readonly workers: {
    readonly 'child.submit': Pick<SubmitChild, 'run'>;
    readonly 'child.cancel': Pick<CancelChild, 'run' | 'send' | 'sendMany'>;
    readonly 'child.resolve': Worker;
    readonly 'child.amend': Worker;
  };
  readonly logger: Logger;
}

const KINDS = [
  'child.submit',
  'child.cancel',
  'child.resolve',
  'child.amend',
] as const satisfies readonly ChildWorkKind[];
const EVERY_MS = 250;
/** The word of it comes first, within milliseconds; what is later was not heard. */
const HEARD_FIRST_MS = 200;
/** What is under way at the same time; what finds no room stays due and is found again. A cancel finds room longer. */
const AT_ONCE = 32;
const CANCELS_AT_ONCE = 256;

/**
 * Work on children of accounts whose private calls may leave from one process alone (venues.md A4, Kraken). A job comes to
 * any process: one that does not hold the account leaves the work due and says so to all, and the holder takes it at
 * once. The holder also looks into Postgres by itself, for words that were lost and for times without Redis.
 */
export class HolderWork {
  private readonly task: RepeatingTask;
  private readonly running = new Map<string, Promise<void>>();
  private readonly isNeeded: boolean;
  private stopped = false;

  constructor(private readonly parts: HolderWorkParts) {
    const { sessions, logger } = parts;
    this.isNeeded = sessions.venues.some((venue) => sessions.desk(venue)?.venue.traits.leaseOnlyPrivateCalls === true);
    this.task = new RepeatingTask(
      () => this.sweep(),
      EVERY_MS,
      (error) => logger.warn({ err: error }, 'work of held accounts not swept'),
    );
  }

  start(): this {
    if (this.isNeeded) this.task.start();
    return this;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.task.stop();
    await Promise.all(this.running.values());
  }

  /** Does the work, or leaves it to the process that may. @returns what the queue is to do with the job */
  async run(kind: ChildWorkKind, key: ChildKey, traceId: string): Promise<HandlerResult> {
    if (this.isNeeded) {
      const where = await this.parts.places.of(key);
      if (where !== null && this.parts.sessions.isForAnother(where.accountId, where.venue)) {
        await this.tell(kind, { ...key, accountId: where.accountId }, traceId);
        return undefined;
      }
    }
    return this.work(kind, key, traceId);
  }

  private async work(kind: ChildWorkKind, key: ChildKey, traceId: string): Promise<HandlerResult> {
    const { workers } = this.parts;
    if (kind === 'child.submit') return workers[kind].run(key, traceId);
    await workers[kind].run(key, traceId);
    return undefined;
  }

  /** As {@link CancelChild.send}, for work that the caller has taken: given back where another process must do it. */
  async sendCancel(child: StoredChildOrder, traceId: string): Promise<RestOfCancel> {
    const { tenantId, parentOrderId, sequence, accountId, venue } = child;
    if (!this.parts.sessions.isForAnother(accountId, venue))
      return this.parts.workers['child.cancel'].send(child, traceId);
    await this.parts.db.inTenant(tenantId, (tx) =>
      hastenWork(tx, { kind: 'child.cancel', tenantId, parentOrderId, sequence }),
    );
    await this.tell('child.cancel', { tenantId, parentOrderId, sequence, accountId }, traceId);
    return () => Promise.resolve();
  }

  /** As {@link CancelChild.sendMany}; null where another process must do it. */
  async sendCancels(children: readonly StoredChildOrder[], traceId: string): Promise<readonly RestOfCancel[] | null> {
    const isElsewhere = children.some(({ accountId, venue }) => this.parts.sessions.isForAnother(accountId, venue));
    return isElsewhere ? null : this.parts.workers['child.cancel'].sendMany(children, traceId);
  }

  /** What another process said; not ours unless we hold the account. */
  hear(word: MessageOf<typeof accountWorkBroadcast>): void {
    const tenantId = word.tenantId as TenantId;
    if (!this.parts.heldAccounts().some((held) => held.accountId === word.accountId && held.tenantId === tenantId))
      return;
    this.aside(
      word.kind,
      { tenantId, parentOrderId: word.parentOrderId as ParentOrderId, sequence: word.sequence },
      word.traceId,
    );
  }

  private tell(kind: ChildWorkKind, key: ChildKey & { accountId: AccountId }, traceId: string): Promise<void> {
    const { accountId, tenantId, parentOrderId, sequence } = key;
    return this.parts.broadcasts.say(
      accountWorkBroadcast,
      { accountId, tenantId, parentOrderId, sequence, kind, traceId },
      traceId,
    );
  }

  private async sweep(): Promise<void> {
    const { db, heldAccounts, sessions } = this.parts;
    for (const { accountId, tenantId, venue } of heldAccounts()) {
      if (sessions.desk(venue)?.venue.traits.leaseOnlyPrivateCalls !== true) continue;
      const due = await db.inTenant(tenantId, (tx) =>
        dueWorkOf(tx, accountId, { kinds: KINDS, olderThanMs: HEARD_FIRST_MS, limit: CANCELS_AT_ONCE }),
      );
      const traceId = randomBytes(16).toString('hex');
      for (const { kind, parentOrderId, sequence } of due)
        this.aside(kind as ChildWorkKind, { tenantId, parentOrderId, sequence }, traceId);
    }
  }

  private aside(kind: ChildWorkKind, key: ChildKey, traceId: string): void {
    const name = `${kind} ${key.parentOrderId} ${key.sequence}`;
    const room = kind === 'child.cancel' ? CANCELS_AT_ONCE : AT_ONCE;
    if (this.stopped || this.running.has(name) || this.running.size >= room) return;
    const done = async (): Promise<void> => {
      try {
        await this.work(kind, key, traceId);
      } catch (error) {
        this.parts.logger.error({ ...key, kind, err: error }, 'work of a held account failed');
      } finally {
        this.running.delete(name);
      }
    };
    this.running.set(name, done());
  }
}
