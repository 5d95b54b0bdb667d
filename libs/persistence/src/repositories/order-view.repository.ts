import {
  Dec,
  decimal,
  epochMs,
  notional,
  price,
  quantity,
  type AccountId,
  type Algorithm,
  type ChildOrderStatus,
  type ClientOrderId,
  type CloseReason,
  type CompletionReason,
  type ConditionVars,
  type Decimal,
  type EpochMs,
  type FailureReason,
  type Interval,
  type MarketType,
  type Notional,
  type ParentOrderId,
  type ParentOrderStatus,
  type Price,
  type Quantity,
  type Side,
  type Sizing,
  type TenantId,
  type UserId,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { row, rows } from '../sql.js';
import { FROM_MICROS, MICROS, MS, type EpochMicros } from './epoch-micros.js';
import { byTime, FILL_COLUMNS, NOT_BUSTED, toFill, type FillColumns, type FillRecord } from './fill-record.js';

/** A parent order as its owner sees it: what was asked for, and what has become of it so far. */
export interface OrderRecord {
  readonly id: ParentOrderId;
  readonly tenantId: TenantId;
  readonly userId: UserId;
  readonly customOrderId: string;
  readonly venue: VenueId;
  readonly symbol: string;
  readonly pair: string;
  readonly marketType: MarketType;
  readonly base: string;
  readonly quote: string;
  readonly accountIds: readonly AccountId[];
  readonly side: Side;
  readonly algorithm: Algorithm;
  readonly sizing: Sizing;
  /** In the target token. */
  readonly orderQty: Decimal;
  /** In base and in quote, whatever the side; the one not asked for is converted at the mid, null without one. */
  readonly baseAmount: Quantity | null;
  readonly quoteAmount: Notional | null;
  readonly durationMs: number | null;
  /** How long it is expected to take where that depends on the volume of others; else null. */
  readonly estimatedMs: number | null;
  /** Centre of a Target Time order's window; else null. */
  readonly targetTime: EpochMs | null;
  readonly limitPrice: Price | null;
  /** JSON text of what is only shown again; text, because a parsed JSON number may have lost digits. */
  readonly requestJson: string;
  readonly status: ParentOrderStatus;
  readonly failureReason: FailureReason;
  readonly completionReason: CompletionReason | null;
  readonly createdAt: EpochMicros;
  readonly updatedAt: EpochMicros;
  readonly startAt: EpochMicros;
  readonly activatedAt: EpochMicros | null;
  readonly arrivalPrice: Price | null;
  /** Public volume of the instrument in base at the start and at the end of the order. */
  readonly startVolume: Decimal | null;
  readonly endVolume: Decimal | null;
  /** The same volumes in quote. */
  readonly startNotional: Decimal | null;
  readonly endNotional: Decimal | null;
  /** What was traded in public in the order's active time, so far or until its end; null where that is not known. */
  readonly market: PublicTrading | null;
  readonly cumBase: Quantity;
  readonly cumQuote: Notional;
  /** A rebate makes it negative. */
  readonly feeQuote: Decimal;
  /** True where a fee in a third asset is not in it, as nobody knows its worth. Of orders that run only where one is read. */
  readonly lacksFee: boolean;
  readonly liveChildOrders: number;
  /** The lower quantity that waits until children are closed; null without one. */
  readonly amendPending: Decimal | null;
  /** Where active time stood still, clipped by nothing; a null end still lasts. */
  readonly inactive: readonly Interval[];
  /** The multi order that it is a leg of, and the chain that it stands in; null: none. */
  readonly multiOrderId: string | null;
  readonly chainId: string | null;
  /** When the order ended, else when it was read. */
  readonly asOf: EpochMs;
  /** What the order waits for, or has waited for; null when it has no condition. */
  readonly condition: RecordedCondition | null;
  /** It has not begun, and the first leg of its multi order carries a condition that holds them all. */
  readonly isHeldByFirstLeg: boolean;
}

/** A condition of an order (order-api.md 6). */
export interface RecordedCondition {
  /** As entered. */
  readonly text: string;
  readonly postfix: string;
  /** Where each of its prices comes from, in the order of the text. */
  readonly prices: readonly PriceSource[];
  readonly vars: ConditionVars;
  /** Null: never. */
  readonly expiresAt: EpochMicros | null;
}

/** Where a price of a condition comes from. */
export interface PriceSource {
  readonly venue: VenueId;
  readonly symbol: string;
}

/** Public volume of an order's active time, its own included, in base and in quote. */
export interface PublicTrading {
  readonly base: Decimal;
  readonly quote: Decimal;
  /** In base, without what the owner's orders traded; null until the order's cost is stored. */
  readonly others: Decimal | null;
}

/** A child order as `placements` show it. */
export interface PlacementRecord {
  readonly sequence: number;
  readonly accountId: AccountId;
  readonly side: Side;
  readonly clientOrderId: ClientOrderId;
  readonly timeInForce: string;
  readonly price: Price;
  readonly orderQty: Quantity;
  readonly cumQty: Quantity;
  readonly cumNotional: Notional;
  readonly status: ChildOrderStatus;
  readonly closeReason: CloseReason | null;
  readonly closeCode: string;
  readonly closeText: string;
  readonly venueOrderId: string | null;
  readonly createdAt: EpochMicros;
  readonly closedAt: EpochMicros | null;
}

/** Every field that is null does not filter. */
export interface OrderFilter {
  readonly statuses: readonly ParentOrderStatus[] | null;
  readonly accountIds: readonly AccountId[] | null;
  readonly customOrderIds: readonly string[] | null;
  /** On the creation time, exclusive. */
  readonly before: EpochMicros | null;
  /** On the creation time, inclusive. */
  readonly after: EpochMicros | null;
  readonly limit: number;
  readonly offset: number;
}

export interface OrderColumns {
  id: string;
  tenant_id: string;
  user_id: string;
  custom_order_id: string;
  venue: string;
  symbol: string;
  pair: string;
  market_type: MarketType;
  base: string;
  quote: string;
  account_ids: string[];
  side: Side;
  algorithm: Algorithm;
  sizing: Sizing;
  order_qty: string;
  base_amount: string | null;
  quote_amount: string | null;
  duration_ms: string | null;
  estimated_ms: string | null;
  target_time: string | null;
  limit_price: string | null;
  request: string;
  status: ParentOrderStatus;
  failure_reason: FailureReason;
  completion_reason: CompletionReason | null;
  created_at: string;
  updated_at: string;
  start_at: string;
  activated_at: string | null;
  arrival_price: string | null;
  start_volume: string | null;
  end_volume: string | null;
  start_notional: string | null;
  end_notional: string | null;
  cum_base: string;
  cum_quote: string;
  fee_quote: string;
  live_child_orders: number;
  /** Only where one order, or a page of them, is read. */
  market?: {
    base: string | null;
    quote: string | null;
    others: string | null;
    /** Of what is stored, and as long as nothing was executed since. */
    fees?: string | null;
    lacks_fee?: boolean;
    stored?: true;
  } | null;
  /** Only where one order is read. */
  lacks_fee?: boolean;
  amend_pending: string | null;
  inactive: { from: number; to: number | null }[];
  multi_order_id: string | null;
  chain_id: string | null;
  as_of: number;
  condition_text: string | null;
  condition_postfix: string | null;
  condition_prices: PriceSource[];
  condition_vars: ConditionVars;
  condition_expires_at: string | null;
  held_by_first_leg: boolean;
}

/** Where the active time of the order `p` stood still. */
export const INACTIVE = `
  COALESCE((SELECT json_agg(json_build_object('from', ${MS('i.from_at')}, 'to', ${MS('i.to_at')}) ORDER BY i.from_at)
            FROM order_intervals i
            WHERE i.parent_order_id = p.id AND (i.kind = 'paused' OR (p.params ->> 'oolPause')::boolean)), '[]')`;

/**
 * Columns of a record but for `live_child_orders`. What changes over an order's life comes from `state`: the order's row
 * itself, `p`, or what was kept of it.
 */
export const ORDER_COLUMNS_OF = (state: 'p' | 'u'): string => `
  p.id, p.tenant_id, p.user_id, p.custom_order_id, p.venue, p.symbol, p.pair, p.market_type, p.base, p.quote,
  p.account_ids, p.side, p.algorithm, p.sizing, ${state}.order_qty, ${state}.base_amount, ${state}.quote_amount,
  ${state}.duration_ms, p.estimated_ms, p.amend_pending, p.params ->> 'targetTime' AS target_time, ${state}.limit_price, p.request::text AS request, p.multi_order_id,
  p.chain_id, ${state}.status, ${state}.failure_reason,
  ${state}.completion_reason, ${MICROS('p.created_at')} AS created_at, ${MICROS(`${state}.updated_at`)} AS updated_at,
  ${MICROS('p.start_at')} AS start_at, ${MICROS(`${state}.activated_at`)} AS activated_at, p.arrival_price,
  p.start_volume, p.end_volume, p.start_notional, p.end_notional, ${state}.cum_base, ${state}.cum_quote, ${state}.fee_quote,
  ${MS('COALESCE(p.ended_at, clock_timestamp())')} AS as_of,
  ${INACTIVE} AS inactive,
  p.condition_text, p.condition_postfix, p.condition_prices, p.condition_vars,
  ${MICROS('p.condition_expires_at')} AS condition_expires_at,
  CASE WHEN p.multi_order_id IS NULL OR ${state}.activated_at IS NOT NULL THEN false ELSE EXISTS (
    SELECT 1 FROM multi_orders m JOIN parent_orders f ON f.id = m.leg_ids[1]
    WHERE m.id = p.multi_order_id AND f.condition_text IS NOT NULL) END AS held_by_first_leg`;

const STORED_MARKET = `
  (SELECT json_build_object('base', k.market_base::text, 'quote', k.market_quote::text, 'others', k.others_base::text,
                            'fees', CASE WHEN k.cum_base = p.cum_base THEN k.fee_quote END::text,
                            'lacks_fee', k.cum_base = p.cum_base AND k.fee_quote IS NULL, 'stored', true)
   FROM order_costs k WHERE k.parent_order_id = p.id)`;

/** What is kept with the order, and what the feed has counted since its running stretch of active time began. */
export const MARKET_SO_FAR = `
  (SELECT json_build_object(
     'base', sum((c.value -> 'publicBefore' ->> 0)::numeric
                 + COALESCE(GREATEST(0, v.cum_base - (c.value -> 'publicFrom' ->> 0)::numeric), 0))::text,
     'quote', sum((c.value -> 'publicBefore' ->> 1)::numeric
                  + COALESCE(GREATEST(0, v.cum_quote - (c.value -> 'publicFrom' ->> 1)::numeric), 0))::text,
     'others', NULL)
   FROM jsonb_each(p.volume_counts) c JOIN feed_volumes v ON c.key = v.symbol || '.' || v.venue)`;

const ORDER_COLUMNS = `${ORDER_COLUMNS_OF('p')},
  (SELECT count(*)::integer FROM child_orders c WHERE c.parent_order_id = p.id AND c.status <> 'closed') AS live_child_orders,
  COALESCE(${STORED_MARKET}, ${MARKET_SO_FAR}) AS market`;

/** Looks at every fill: not for lists. */
const LACKS_FEE = `
  (p.ended_at IS NULL AND EXISTS (SELECT 1 FROM fills f WHERE f.parent_order_id = p.id AND f.fee_quote IS NULL))`;

/** Reads orders for their owner; another user's order does not exist here, even within the tenant. */
export class OrderViewRepository {
  constructor(
    private readonly tx: Tx,
    private readonly userId: UserId,
  ) {}

  async get(id: ParentOrderId): Promise<OrderRecord | null> {
    const found = await row<OrderColumns>(
      this.tx,
      `SELECT ${ORDER_COLUMNS}, ${LACKS_FEE} AS lacks_fee FROM parent_orders p WHERE p.id = $1 AND p.user_id = $2`,
      [id, this.userId],
    );
    return found === null ? null : toOrderRecord(found);
  }

  /** Those of the ids that are orders of this user, in the order of the ids. */
  async many(ids: readonly ParentOrderId[]): Promise<OrderRecord[]> {
    if (ids.length === 0) return [];
    const found = await rows<OrderColumns>(
      this.tx,
      `SELECT ${ORDER_COLUMNS} FROM unnest($1::uuid[]) WITH ORDINALITY AS n(id, place)
       JOIN parent_orders p ON p.id = n.id WHERE p.user_id = $2 ORDER BY n.place`,
      [ids, this.userId],
    );
    return found.map(toOrderRecord);
  }

  /** Newest first, of the last 12 months. */
  async list(filter: OrderFilter): Promise<OrderRecord[]> {
    const found = await rows<OrderColumns>(
      this.tx,
      `SELECT ${ORDER_COLUMNS} FROM parent_orders p
       WHERE p.user_id = $1
         AND p.id >= first_uuid_of(now() - interval '12 months') AND p.created_at >= now() - interval '12 months'
         AND ($2::text[] IS NULL OR p.status = ANY($2))
         AND ($3::uuid[] IS NULL OR p.account_ids && $3)
         AND ($4::text[] IS NULL OR p.custom_order_id = ANY($4))
         AND ($5::bigint IS NULL OR p.created_at < ${FROM_MICROS('$5')})
         AND ($6::bigint IS NULL OR p.created_at >= ${FROM_MICROS('$6')})
       ORDER BY p.created_at DESC, p.id DESC LIMIT $7 OFFSET $8`,
      [
        this.userId,
        filter.statuses,
        filter.accountIds,
        filter.customOrderIds,
        filter.before,
        filter.after,
        filter.limit,
        filter.offset,
      ],
    );
    return found.map(toOrderRecord);
  }

  /** Those of the ids that are orders of this user. */
  async ownedOf(ids: readonly string[]): Promise<ParentOrderId[]> {
    const found = await rows<{ id: string }>(
      this.tx,
      'SELECT id FROM parent_orders WHERE id = ANY($1::uuid[]) AND user_id = $2 ORDER BY id',
      [ids, this.userId],
    );
    return found.map((r) => r.id as ParentOrderId);
  }

  /** The newest `limit` child orders, oldest first among them. */
  async placements(id: ParentOrderId, limit: number): Promise<PlacementRecord[]> {
    const found = await rows<PlacementColumns>(
      this.tx,
      `SELECT ${PLACEMENT_COLUMNS('c')} FROM child_orders c WHERE parent_order_id = $1 ORDER BY sequence DESC LIMIT $2`,
      [id, limit],
    );
    return found.reverse().map(toPlacement);
  }

  /**
   * Fills of the order that count, so without those that the venue took back, oldest first: of the newest placements as
   * many as the limit allows.
   */
  async fills(id: ParentOrderId, limit: number): Promise<FillRecord[]> {
    const found = await rows<FillColumns>(
      this.tx,
      `SELECT ${FILL_COLUMNS} FROM fills f WHERE parent_order_id = $1 AND ${NOT_BUSTED}
       ORDER BY f.sequence DESC, f.traded_at DESC, f.id DESC LIMIT $2`,
      [id, limit],
    );
    return found.map(toFill).sort(byTime);
  }
}

/** Columns of a placement, of the alias of its table. */
export const PLACEMENT_COLUMNS = (c: string): string =>
  `${c}.sequence, ${c}.account_id, ${c}.side, ${c}.client_order_id, ${c}.time_in_force, ${c}.price, ${c}.order_qty, ${c}.cum_qty,
   ${c}.cum_notional, ${c}.status, ${c}.close_reason, ${c}.close_code, ${c}.close_text, ${c}.venue_order_id,
   ${MICROS(`${c}.created_at`)} AS created_at, ${MICROS(`${c}.closed_at`)} AS closed_at`;

export interface PlacementColumns {
  sequence: number;
  account_id: string;
  side: Side;
  client_order_id: string;
  time_in_force: string;
  price: string;
  order_qty: string;
  cum_qty: string;
  cum_notional: string;
  status: ChildOrderStatus;
  close_reason: CloseReason | null;
  close_code: string;
  close_text: string;
  venue_order_id: string | null;
  created_at: string;
  closed_at: string | null;
}

const micros = (text: string | null): EpochMicros | null => (text === null ? null : (Number(text) as EpochMicros));

function orNull<T>(text: string | null, parse: (text: string) => T): T | null {
  return text === null ? null : parse(text);
}

export function toOrderRecord(r: OrderColumns): OrderRecord {
  return {
    id: r.id as ParentOrderId,
    tenantId: r.tenant_id as TenantId,
    userId: r.user_id as UserId,
    customOrderId: r.custom_order_id,
    venue: r.venue as VenueId,
    symbol: r.symbol,
    pair: r.pair,
    marketType: r.market_type,
    base: r.base,
    quote: r.quote,
    accountIds: r.account_ids as AccountId[],
    side: r.side,
    algorithm: r.algorithm,
    sizing: r.sizing,
    orderQty: decimal(r.order_qty),
    baseAmount: orNull(r.base_amount, quantity),
    quoteAmount: orNull(r.quote_amount, notional),
    durationMs: orNull(r.duration_ms, Number),
    estimatedMs: orNull(r.estimated_ms, Number),
    targetTime: orNull(r.target_time, (ms) => epochMs(Number(ms))),
    limitPrice: orNull(r.limit_price, price),
    requestJson: r.request,
    status: r.status,
    failureReason: r.failure_reason,
    completionReason: r.completion_reason,
    createdAt: Number(r.created_at) as EpochMicros,
    updatedAt: Number(r.updated_at) as EpochMicros,
    startAt: Number(r.start_at) as EpochMicros,
    activatedAt: micros(r.activated_at),
    arrivalPrice: orNull(r.arrival_price, price),
    startVolume: orNull(r.start_volume, decimal),
    endVolume: orNull(r.end_volume, decimal),
    startNotional: orNull(r.start_notional, decimal),
    endNotional: orNull(r.end_notional, decimal),
    market: toMarket(r),
    cumBase: quantity(r.cum_base),
    cumQuote: notional(r.cum_quote),
    feeQuote: decimal(r.market?.fees ?? r.fee_quote),
    lacksFee: r.market?.lacks_fee ?? r.lacks_fee ?? false,
    liveChildOrders: r.live_child_orders,
    amendPending: orNull(r.amend_pending, decimal),
    inactive: r.inactive.map(({ from, to }) => ({ from: epochMs(from), to: to === null ? null : epochMs(to) })),
    asOf: epochMs(r.as_of),
    multiOrderId: r.multi_order_id,
    chainId: r.chain_id,
    condition: toCondition(r),
    isHeldByFirstLeg: r.held_by_first_leg,
  };
}

function toCondition(r: OrderColumns): RecordedCondition | null {
  if (r.condition_text === null) return null;
  return {
    text: r.condition_text,
    postfix: r.condition_postfix ?? '',
    prices: r.condition_prices,
    vars: r.condition_vars,
    expiresAt: micros(r.condition_expires_at),
  };
}

export function toPlacement(r: PlacementColumns): PlacementRecord {
  return {
    sequence: r.sequence,
    accountId: r.account_id as AccountId,
    side: r.side,
    clientOrderId: r.client_order_id as ClientOrderId,
    timeInForce: r.time_in_force,
    price: price(r.price),
    orderQty: quantity(r.order_qty),
    cumQty: quantity(r.cum_qty),
    cumNotional: notional(r.cum_notional),
    status: r.status,
    closeReason: r.close_reason,
    closeCode: r.close_code,
    closeText: r.close_text,
    venueOrderId: r.venue_order_id,
    createdAt: Number(r.created_at) as EpochMicros,
    closedAt: micros(r.closed_at),
  };
}

/** Orders of before their volume was counted have what it was at both of their ends. */
function toMarket({ market, ...r }: OrderColumns): PublicTrading | null {
  const { base: counted = null, quote: paid = null, others = null } = market ?? {};
  if (counted !== null && paid !== null)
    return { base: decimal(counted), quote: decimal(paid), others: orNull(others, decimal) };
  // That it is not known was found with the end.
  if (market?.stored === true) return null;
  const [base, quote] = [growth(r.start_volume, r.end_volume), growth(r.start_notional, r.end_notional)];
  return base === null || quote === null ? null : { base, quote, others: null };
}

/** What a rising count grew by; null where it was not known at both ends. */
function growth(from: string | null, to: string | null): Decimal | null {
  return from === null || to === null ? null : Dec.max(decimal(to).sub(from), 0);
}
