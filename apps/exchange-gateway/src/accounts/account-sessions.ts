import { addMs, type AccountId, type Ban, type Clock, type TenantId, type VenueId } from '#domain';
import type { Logger } from '#observability';
import type { HeldAccount } from '#persistence';
import {
  accountScopes,
  claimWidthMs,
  DEFAULT_HOLD_MS,
  type RateBudget,
  type SoleCaller,
  type Venue,
  type VenueLimits,
} from '#venues';
import type { Vault } from '../credentials/vault.js';
import { BudgetedSession } from '../venue/budgeted-session.js';
import { CountedBudget, type CountedBudgetOptions } from '../venue/counted-budget.js';
import { AccountLimits } from '../venue/account-limits.js';
import type { LimitAnnouncementsParts } from '../venue/limit-announcements.js';
import { payNow } from '../venue/pay-now.js';
import type { LimitNotice, LimitNotices } from '../venue/limit-notices.js';
import { OpenOrderRoom, type OpenOrderRoomParts } from '../venue/open-order-room.js';
import type { VenueOffset } from '../venue/venue-offset.js';
import { AccountHealth, AddressBans } from './account-health.js';

/** A venue with what the gateway keeps beside it. */
export interface VenueDesk {
  readonly venue: Venue;
  readonly offset: VenueOffset;
  readonly budget: Pick<
    RateBudget,
    | 'reserve'
    | 'settle'
    | 'release'
    | 'freeShare'
    | 'figureOf'
    | 'redisUp'
    | 'announce'
    | 'creditFill'
    | 'beginCold'
    | 'openUnused'
  >;
  readonly limits: VenueLimits;
  /** Where changes of limits are written down. */
  readonly audit: LimitAnnouncementsParts['audit'];
  readonly notices: LimitNotices;
  /** For how long no message about an account was claimed, in ms, as far as that is remembered. */
  quietMs(accountId: AccountId): Promise<number>;
  /** The limits whose counts the answer with the venue's time tells. */
  readonly toldByTime: ReadonlySet<string>;
  /** Asks the venue for its time, paid for from the budget; false when it did not answer. */
  measureTime(priority: 'query' | 'probe'): Promise<boolean>;
}

/** What it takes to act for one account. */
export interface AccountSession {
  readonly venue: Venue;
  readonly offset: VenueOffset;
  readonly session: BudgetedSession;
  /** What its calls have shown lately. */
  readonly health: AccountHealth;
  /** Of the key it was opened with. */
  readonly credentialVersion: number;
  /** Sets lost budget counts again from the venue's own; at most one at a time. */
  warmUp(): Promise<void>;
  /** Unused fraction of what placing may use, 0..1; 0 also when the counts are not known. */
  placeShare(): Promise<number>;
  /** How many orders it may have open at once. */
  readonly room: Pick<OpenOrderRoom, 'cap' | 'foundFull' | 'held'>;
  /** Asks the venue for the account's own limits when that is due; to be called often by whoever looks after it. */
  askLimits(): void;
}

/** How long to wait after a failed attempt to open a session, so that a bad key is not tried over and over. */
const RETRY_AFTER_MS = 5_000;

/** The counts are asked for at most this often, however many orders wait for them. */
const WARM_UP_GAP_MS = 1_000;

/** A session that nobody asked for in this time is closed, and its key forgotten, where the account is not ours to tend. */
const IDLE_MS = 60_000;

/** A key is in memory no longer than this (venues.md A10); its session ends then, whatever else there is. */
const KEY_LIFE_MS = 15 * 60_000;

/** From this age on another session is opened beside it from the vault, which may be away for the time that is left. */
const RENEW_AFTER_MS = 12 * 60_000;
/** How soon that is tried again. */
const RENEW_RETRY_MS = 10_000;

/** A session that was renewed overlaps with its successor, so that its stream misses nothing. */
const OVERLAP_MS = 10_000;

interface Kept {
  readonly tenantId: TenantId;
  readonly accountId: AccountId;
  readonly venueId: VenueId;
  readonly opening: Promise<AccountSession>;
  /** Null until it is open. */
  session: AccountSession | null;
  readonly openedAt: number;
  usedAt: number;
  /** Ends it when its key has been in memory long enough. */
  readonly end: NodeJS.Timeout;
  /** While its successor is opened: settles when that has taken its place, has failed, or came too late. */
  renewing: Promise<void> | null;
  renewedAt: number;
}

/** Which accounts this process holds the lease of. */
export interface Holding {
  /** Null where another process looks after the account, or may by now. */
  heldAccount(accountId: AccountId): HeldAccount | null;
  /** Number of the account's next private call; null where the lease is not held. */
  nextNonce(accountId: AccountId, least: number): Promise<number | null>;
}

/** One session per account and process; every worker and the account's keeper share it. */
export class AccountSessions {
  private readonly sessions = new Map<AccountId, Kept>();
  private readonly failed = new Map<AccountId, { readonly at: number; readonly why: string }>();
  private readonly addressBans = new AddressBans();
  /** Accounts whose session the venue has ended. */
  private readonly ended = new Map<AccountId, Ban>();
  /** Of sessions that were replaced, until they are closed. */
  private readonly leaving = new Map<NodeJS.Timeout, Kept>();
  private holding: Holding | undefined;

  constructor(
    private readonly vault: Vault,
    private readonly desks: ReadonlyMap<VenueId, VenueDesk>,
    private readonly counted: Pick<CountedBudgetOptions & OpenOrderRoomParts, 'metrics' | 'counts'>,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  get venues(): VenueId[] {
    return [...this.desks.keys()];
  }

  desk(venue: VenueId): VenueDesk | undefined {
    return this.desks.get(venue);
  }

  /** Whose leases decide where private calls may leave from one process alone. */
  follow(holding: Holding): void {
    this.holding = holding;
  }

  /** True where private calls must leave from the process that holds the account, and that is not this one. */
  isForAnother(accountId: AccountId, venueId: VenueId): boolean {
    if (this.desks.get(venueId)?.venue.traits.leaseOnlyPrivateCalls !== true) return false;
    return (this.holding?.heldAccount(accountId) ?? null) === null;
  }

  /**
   * Null when the account cannot be acted for now: no such venue, no credential, it does not open, or only another
   * process may.
   */
  async get(tenantId: TenantId, accountId: AccountId, venueId: VenueId): Promise<AccountSession | null> {
    if (this.isForAnother(accountId, venueId) || this.banOf(accountId) !== null) return null;
    const failed = this.failed.get(accountId);
    if (failed !== undefined && performance.now() - failed.at < RETRY_AFTER_MS) return null;
    let kept = this.sessions.get(accountId);
    if (kept === undefined) {
      kept = this.begin(tenantId, accountId, venueId);
      this.sessions.set(accountId, kept);
    }
    kept.usedAt = performance.now();
    try {
      const session = await kept.opening;
      this.failed.delete(accountId);
      return session;
    } catch (error) {
      clearTimeout(kept.end);
      if (this.sessions.get(accountId) === kept) this.sessions.delete(accountId);
      const why = error instanceof Error ? error.message : String(error);
      this.failed.set(accountId, { at: performance.now(), why });
      // Tried again every few seconds, for ever where nobody enters a key: the same once more is no news.
      if (failed?.why !== why)
        this.logger.error({ accountId, venue: venueId, err: error }, 'no session for the account');
      return null;
    }
  }

  /** While a new login would be refused, because the venue has ended the session; else null. */
  banOf(accountId: AccountId): Ban | null {
    const ban = this.ended.get(accountId);
    if (ban === undefined) return null;
    if (this.clock.now() < ban.until) return ban;
    this.ended.delete(accountId);
    return null;
  }

  /** Why the account had no session when it was last asked for. */
  whyNone(accountId: AccountId): string {
    return this.banOf(accountId)?.reason ?? this.failed.get(accountId)?.why ?? 'no session at the venue';
  }

  /** True when another key is to be used than the one that the session was opened with, or none any more. */
  async hasNewerKey(tenantId: TenantId, accountId: AccountId, session: AccountSession): Promise<boolean> {
    return (await this.vault.versionsInUse(tenantId, [accountId])).get(accountId) !== session.credentialVersion;
  }

  /**
   * Closes at once what was opened with a key that is revoked or replaced, and renews what is old. One question for all
   * accounts of a tenant, and no wait for a venue: neither many accounts nor one that hangs keeps a revoked key in use.
   */
  async forgetStaleKeys(): Promise<void> {
    const open = [...this.sessions.values(), ...this.leaving.values()].filter(({ session }) => session !== null);
    for (const tenantId of new Set(open.map((kept) => kept.tenantId))) {
      const mine = open.filter((kept) => kept.tenantId === tenantId);
      const inUse = await this.vault.versionsInUse(tenantId, [...new Set(mine.map(({ accountId }) => accountId))]);
      for (const kept of mine) {
        if (inUse.get(kept.accountId) !== kept.session?.credentialVersion) this.drop(kept);
        else if (this.sessions.get(kept.accountId) === kept) this.renew(kept);
      }
    }
  }

  /** Opens a session; its end is set before the vault gives away the key. */
  private begin(tenantId: TenantId, accountId: AccountId, venueId: VenueId): Kept {
    const kept: Kept = {
      tenantId,
      accountId,
      venueId,
      opening: this.open(tenantId, accountId, venueId),
      session: null,
      openedAt: performance.now(),
      usedAt: 0,
      end: setTimeout(() => this.drop(kept), KEY_LIFE_MS).unref(),
      renewing: null,
      renewedAt: -Infinity,
    };
    kept.opening.then(
      (session) => (kept.session = session),
      () => undefined,
    );
    return kept;
  }

  /** Only a session that is open takes the place of one that works: the vault or the venue may be away. */
  private renew(kept: Kept): void {
    const { tenantId, accountId, venueId } = kept;
    const now = performance.now();
    if (now - kept.openedAt < RENEW_AFTER_MS || now - kept.renewedAt < RENEW_RETRY_MS || kept.renewing !== null) return;
    if (this.isForAnother(accountId, venueId)) return;
    kept.renewedAt = now;
    const next = this.begin(tenantId, accountId, venueId);
    kept.renewing = next.opening
      .then(
        () => this.replace(kept, next),
        (error: unknown) => {
          clearTimeout(next.end);
          this.logger.error({ accountId, venue: venueId, err: error }, 'session not renewed, the old one goes on');
        },
      )
      .finally(() => (kept.renewing = null));
  }

  /** Where the session was ended meanwhile, so is its successor: it may have been opened with the same revoked key. */
  private async replace(kept: Kept, next: Kept): Promise<void> {
    const { accountId } = kept;
    if (this.sessions.get(accountId) !== kept) return close(next);
    next.usedAt = kept.usedAt;
    this.sessions.set(accountId, next);
    const timer = setTimeout(() => {
      this.leaving.delete(timer);
      void close(kept);
    }, OVERLAP_MS);
    this.leaving.set(timer, kept);
  }

  /** Of a session that must not be used any more, whether another has taken its place or not. */
  private drop(kept: Kept): void {
    if (this.sessions.get(kept.accountId) === kept) {
      void this.forget(kept.accountId);
      return;
    }
    for (const [timer, leaving] of this.leaving) {
      if (leaving !== kept) continue;
      clearTimeout(timer);
      this.leaving.delete(timer);
    }
    void close(kept);
  }

  /** Closes the session of an account and forgets its key; whoever asks for it next opens another. */
  async forget(accountId: AccountId): Promise<void> {
    const kept = this.sessions.get(accountId);
    this.sessions.delete(accountId);
    this.failed.delete(accountId);
    if (kept !== undefined) await close(kept);
  }

  /** Closes what nobody uses any more of accounts that this process does not tend. */
  async forgetIdle(tended: ReadonlySet<AccountId>): Promise<void> {
    const idle = [...this.sessions].filter(
      ([accountId, { usedAt }]) => !tended.has(accountId) && performance.now() - usedAt > IDLE_MS,
    );
    await Promise.all(idle.map(([accountId]) => this.forget(accountId)));
  }

  /** Accounts with an open session. */
  get openAccounts(): AccountId[] {
    return [...this.sessions.keys()];
  }

  async closeAll(): Promise<void> {
    const open = [...this.sessions.values(), ...this.leaving.values()];
    for (const timer of this.leaving.keys()) clearTimeout(timer);
    this.leaving.clear();
    this.sessions.clear();
    await Promise.all(
      open.map(async (kept) => {
        await close(kept);
        await kept.renewing;
      }),
    );
  }

  /** Its stream and its calls end with it; what opens next logs in anew (venues.md B5). */
  private killed(accountId: AccountId, { limit, ms }: Extract<LimitNotice, { kind: 'session_killed' }>): void {
    const reason = `the venue ended the session, ${limit} must refill`;
    this.logger.error({ accountId, limit, ms }, 'the venue ended the session: a new login waits');
    this.ended.set(accountId, { scope: 'account', until: addMs(this.clock.now(), ms), reason });
    void this.forget(accountId);
  }

  private callerOf(accountId: AccountId): SoleCaller {
    return { nextNonce: async (least) => (await this.holding?.nextNonce(accountId, least)) ?? null };
  }

  private async open(tenantId: TenantId, accountId: AccountId, venueId: VenueId): Promise<AccountSession> {
    const desk = this.desks.get(venueId);
    if (desk === undefined) throw new Error(`Venue ${venueId} is not configured here`);
    const opened = await this.vault.open(tenantId, accountId);
    if (opened === null) throw new Error('The account has no credential');
    const { venue } = desk;
    const health = new AccountHealth(venue.id, venue.profile.protocol, this.addressBans, this.clock);
    const connected = await venue.connect(
      { accountId, ...opened.credential },
      desk.offset,
      this.callerOf(accountId),
      payNow(desk),
    );
    const session = new BudgetedSession(
      connected,
      new CountedBudget(desk.budget, { tenantId, ...this.counted }),
      accountId,
      venue.profile,
      this.clock,
      (failure) => health.note(failure),
      { ask: () => desk.measureTime('probe'), told: desk.toldByTime },
    );
    const limits = new AccountLimits({ ...desk, accountId, session: connected, logger: this.logger });
    desk.notices.listen(accountId, (notice) => {
      if (notice.kind === 'reading_due') limits.askSoon();
      else this.killed(accountId, notice);
    });
    let warming: Promise<void> | undefined;
    let warmedAt = -Infinity;
    const warmUp = async (): Promise<void> => {
      if (performance.now() - warmedAt < WARM_UP_GAP_MS) return;
      warmedAt = performance.now();
      if (desk.toldByTime.size > 0) await desk.measureTime('probe');
      limits.askLostCounts();
      await session.probeOrderCounts();
      await session.openUnused((await desk.quietMs(accountId)) - longestWayMs(venue.traits));
    };
    return {
      venue,
      offset: desk.offset,
      session,
      health,
      credentialVersion: opened.version,
      askLimits: () => limits.ask(),
      placeShare: () => desk.budget.freeShare(venue.profile.calls.place, accountScopes(accountId), 'place'),
      room: new OpenOrderRoom({ ...desk, ...this.counted, tenantId, accountId, logger: this.logger }),
      warmUp: () => (warming ??= warmUp().finally(() => (warming = undefined))),
    };
  }
}

/** After its claim an order may reach the venue for so long, and after its reservation no longer than the budget holds it. */
function longestWayMs(traits: Venue['traits']): number {
  return Math.max(DEFAULT_HOLD_MS, claimWidthMs(traits) + traits.absenceMarginMs);
}

async function close({ opening, end }: Kept): Promise<void> {
  clearTimeout(end);
  await opening.then(({ session }) => session.close()).catch(() => undefined);
}
