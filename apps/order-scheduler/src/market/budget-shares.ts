import type { AccountId, Clock, VenueId } from '#domain';
import { accountScopes, budgetRedis, RateBudget, type VenueLimits, type VenueProfile } from '#venues';

/** A reading serves this long: the budget changes little between two decisions, and each reading is a round trip. */
const FRESH_MS = 250;
/** Accounts and instruments that are remembered; the one read longest ago goes first. */
const MOST_KNOWN = 2_000;

/** A venue's budget, and what placing is called in its table of costs. */
export interface PlaceBudget {
  readonly budget: Pick<RateBudget, 'freeShare'>;
  readonly placeCall: string;
}

/** What is known of a venue that has a budget. */
export interface BudgetedVenue {
  readonly limits: VenueLimits;
  readonly profile: Pick<VenueProfile, 'calls'>;
}

/** How much of its place budget each account has left, read from Redis and remembered for a moment. */
export class BudgetShares {
  private readonly known = new Map<string, { readonly at: number; readonly share: Promise<number> }>();

  constructor(
    private readonly budgets: ReadonlyMap<VenueId, PlaceBudget>,
    private readonly closeRedis: () => void = () => undefined,
  ) {}

  /** @param options egressId: whose address the gateway leaves by: limits per address are counted under it */
  static open(
    url: string,
    venues: ReadonlyMap<VenueId, BudgetedVenue>,
    options: { readonly prefix: string; readonly egressId: string; readonly clock: Clock },
  ): BudgetShares {
    const redis = budgetRedis(url); // while it is away a reading fails, and no budget counts as free
    const budgets = [...venues].map(([venue, { limits, profile }]) => {
      const budget = new RateBudget(redis, limits, options);
      return [venue, { budget, placeCall: profile.calls.place }] as const;
    });
    return new BudgetShares(new Map(budgets), () => redis.disconnect());
  }

  /** 0..1; 0 while a limit is closed, its state unknown, or Redis down. */
  freeShare(venue: VenueId, accountId: AccountId, symbol: string): Promise<number> {
    const now = performance.now();
    const key = `${accountId} ${symbol}`;
    const known = this.known.get(key);
    if (known !== undefined && now - known.at < FRESH_MS) return known.share;
    const paid = this.budgets.get(venue);
    const share =
      paid === undefined
        ? Promise.resolve(0)
        : paid.budget.freeShare(paid.placeCall, accountScopes(accountId, symbol), 'place');
    this.known.delete(key);
    this.known.set(key, { at: now, share });
    const oldest = this.known.size > MOST_KNOWN ? this.known.keys().next() : null;
    if (oldest?.done === false) this.known.delete(oldest.value);
    return share;
  }

  close(): void {
    this.closeRedis();
  }
}
