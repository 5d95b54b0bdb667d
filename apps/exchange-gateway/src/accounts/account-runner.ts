import { addMs, type EpochMs } from '#domain';
import {
  AccountStateRepository,
  RepeatingTask,
  wakeParentsOf,
  type AccountStatus,
  type Database,
  type DatabaseClock,
  type HeldAccount,
} from '#persistence';
import type { Logger } from '#observability';
import type { Subscription, UserEvent } from '#venues';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { Booking } from '../orders/booking.js';
import type { AccountSession, AccountSessions } from './account-sessions.js';
import { Reconciliation, type Unfinished } from './reconciliation.js';

const TICK_MS = 1_000;
/** How often the list of open orders is compared, and everything else (venues.md A7). */
const OPEN_ORDERS_EVERY_MS = 10_000;
const EVERYTHING_EVERY_MS = 60_000;
const RETRY_AFTER_MS = 2_000;
/** An account without any free budget may have lost its counts: they are asked for this often. */
const WARM_UP_EVERY_MS = 2_000;
/** A stream that only was quiet is compared with the lists, but trading goes on meanwhile. */
const QUIET = 'SILENCE';

/**
 * Looks after one account while this process holds its lease: its user stream, its status, and the comparison with the
 * venue. The stream speeds things up and decides nothing: polling alone reaches the same rows (venues.md A8).
 */
export class AccountRunner {
  private readonly task: RepeatingTask;
  private stream: Subscription | undefined;
  private events: Promise<void> = Promise.resolve();
  /** Why everything must be compared before the account trades on; null when nothing is in doubt. */
  private doubt: string | null = 'start';
  private lastOpenOrders = -Infinity;
  private lastEverything = -Infinity;
  private retryAt = -Infinity;
  private lastWarmUp = -Infinity;
  private stopped = false;
  private compared = false;
  private readonly foreign = new Set<string>();

  constructor(
    private readonly account: HeldAccount,
    private readonly db: Database,
    private readonly clock: DatabaseClock,
    private readonly sessions: AccountSessions,
    private readonly booking: Booking,
    private readonly metrics: GatewayMetrics,
    private readonly logger: Logger,
  ) {
    this.task = new RepeatingTask(
      () => this.tick(),
      TICK_MS,
      (error) => {
        this.logger.error({ accountId: account.accountId, err: error }, 'account round failed');
        this.raiseDoubt('round failed');
      },
    );
  }

  /** What the last holder left as the status is no longer true: nothing is placed before the first comparison. */
  begin(): Promise<void> {
    return this.setStatus('starting', 'lease taken');
  }

  start(): this {
    this.task.start();
    return this;
  }

  /** True once the account was compared with its venue, or could not be: a venue that is away blocks only itself. */
  get wasCompared(): boolean {
    return this.compared;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.task.stop();
    await this.stream?.close();
    await this.events;
  }

  private async tick(): Promise<void> {
    const { accountId, tenantId, venue } = this.account;
    const session = await this.sessions.get(tenantId, accountId, venue);
    if (session === null) {
      this.compared = true;
      return this.setStatus('read_only', 'no session at the venue');
    }
    this.stream ??= this.openStream(session);
    if (!session.offset.isKnown()) {
      await this.sessions.desk(venue)?.measureTime('probe');
      if (!session.offset.isKnown()) {
        this.compared = true;
        this.raiseDoubt('venue unreachable');
        return this.setStatus('read_only', 'the venue’s clock is not known to 500 ms');
      }
    }
    await this.warmUp(session);
    const now = performance.now();
    if (now < this.retryAt) return;
    if (this.doubt !== null || now - this.lastEverything > EVERYTHING_EVERY_MS) await this.compareEverything(session);
    else if (now - this.lastOpenOrders > OPEN_ORDERS_EVERY_MS) await this.compareOpenOrders(session);
    else await this.settleStatus();
  }

  /** The engine plans within what is free, so an unknown budget would hold it for ever: the gateway asks. */
  private async warmUp(session: AccountSession): Promise<void> {
    if (performance.now() - this.lastWarmUp < WARM_UP_EVERY_MS) return;
    if ((await session.placeShare()) > 0) return;
    this.lastWarmUp = performance.now();
    await session.warmUp();
  }

  private openStream(session: AccountSession): Subscription {
    return session.session.userEvents(
      (event) => {
        this.events = this.events
          .then(() => this.handle(event))
          .catch((error: unknown) => {
            // What could not be booked is found again by comparing.
            this.logger.error({ accountId: this.account.accountId, err: error }, 'stream event not booked');
            this.raiseDoubt('event not booked');
          });
      },
      (gap) => {
        if (gap.reason === QUIET) {
          this.lastOpenOrders = -Infinity;
          return;
        }
        this.metrics.streamGaps.inc({ venue: this.account.venue, account: this.account.accountId });
        this.raiseDoubt(gap.reason);
      },
    );
  }

  private raiseDoubt(reason: string): void {
    this.doubt ??= reason;
    if (!this.stopped && performance.now() >= this.retryAt) this.task.nudge();
  }

  private async handle(event: UserEvent): Promise<void> {
    const { accountId, tenantId } = this.account;
    if (event.kind === 'balances') {
      await this.db.inTenant(tenantId, (tx) =>
        new AccountStateRepository(tx, tenantId).saveBalances(accountId, event.balances, 'stream', event.venueAt),
      );
      return;
    }
    if (event.kind === 'position') return; // read with the next comparison
    const { clientOrderId } = event.order;
    if (clientOrderId === null) return; // an order of others: shown elsewhere, never touched
    await this.booking.applyTo(tenantId, accountId, clientOrderId, {
      view: event.order,
      fills: event.fill === null ? [] : [event.fill],
      text: event.rejectReason,
    });
  }

  private async compareEverything(session: AccountSession): Promise<void> {
    const reason = this.doubt;
    const beganAt: EpochMs = this.clock.now();
    if (reason !== null) await this.setStatus('reconciling', reason);
    this.doubt = null; // a new doubt during the comparison starts another
    const failure = await this.reconciliation(session).everything(reason === null ? 60_000 : 600_000);
    this.compared = true;
    if (failure !== null) return this.failed(failure, reason);
    this.lastEverything = this.lastOpenOrders = performance.now();
    await this.db.inTenant(this.account.tenantId, (tx) =>
      new AccountStateRepository(tx, this.account.tenantId).confirm(this.account.accountId, addMs(beganAt, 0)),
    );
    await this.settleStatus();
  }

  private async compareOpenOrders(session: AccountSession): Promise<void> {
    const failure = await this.reconciliation(session).openOrders();
    if (failure !== null) return this.failed(failure, null);
    this.lastOpenOrders = performance.now();
    await this.settleStatus();
  }

  /** A comparison that only waits for budget casts no doubt of its own; one that was asked for by a doubt keeps it. */
  private async failed(failure: Unfinished, doubt: string | null): Promise<void> {
    this.retryAt = performance.now() + RETRY_AFTER_MS;
    this.doubt ??= failure.waits ? doubt : failure.text;
    if (!failure.waits) await this.setStatus('read_only', failure.text);
  }

  private async settleStatus(): Promise<void> {
    const live = this.stream?.live === true;
    this.metrics.streamUp.set({ venue: this.account.venue, account: this.account.accountId }, live ? 1 : 0);
    if (this.doubt !== null) return;
    await this.setStatus(live ? 'trading' : 'degraded', live ? 'reconciled' : 'user stream down, polling');
  }

  private reconciliation(session: AccountSession): Reconciliation {
    return new Reconciliation(this.account, session, this.db, this.clock, this.booking, this.logger, this.foreign);
  }

  /** Said under our lease: one that was held up while another took the account changes nothing any more. */
  private async setStatus(status: AccountStatus, reason: string): Promise<void> {
    const { accountId, tenantId, epoch } = this.account;
    const outcome = await this.db.inTenant(tenantId, async (tx) => {
      const done = await new AccountStateRepository(tx, tenantId).setStatus(accountId, status, reason, epoch);
      if (done === 'changed') await wakeParentsOf(tx, tenantId, accountId);
      return done;
    });
    if (outcome === 'stale') this.metrics.staleEpochs.inc({ service: 'exchange-gateway' });
    if (outcome === 'changed')
      this.logger.info({ accountId, venue: this.account.venue, status, reason }, 'account status');
  }
}
