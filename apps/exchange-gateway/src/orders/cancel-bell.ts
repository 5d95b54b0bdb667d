import { mayCancel, type AccountId } from '#domain';
import {
  CANCELS_CHANNEL,
  ChannelListener,
  readAnnouncement,
  readCancelStanding,
  takeDueCancels,
  type AccountOfCancels,
  type Database,
  type TakenCancels,
} from '#persistence';
import type { Logger } from '#observability';
import type { AccountKeeper } from '../accounts/account-keeper.js';
import { Lanes } from '../lanes.js';
import type { CancelChild } from './cancel-child.js';
import type { CancelsFirst } from './cancels-first.js';
import type { LaterBookings } from './later-bookings.js';
import { TAKEN_FOR_MS } from './work-order.js';

export interface CancelBellOptions {
  readonly db: Database;
  /** The same server, for a connection of its own that listens. */
  readonly url: string;
  readonly held: Pick<AccountKeeper, 'heldAccount' | 'heldAccounts'>;
  readonly cancel: Pick<CancelChild, 'send'>;
  readonly first: CancelsFirst;
  readonly bookings: Pick<LaterBookings, 'add'>;
  /** A halt is to be looked at now. */
  readonly onHalt: () => void;
  readonly logger: Logger;
}

/** Of one account at the same time. */
const AT_ONCE = 32;
const BATCH = 64;

/**
 * Cancels of the accounts that this process looks after, taken the moment they are asked for: Postgres itself says so with
 * the commit, where outbox, queue and worker would say it tens of milliseconds later. What nobody heard, or whose account
 * nobody holds, is left to the sweep of every gateway (venues.md B6, ADR 34).
 */
export class CancelBell {
  private readonly listener: ChannelListener;
  private readonly lanes: Lanes<AccountId>;
  /** Accounts whose cancels are being taken; true when they were rung for again meanwhile. */
  private readonly taking = new Map<AccountId, boolean>();
  private readonly running = new Set<Promise<void>>();
  private stopped = false;

  constructor(private readonly options: CancelBellOptions) {
    const onFailed = (error: unknown): void => options.logger.error({ err: error }, 'cancel failed');
    this.lanes = new Lanes(AT_ONCE, onFailed);
    this.listener = new ChannelListener({
      url: options.url,
      channel: CANCELS_CHANNEL,
      onNotify: (payload) => this.hear(payload),
    });
  }

  start(): this {
    this.listener.start();
    return this;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.listener.stop();
    await Promise.all(this.running);
    await this.lanes.stop();
  }

  private hear(payload: string | null): void {
    if (payload === null) {
      this.options.onHalt();
      for (const account of this.options.held.heldAccounts()) this.ring(account);
      return;
    }
    this.options.first.heard();
    const said = readAnnouncement(payload);
    if (said === 'halt') this.options.onHalt();
    else if (said !== null && this.options.held.heldAccount(said.accountId)?.tenantId === said.tenantId)
      this.ring(said);
  }

  /** Never two at once for one account; what comes meanwhile is taken right after. */
  private ring(account: AccountOfCancels): void {
    if (this.stopped) return;
    if (this.taking.has(account.accountId)) {
      this.taking.set(account.accountId, true);
      return;
    }
    const running = this.takeAll(account)
      .catch((error: unknown) =>
        this.options.logger.warn({ accountId: account.accountId, err: error }, 'cancels not taken, left to the sweep'),
      )
      .finally(() => this.running.delete(running));
    this.running.add(running);
  }

  private async takeAll(account: AccountOfCancels): Promise<void> {
    try {
      do {
        this.taking.set(account.accountId, false);
        const found = await this.take(account);
        if (found.taken.length + found.unreadable.length === BATCH) this.taking.set(account.accountId, true);
        if (found.maySend) this.sendEach(account.accountId, found);
      } while (this.taking.get(account.accountId) === true && !this.stopped);
    } finally {
      this.taking.delete(account.accountId);
    }
  }

  /** One round trip, with the commit. */
  private async take({ accountId, tenantId }: AccountOfCancels): Promise<TakenCancels & { readonly maySend: boolean }> {
    const { db, logger } = this.options;
    const [standing, found] = await db.inTenantAtOnce(tenantId, (tx) =>
      Promise.all([readCancelStanding(tx, accountId), takeDueCancels(tx, accountId, TAKEN_FOR_MS, BATCH)]),
    );
    for (const child of found.unreadable)
      logger.error({ accountId, ...child }, 'order not cancelled: its row cannot be read');
    // Not now: they stay due, and are looked at again when the time is over for which they were taken.
    return { ...found, maySend: standing === null || mayCancel(standing.status, standing.banScope) };
  }

  private sendEach(accountId: AccountId, { taken, traceIds }: TakenCancels): void {
    const takenAt = performance.now();
    for (const child of taken)
      this.lanes.add(accountId, async () => {
        // Due again by now: it is somebody's to take, and may be sent already.
        if (performance.now() - takenAt > TAKEN_FOR_MS) return;
        const { bookings, cancel, first } = this.options;
        bookings.add(await first.send(() => cancel.send(child, traceIds.get(child.parentOrderId) ?? '')));
      });
  }
}
