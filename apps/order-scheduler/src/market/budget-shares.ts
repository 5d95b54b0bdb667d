import type { AccountId, Clock, VenueId } from '#domain';
import { RateBudget, type VenueLimits } from '#venues';
import { Redis } from 'ioredis';

/** A reading serves this long: the budget changes little between two decisions, and each reading is a round trip. */
const FRESH_MS = 250;
const PLACE_CALL = 'POST /api/v3/order';

/** How much of its place budget each account has left, read from Redis and remembered for a moment. */
export class BudgetShares {
  private readonly known = new Map<AccountId, { readonly at: number; readonly share: Promise<number> }>();

  constructor(
    private readonly budgets: ReadonlyMap<VenueId, Pick<RateBudget, 'freeShare'>>,
    private readonly closeRedis: () => void = () => undefined,
  ) {}

  /** @param options egressId: whose address the gateway leaves by: limits per address are counted under it */
  static open(
    url: string,
    limitsByVenue: ReadonlyMap<VenueId, VenueLimits>,
    options: { readonly prefix: string; readonly egressId: string; readonly clock: Clock },
  ): BudgetShares {
    const redis = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0 });
    redis.on('error', () => undefined); // a reading then fails, and no budget counts as free
    const budgets = [...limitsByVenue].map(
      ([venue, limits]) => [venue, new RateBudget(redis, limits, options)] as const,
    );
    return new BudgetShares(new Map(budgets), () => redis.disconnect());
  }

  /** 0..1; 0 while a limit is closed, its state unknown, or Redis down. */
  freeShare(venue: VenueId, accountId: AccountId): Promise<number> {
    const now = performance.now();
    const known = this.known.get(accountId);
    if (known !== undefined && now - known.at < FRESH_MS) return known.share;
    const budget = this.budgets.get(venue);
    const share =
      budget === undefined ? Promise.resolve(0) : budget.freeShare(PLACE_CALL, { account: accountId }, 'place');
    this.known.set(accountId, { at: now, share });
    return share;
  }

  close(): void {
    this.closeRedis();
  }
}
