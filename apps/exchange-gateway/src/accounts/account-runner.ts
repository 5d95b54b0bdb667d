import { addMs, type AccountFacts, type Comparison } from '#domain';
import {
  AccountCommandRepository,
  AccountStateRepository,
  ChildOrderRepository,
  PositionRepository,
  isPutAway,
  readAccountHalt,
  RepeatingTask,
  type Database,
  type AccountCommand,
  type DatabaseClock,
  type HeldAccount,
} from '#persistence';
import type { Logger } from '#observability';
import type { QueryClient } from '#queues';
import { pollEveryMs, type Gap, type Subscription, type UserEvent, type VenueLimits } from '#venues';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { Booking } from '../orders/booking.js';
import type { InstrumentCache } from '../venue/instrument-cache.js';
import { AccountCommands } from './account-commands.js';
import type { AccountSession, AccountSessions } from './account-sessions.js';
import { AccountStatusReport } from './account-status-report.js';
import { toStoredPosition } from './compare-holdings.js';
import { BACK_MS, Begun, goOn, scopeOf, type UnderWay } from './comparison.js';
import { ComparisonPace, type AccountPeriods, type Due } from './comparison-pace.js';
import { DeadMan, openSymbols } from './dead-man.js';
import { ExternalOrders } from './external-orders.js';
import { Reconciliation, type Compared } from './reconciliation.js';
import { StreamInbox } from './stream-inbox.js';
import type { Suspects } from './taken-back.js';

export interface AccountRunnerParts {
  readonly db: Database;
  readonly clock: DatabaseClock;
  readonly sessions: AccountSessions;
  readonly booking: Booking;
  readonly instruments: Pick<InstrumentCache, 'isVenueHalted'>;
  readonly broadcasts: Pick<QueryClient, 'say'>;
  readonly periods: AccountPeriods;
  /** Accounts whose venue shall cancel everything when no gateway is there any more. */
  readonly deadMan: ReadonlySet<string>;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
}

const TICK_MS = 1_000;
/** An account without any free budget may have lost its counts: they are asked for this often. */
const WARM_UP_EVERY_MS = 2_000;
/** A key that the venue has rejected is tried again this often; a new one is looked for this often. */
const REJECTED_RETRY_MS = 60_000;
const NEW_KEY_EVERY_MS = 4_000;
/** So many whole comparisons find what is told late of the last order of an archived account. */
const COMPARISONS_AFTER_ALL = 10;

/**
 * Looks after one account while this process holds its lease: its user stream, its status, and the comparison with the
 * venue. The stream speeds things up and decides nothing: polling alone reaches the same rows (venues.md A8).
 */
export class AccountRunner {
  private readonly task: RepeatingTask;
  private readonly external: ExternalOrders;
  private readonly commands: AccountCommands;
  private readonly deadMan: DeadMan | null;
  private stream: Subscription | undefined;
  /** Whose stream it is: a session opened anew brings its own. */
  private streamOf: AccountSession | null = null;
  private readonly events = new StreamInbox((event) =>
    this.handle(event).catch((error: unknown) => {
      // What could not be booked is found again by comparing.
      this.parts.logger.error({ accountId: this.account.accountId, err: error }, 'stream event not booked');
      this.raiseDoubt('event not booked');
    }),
  );
  /** Whether nobody need look after the account any more, as of the last look. */
  isPutAway = false;
  /** Why everything must be compared before the account trades on; null when nothing is in doubt. */
  private doubt: string | null = 'start';
  private comparison: Comparison = { state: 'not_begun' };
  private noSession: string | null = null;
  private settingsDiffer: string | null = null;
  private halted: string | null = null;
  private session: AccountSession | null = null;
  private readonly status: AccountStatusReport;
  /** Looks after the status while a round takes long: a venue that answers late must not keep a halt or a ban unsaid. */
  private readonly watch: RepeatingTask;
  private looking = false;
  private wasBanned = false;
  private readonly pace: ComparisonPace;
  /** Cut off by its budget: it goes on where it was. */
  private begun: UnderWay | null = null;
  private lastWarmUp = -Infinity;
  private lastKeyLook = -Infinity;
  private rejectedTriedAt = -Infinity;
  private stopped = false;
  private compared = false;
  private readonly foreign = new Set<string>();
  private readonly suspects: Suspects = new Map();
  private readonly toldUnreadable = new Set<string>();

  private readonly onUnsaid = (error: unknown): void =>
    this.parts.logger.error({ accountId: this.account.accountId, err: error }, 'account status not said');

  constructor(
    private readonly account: HeldAccount,
    private readonly parts: AccountRunnerParts,
  ) {
    const { db, metrics, logger } = parts;
    this.external = new ExternalOrders(account, db, metrics);
    this.commands = new AccountCommands(account, db, logger);
    this.status = new AccountStatusReport(account, parts);
    this.pace = new ComparisonPace(parts.periods);
    this.watch = new RepeatingTask(() => this.watchRound(), TICK_MS, this.onUnsaid);
    this.deadMan = this.newDeadMan();
    this.task = new RepeatingTask(
      () => this.tick(),
      TICK_MS,
      (error) => {
        logger.error({ accountId: account.accountId, err: error }, 'account round failed');
        this.compared = true; // it blocks only itself
        this.raiseDoubt('round failed');
      },
    );
  }

  /** What the last holder left as the status is no longer true: nothing is placed before the first comparison. */
  begin(): Promise<void> {
    return this.sayStatus();
  }

  start(): this {
    this.task.start();
    this.deadMan?.start();
    this.watch.start();
    return this;
  }

  /** True once the account was compared with its venue, or could not be: a venue that is away blocks only itself. */
  get wasCompared(): boolean {
    return this.compared;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.deadMan?.stop();
    await this.watch.stop();
    await this.closeStream();
    await this.task.stop();
    await this.closeStream();
    await this.events.settled();
  }

  /** Beside the rounds, which a comparison can hold up for longer than the timer runs. */
  private newDeadMan(): DeadMan | null {
    const { accountId, tenantId, venue } = this.account;
    const { clock, db, deadMan, logger, sessions } = this.parts;
    if (!deadMan.has(accountId)) return null;
    const timer = sessions.desk(venue)?.venue.traits.deadMan ?? null;
    if (timer === null) {
      logger.error({ accountId, venue }, 'DEAD_MAN_ACCOUNTS names an account whose venue has no such timer');
      return null;
    }
    return new DeadMan({
      accountId,
      timer,
      session: async () => (await sessions.get(tenantId, accountId, venue))?.session ?? null,
      symbols: () => openSymbols(db, tenantId, accountId),
      symbolsWithin: (ms) =>
        db.inTenant(tenantId, (tx) =>
          new ChildOrderRepository(tx, tenantId).activeSymbols(accountId, addMs(clock.now(), -ms)),
        ),
      logger,
    });
  }

  private async tick(): Promise<void> {
    this.looking = true;
    await this.look().finally(() => (this.looking = false));
    if (!this.stopped) await this.sayStatus();
  }

  private async watchRound(): Promise<void> {
    if (!this.looking || this.stopped) return;
    const { accountId, tenantId, venue } = this.account;
    this.halted = await this.parts.db.inTenant(tenantId, (tx) => readAccountHalt(tx, accountId, venue));
    await this.sayStatus();
  }

  /** Of what the calls of a session show: said when it is seen, whatever is under way. */
  private follow(session: AccountSession): void {
    session.health.onChange(() => {
      if (!this.stopped && this.session === session) this.sayStatus().catch(this.onUnsaid);
    });
  }

  private async look(): Promise<void> {
    const { accountId, tenantId, venue } = this.account;
    const { sessions } = this.parts;
    const commands = await this.readOrders();
    const before = this.session;
    if (sessions.banOf(accountId) !== null) {
      this.session = null;
      this.wasBanned = this.compared = true;
      return this.closeStream();
    }
    this.session = await sessions.get(tenantId, accountId, venue);
    if (this.session !== null && this.session !== before) this.follow(this.session);
    this.noSession = this.session === null ? sessions.whyNone(accountId) : null;
    if (this.session === null) {
      this.comparison = { state: 'failed', reason: this.noSession ?? '' };
      this.compared = true;
      return;
    }
    if (await this.isTurnedAway(this.session)) {
      this.compared = true;
      return;
    }
    if (this.stream === undefined || this.streamOf !== this.session) {
      this.stream = this.openStream(this.session); // one before it ends with its session
      this.streamOf = this.session;
    }
    if (!(await this.knowsTime(this.session))) return;
    this.session.askLimits();
    await this.warmUp(this.session);
    await this.runCommands(this.session, commands);
    await this.settleDoubts(this.session);
    if (!this.pace.isWaiting) await this.compare(this.session);
  }

  /** What people have ordered: the kill switch, what is to be done at the account itself, and whether it is archived. */
  private readOrders(): Promise<AccountCommand[]> {
    const { accountId, tenantId, venue } = this.account;
    return this.parts.db.inTenant(tenantId, async (tx) => {
      const [halted, due, putAway] = await Promise.all([
        readAccountHalt(tx, accountId, venue),
        new AccountCommandRepository(tx, tenantId).due(accountId),
        isPutAway(tx, tenantId, accountId, COMPARISONS_AFTER_ALL * this.parts.periods.everythingMs),
      ]);
      [this.halted, this.isPutAway] = [halted, putAway];
      return due;
    });
  }

  /** What the venue turns away is not tried over and over: it would only last longer. */
  private async isTurnedAway(session: AccountSession): Promise<boolean> {
    const { health } = session;
    if (health.ban !== null) {
      this.wasBanned = true;
      return true;
    }
    if (this.wasBanned) {
      this.wasBanned = false;
      this.raiseDoubt('ban over');
    }
    if (health.keyRejected === null) return false;
    await this.closeStream();
    const now = performance.now();
    if (now - this.lastKeyLook > NEW_KEY_EVERY_MS) {
      this.lastKeyLook = now;
      const { accountId, tenantId } = this.account;
      if (await this.parts.sessions.hasNewerKey(tenantId, accountId, session)) {
        await this.parts.sessions.forget(accountId);
        this.raiseDoubt('new key');
        this.task.nudge();
        return true;
      }
    }
    if (now - this.rejectedTriedAt < REJECTED_RETRY_MS) return true;
    this.rejectedTriedAt = now;
    return false;
  }

  private async knowsTime({ offset }: AccountSession): Promise<boolean> {
    if (offset.isKnown()) return true;
    await this.parts.sessions.desk(this.account.venue)?.measureTime('probe');
    if (offset.isKnown()) return true;
    this.compared = true;
    this.doubt ??= 'venue unreachable';
    if (this.comparison.state === 'not_begun') this.comparison = { state: 'under_way', reason: this.doubt };
    return false;
  }

  /** The engine plans within what is free, so an unknown budget would hold it for ever: the gateway asks. */
  private async warmUp(session: AccountSession): Promise<void> {
    if (performance.now() - this.lastWarmUp < WARM_UP_EVERY_MS) return;
    if ((await session.placeShare()) > 0) return;
    this.lastWarmUp = performance.now();
    await session.warmUp();
  }

  /** A change of settings stops placing first, so that no order can come between the look and the change. */
  private async runCommands(session: AccountSession, commands: readonly AccountCommand[]): Promise<void> {
    for (const command of commands) {
      if (command.kind !== 'cancel_external') {
        this.comparison = { state: 'under_way', reason: 'settings change' };
        this.doubt ??= 'settings change';
        await this.sayStatus();
      }
      await this.commands.run(command, session);
    }
  }

  /** Orders in doubt are looked for in their own time: a poll that waits for its budget does not hold them up. */
  private async settleDoubts(session: AccountSession): Promise<void> {
    if (this.pace.takeDoubts()) await this.reconciliation(session, this.newBegun('open_orders')).doubts();
  }

  private async compare(session: AccountSession): Promise<void> {
    const due = this.pace.due(this.doubt !== null || this.begun?.of === 'everything');
    if (due === 'poll' && this.begun?.of !== 'poll' && !(await this.hasSomethingToPoll(session)))
      return this.pace.skipPoll();
    if (due === 'open_orders') await this.compareOpenOrders(session);
    else if (due !== null) await this.compareEverything(session, due);
  }

  /** See {@link goOn}. */
  private continued(due: Due): Begun {
    // Where there are positions, settings decide what an order does, and no stream tells of all of them.
    const settingsMatter = this.settingsDiffer !== null || this.session?.venue.traits.positions === true;
    const { begun } = this;
    this.begun = goOn(begun, due, this.doubt, { now: this.parts.clock.now(), settingsMatter });
    if (this.begun !== begun && due !== 'open_orders') this.doubt = null; // a new doubt during the comparison starts another
    return this.begun.comparison;
  }

  private newBegun(due: Due): Begun {
    return new Begun(scopeOf(due, null, false), this.parts.clock.now());
  }

  /** An account of ours without any order is compared seldom enough by its period. */
  private async hasSomethingToPoll(session: AccountSession): Promise<boolean> {
    const symbols = await this.reconciliation(session, this.newBegun('poll')).activeSymbols(BACK_MS);
    return symbols.length > 0;
  }

  private openStream(session: AccountSession): Subscription {
    return session.session.userEvents(
      (event) => this.events.push(event),
      (gap) => this.onGap(gap),
    );
  }

  private onGap({ reason, detail }: Gap): void {
    if (reason === 'POLL') return this.pace.wantPoll();
    // A stream that only is quiet casts no doubt: everything is compared, and trading goes on meanwhile (ADR 7).
    if (reason === 'SILENCE') return this.pace.wantEverything();
    if (reason === 'CONNECTED') this.pace.retryNow();
    if (reason !== 'SETTINGS_CHANGED')
      this.parts.metrics.streamGaps.inc({ venue: this.account.venue, account: this.account.accountId });
    this.raiseDoubt(detail === undefined ? reason : `${reason}: ${detail}`);
  }

  private async closeStream(): Promise<void> {
    const { stream } = this;
    this.stream = undefined;
    await stream?.close();
  }

  private raiseDoubt(reason: string): void {
    this.doubt ??= reason;
    if (!this.stopped && !this.pace.isWaiting) this.task.nudge();
  }

  private async handle(event: UserEvent): Promise<void> {
    const { accountId, tenantId, epoch } = this.account;
    const { db, booking } = this.parts;
    if (event.kind === 'balances')
      return this.underLease(() =>
        db.inTenant(tenantId, (tx) =>
          new AccountStateRepository(tx, tenantId).saveBalances(
            accountId,
            event.balances,
            'stream',
            event.venueAt,
            epoch,
          ),
        ),
      );
    if (event.kind === 'position')
      return this.underLease(() =>
        db.inTenant(tenantId, (tx) =>
          new PositionRepository(tx, tenantId).save(
            accountId,
            [toStoredPosition(event)],
            'stream',
            event.updatedAt,
            epoch,
          ),
        ),
      );
    const view = event.kind === 'order' ? event.order : null;
    const clientOrderId = (view ?? event.fill)?.clientOrderId ?? null;
    const booked =
      clientOrderId === null
        ? 'not_found'
        : await booking.applyTo(tenantId, accountId, clientOrderId, {
            view,
            fills: event.fill === null ? [] : [event.fill],
            text: event.kind === 'order' ? event.rejectReason : '',
          });
    if (booked !== 'not_found') return this.session?.session.creditFirstFill(event);
    if (view !== null) await this.external.seen([view]);
    if (event.fill !== null) this.external.fillSeen();
  }

  private async compareEverything(session: AccountSession, due: 'everything' | 'poll'): Promise<void> {
    const { clock, db, metrics } = this.parts;
    const { accountId, tenantId, epoch, venue } = this.account;
    const begun = this.continued(due);
    const { doubt } = begun.scope;
    if (doubt !== null) {
      this.comparison = { state: 'under_way', reason: doubt };
      await this.sayStatus();
    }
    const compared = await this.reconciliation(session, begun).everything();
    this.compared = true;
    if (compared.kind === 'unfinished') return this.cutOff(compared);
    this.begun = null;
    if (compared.settingsDiffer !== undefined) this.settingsDiffer = compared.settingsDiffer;
    const limits = this.limits;
    this.pace.finished(
      due,
      compared.ofAllSymbols,
      limits && pollEveryMs(limits, session.venue.profile.calls, compared.symbols),
    );
    metrics.reconciledAt.set({ venue, account: accountId, kind: 'all' }, clock.now() / 1_000);
    await this.underLease(() =>
      db.inTenant(tenantId, (tx) => new AccountStateRepository(tx, tenantId).confirm(accountId, begun.beganAt, epoch)),
    );
    // A poll that began before settles nothing: what failed was asked for more.
    if (due === 'everything') this.comparison = this.standingOfDoubt();
  }

  /** A doubt that came during a comparison is not settled by it. */
  private standingOfDoubt(): Comparison {
    return this.doubt === null ? { state: 'done' } : { state: 'under_way', reason: this.doubt };
  }

  private async compareOpenOrders(session: AccountSession): Promise<void> {
    const begun = this.continued('open_orders');
    const compared = await this.reconciliation(session, begun).openOrders(this.pace.ofAllSymbols);
    if (compared.kind === 'unfinished') return this.cutOff(compared);
    this.begun = null;
    this.pace.finished('open_orders', compared.ofAllSymbols);
    const { venue, accountId } = this.account;
    this.parts.metrics.reconciledAt.set({ venue, account: accountId, kind: 'orders' }, this.parts.clock.now() / 1_000);
  }

  /**
   * A comparison that only waits for budget casts no doubt of its own, and goes on where it was. One that failed is begun
   * anew: what it has read may be from before the trouble.
   */
  private cutOff({ why }: Extract<Compared, { kind: 'unfinished' }>): void {
    if (why.waits) return this.pace.waits(why.retryInMs);
    this.begun = null;
    this.pace.failed();
    this.doubt ??= why.text;
    this.comparison = { state: 'failed', reason: why.text };
  }

  private get limits(): VenueLimits | undefined {
    return this.parts.sessions.desk(this.account.venue)?.limits;
  }

  private reconciliation(session: AccountSession, begun: Begun): Reconciliation {
    const { account, external, foreign, suspects, toldUnreadable, parts } = this;
    const kept = { account, session, external, foreign, suspects, toldUnreadable };
    return new Reconciliation({ ...parts, ...kept }, begun, this.limits);
  }

  private facts(): AccountFacts {
    const { session, comparison } = this;
    const { venue, accountId } = this.account;
    const isStreamLive = this.stream?.live === true;
    this.parts.metrics.streamUp.set({ venue, account: accountId }, isStreamLive ? 1 : 0);
    return {
      keyRejected: session?.health.keyRejected ?? null,
      ban: session?.health.ban ?? this.parts.sessions.banOf(accountId),
      halted: this.halted,
      comparison,
      noSession: this.noSession,
      isOffsetKnown: session?.offset.isKnown() ?? false,
      maintenance:
        session?.health.maintenance ??
        (this.parts.instruments.isVenueHalted(venue) ? 'the venue trades no instrument' : null),
      settingsDiffer: this.settingsDiffer,
      isStreamLive,
      streamWaitsFor: session?.session.streamWaitsFor ?? null,
      errorShare: session?.health.errorShare ?? null,
    };
  }

  private sayStatus(): Promise<void> {
    return this.status.say(this.facts());
  }

  private async underLease(write: () => Promise<'saved' | 'stale'>): Promise<void> {
    if ((await write()) === 'stale') this.parts.metrics.staleEpochs.inc({ service: 'exchange-gateway' });
  }
}
