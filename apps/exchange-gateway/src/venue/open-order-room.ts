import { NO_ROOM_RETRY_MS, openOrderCap, type AccountId, type OpenOrderCap, type TenantId } from '#domain';
import type { Logger } from '#observability';
import type { StoredChildOrder } from '#persistence';
import { accountScopes, type RateBudget, type VenueLimits } from '#venues';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { ParentLimitCounts } from './parent-limit-counts.js';

/** What was traded only grows, and slowly: a figure that is a little old is a little low. */
const TRADED_KNOWN_FOR_MS = 60_000;
/** While nobody knows it, or Redis is away, it is looked for this often. */
const TRADED_UNKNOWN_FOR_MS = 5_000;
/** What was full a moment ago is not looked at again: a look locks rows, and takes the account's turn from others. */
const FULL_FOR_MS = 250;
/** An account that stays full says so this often; every place that waits is counted. */
const TELL_EVERY_MS = 60_000;
/** As the counts of a parent order and the metric name it. */
const REASON = 'open_orders';
/** In place of an instrument, where a venue counts them all together. */
const ALL = '';

export interface OpenOrderRoomParts {
  readonly tenantId: TenantId;
  readonly accountId: AccountId;
  readonly limits: Pick<VenueLimits, 'openOrders' | 'tier' | 'definitions'>;
  readonly budget: Pick<RateBudget, 'figureOf'>;
  readonly counts: Pick<ParentLimitCounts, 'add'>;
  readonly metrics: Pick<GatewayMetrics, 'budgetDenied'>;
  readonly logger: Logger;
  /** Default `performance.now()`. */
  readonly monotonicMs?: () => number;
}

/** A place that found no room. */
export type HeldPlace = Pick<StoredChildOrder, 'accountId' | 'venue' | 'symbol' | 'parentOrderId'>;

/** As many orders are open as the venue allows. */
export interface FullAccount {
  readonly cap: OpenOrderCap;
  readonly open: number;
}

/** How many orders one account may have open at its venue (venues.md B3), and word of the places that wait for it. */
export class OpenOrderRoom {
  private readonly monotonicMs: () => number;
  private readonly toldAt = new Map<string, number>();
  /** By instrument, where they count so: when a look last found it full. */
  private readonly fullAt = new Map<string, { readonly full: FullAccount; readonly at: number }>();
  private known: { readonly cap: OpenOrderCap | null; readonly until: number } | null = null;
  private traded: number | null = null;

  constructor(private readonly parts: OpenOrderRoomParts) {
    this.monotonicMs = parts.monotonicMs ?? (() => performance.now());
  }

  /** Null where the venue has no such limit. May ask Redis: not for inside a transaction. */
  async cap(): Promise<OpenOrderCap | null> {
    if (this.known !== null && this.monotonicMs() < this.known.until) return this.known.cap;
    const { openOrders: rule, tier } = this.parts.limits;
    const told = await this.tradedUsdc();
    this.traded = told ?? this.traded;
    const cap = rule === undefined ? null : openOrderCap(rule, tier, this.traded);
    const validMs = told === null ? TRADED_UNKNOWN_FOR_MS : TRADED_KNOWN_FOR_MS;
    this.known = { cap, until: rule?.earned === undefined ? Infinity : this.monotonicMs() + validMs };
    return cap;
  }

  /** What a look has found a moment ago, if that was no room; null when it is time to look. */
  foundFull(symbol: string): FullAccount | null {
    const found = this.fullAt.get(symbol) ?? this.fullAt.get(ALL);
    return found !== undefined && this.monotonicMs() - found.at < FULL_FOR_MS ? found.full : null;
  }

  /**
   * A place waits, with `open` orders there: counted each time, said once a minute.
   * @returns when it comes again, in ms: earlier where nobody looked for it, so that the next look is not the same one's
   */
  held(place: HeldPlace, full: FullAccount): number {
    const key = full.cap.isPerSymbol ? place.symbol : ALL;
    const isLookedAt = this.foundFull(place.symbol) === null;
    if (isLookedAt) this.fullAt.set(key, { full, at: this.monotonicMs() });
    const waitMs = isLookedAt ? NO_ROOM_RETRY_MS : NO_ROOM_RETRY_MS - FULL_FOR_MS;
    const { tenantId, counts, metrics } = this.parts;
    metrics.budgetDenied.inc({ reason: REASON, class: 'place' });
    counts.add(tenantId, place.parentOrderId, 'place', REASON, waitMs);
    this.tell(key, place, full);
    return waitMs;
  }

  private tell(key: string, place: HeldPlace, { cap, open }: FullAccount): void {
    const now = this.monotonicMs();
    if (now - (this.toldAt.get(key) ?? -Infinity) < TELL_EVERY_MS) return;
    this.toldAt.set(key, now);
    const { accountId, venue, symbol, parentOrderId } = place;
    const about = { accountId, venue, parentOrderId, ...(cap.isPerSymbol ? { symbol } : {}) };
    this.parts.logger.warn(
      { ...about, open, limit: cap.most },
      'as many orders are open as the venue allows: places wait',
    );
  }

  /** Read from the cap of a lifetime limit, which is its base and one more per USDC traded; null where nobody knows. */
  private async tradedUsdc(): Promise<number | null> {
    const { limits, budget, accountId } = this.parts;
    const { tradedBy } = limits.openOrders?.earned ?? {};
    const earning = limits.definitions.find(({ id }) => id === tradedBy);
    if (earning?.kind !== 'lifetime_budget') return null;
    const cap = await budget.figureOf(earning.id, accountScopes(accountId));
    return cap === null ? null : Math.max(0, cap - earning.params.base);
  }
}
