import type { AccountId, Clock, TenantId, VenueId } from '#domain';
import { CredentialRepository, type Database } from '#persistence';
import type { Logger } from '#observability';
import type { RateBudget, Venue } from '#venues';
import { openCredential } from '../credentials/envelope.js';
import { BudgetedSession } from '../venue/budgeted-session.js';
import { CountedBudget, type CountedBudgetOptions } from '../venue/counted-budget.js';
import type { VenueOffset } from '../venue/venue-offset.js';

/** A venue with what the gateway keeps beside it. */
export interface VenueDesk {
  readonly venue: Venue;
  readonly offset: VenueOffset;
  readonly budget: Pick<RateBudget, 'reserve' | 'settle' | 'release' | 'freeShare' | 'redisUp'>;
  /** Asks the venue for its time, paid for from the budget; false when it did not answer. */
  measureTime(priority: 'query' | 'probe'): Promise<boolean>;
}

/** What it takes to act for one account. */
export interface AccountSession {
  readonly venue: Venue;
  readonly offset: VenueOffset;
  readonly session: BudgetedSession;
  /** Sets lost budget counts again from the venue's own; at most one at a time. */
  warmUp(): Promise<void>;
  /** Unused fraction of what placing may use, 0..1; 0 also when the counts are not known. */
  placeShare(): Promise<number>;
}

/** How long to wait after a failed attempt to open a session, so that a bad key is not tried over and over. */
const RETRY_AFTER_MS = 5_000;

/** The counts are asked for at most this often, however many orders wait for them. */
const WARM_UP_GAP_MS = 1_000;

/** One session per account and process; every worker and the account's keeper share it. */
export class AccountSessions {
  private readonly sessions = new Map<AccountId, Promise<AccountSession>>();
  private readonly failedAt = new Map<AccountId, number>();

  constructor(
    private readonly db: Database,
    private readonly desks: ReadonlyMap<VenueId, VenueDesk>,
    private readonly counted: Pick<CountedBudgetOptions, 'metrics' | 'counts'>,
    private readonly masterKey: Buffer,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  get venues(): VenueId[] {
    return [...this.desks.keys()];
  }

  desk(venue: VenueId): VenueDesk | undefined {
    return this.desks.get(venue);
  }

  /** Null when the account cannot be acted for now: no such venue, no credential, or it does not open. */
  async get(tenantId: TenantId, accountId: AccountId, venueId: VenueId): Promise<AccountSession | null> {
    const failed = this.failedAt.get(accountId);
    if (failed !== undefined && performance.now() - failed < RETRY_AFTER_MS) return null;
    let session = this.sessions.get(accountId);
    if (session === undefined) {
      session = this.open(tenantId, accountId, venueId);
      this.sessions.set(accountId, session);
    }
    try {
      return await session;
    } catch (error) {
      this.sessions.delete(accountId);
      this.failedAt.set(accountId, performance.now());
      this.logger.error({ accountId, venue: venueId, err: error }, 'no session for the account');
      return null;
    }
  }

  async closeAll(): Promise<void> {
    const open = [...this.sessions.values()];
    this.sessions.clear();
    await Promise.allSettled(open.map(async (session) => (await session).session.close()));
  }

  private async open(tenantId: TenantId, accountId: AccountId, venueId: VenueId): Promise<AccountSession> {
    const desk = this.desks.get(venueId);
    if (desk === undefined) throw new Error(`Venue ${venueId} is not configured here`);
    const sealed = await this.db.inTenant(tenantId, (tx) => new CredentialRepository(tx, tenantId).newest(accountId));
    if (sealed === null) throw new Error('The account has no credential');
    const credential = openCredential(this.masterKey, { tenantId, accountId, version: sealed.version }, sealed);
    const session = new BudgetedSession(
      await desk.venue.connect({ accountId, ...credential }, desk.offset),
      new CountedBudget(desk.budget, { tenantId, ...this.counted }),
      { account: accountId },
      desk.venue.profile,
      this.clock,
    );
    let warming: Promise<void> | undefined;
    let warmedAt = -Infinity;
    const warmUp = async (): Promise<void> => {
      if (performance.now() - warmedAt < WARM_UP_GAP_MS) return;
      warmedAt = performance.now();
      await desk.measureTime('probe');
      await session.probeOrderCounts();
    };
    return {
      venue: desk.venue,
      offset: desk.offset,
      session,
      placeShare: () => desk.budget.freeShare(desk.venue.profile.calls.place, { account: accountId }, 'place'),
      warmUp: () => (warming ??= warmUp().finally(() => (warming = undefined))),
    };
  }
}
