import { NO_ROOM_RETRY_MS, openOrderCap, type AccountId, type OpenOrderCap, type TenantId } from '#domain';
import type { Logger } from '#observability';
import type { StoredChildOrder } from '#persistence';
import { accountScopes, type RateBudget, type VenueLimits } from '#venues';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { ParentLimitCounts } from './parent-limit-counts.js';

/** What was traded only grows, and slowly: a figure that is a little old is a little low. */
const TRADED_KNOWN_FOR_MS = 60_000;
/** An account that stays full says so this often; every place that waits is counted. */
const TELL_EVERY_MS = 60_000;
/** As the counts of a parent order and the metric name it. */
const REASON = 'open_orders';

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
  private known: { readonly cap: OpenOrderCap | null; readonly until: number } | null = null;

  constructor(private readonly parts: OpenOrderRoomParts) {
    this.monotonicMs = parts.monotonicMs ?? (() => performance.now());
  }

  /** Null where the venue has no such limit. May ask Redis: not for inside a transaction. */
  async cap(): Promise<OpenOrderCap | null> {
    if (this.known !== null && this.monotonicMs() < this.known.until) return this.known.cap;
    const { openOrders: rule, tier } = this.parts.limits;
    const cap = rule === undefined ? null : openOrderCap(rule, tier, await this.tradedUsdc());
    const isFixed = rule?.earned === undefined;
    this.known = { cap, until: isFixed ? Infinity : this.monotonicMs() + TRADED_KNOWN_FOR_MS };
    return cap;
  }

  /** A place waits, with `open` orders there: counted each time, said once a minute. */
  held(place: HeldPlace, { cap, open }: FullAccount): void {
    const { tenantId, counts, metrics, logger } = this.parts;
    metrics.budgetDenied.inc({ reason: REASON, class: 'place' });
    counts.add(tenantId, place.parentOrderId, 'place', REASON, NO_ROOM_RETRY_MS);
    const key = cap.isPerSymbol ? place.symbol : '';
    const now = this.monotonicMs();
    if (now - (this.toldAt.get(key) ?? -Infinity) < TELL_EVERY_MS) return;
    this.toldAt.set(key, now);
    const { accountId, venue, symbol, parentOrderId } = place;
    const about = { accountId, venue, parentOrderId, ...(cap.isPerSymbol ? { symbol } : {}) };
    logger.warn({ ...about, open, limit: cap.most }, 'as many orders are open as the venue allows: places wait');
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
