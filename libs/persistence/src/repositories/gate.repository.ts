import {
  decimal,
  epochMs,
  notional,
  parentEndsAt,
  price,
  quantity,
  strictestState,
  type AccountId,
  type Decimal,
  type GateParent,
  type GateSibling,
  type Instrument,
  type ParentOrderId,
  type ParentOrderStatus,
  type Quantity,
  type RiskLimitRow,
  type Side,
  type Sizing,
  type TenantId,
  type TradingState,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { row, send } from '../sql.js';
import { RISK_LIMIT_COLUMNS, toRiskLimitRow, type RiskLimitColumns } from './risk-limit-row.js';

/** Open orders of the tenant in one quote asset, in units of it. */
export interface OpenValue {
  readonly quote: string;
  readonly ofAccount: Decimal;
  readonly ofTenant: Decimal;
}

/** What the last gate needs, as one statement saw it. */
export interface GateFacts {
  readonly parent: GateParent;
  readonly siblings: readonly GateSibling[];
  readonly instrument: Instrument | null;
  readonly state: TradingState;
  /** Every row of limits that applies, in no order. */
  readonly limits: readonly RiskLimitRow[];
  /** Messages of the account in the last second. */
  readonly messages: number;
  /** From intent: everything decided and not closed, this child left out, and what only shrinks a position. */
  readonly openValues: readonly OpenValue[];
  /** The account's gateway status allows placing, and a process holds its lease. */
  readonly mayPlace: boolean;
  readonly statusText: string;
  /** False for a venue key that is for other instruments. */
  readonly keyAllows: boolean;
}

export interface GateKey {
  readonly tenantId: TenantId;
  readonly parentOrderId: ParentOrderId;
  readonly sequence: number;
  readonly accountId: AccountId;
  readonly venue: VenueId;
}

interface FactColumns {
  status: ParentOrderStatus;
  side: Side;
  symbol: string;
  account_ids: string[];
  sizing: Sizing;
  order_qty: string;
  limit_price: string | null;
  duration_ms: string | null;
  is_strict: boolean;
  base_at: Date | null;
  inactive_ms: number;
  tick: string | null;
  lot: string;
  min_qty: string;
  min_notional: string;
  pair: string;
  market_type: Instrument['marketType'];
  base: string;
  quote: string;
  instrument_status: Instrument['status'];
  account_status: string | null;
  account_reason: string | null;
  held: boolean | null;
  key_allows: boolean | null;
  siblings: SiblingColumns[];
  read_from: number;
  cum_base: string;
  cum_quote: string;
  modes: TradingState[];
  limits: RiskLimitColumns[];
  messages: number;
  open_values: { quote: string; of_account: string; of_tenant: string }[];
}

interface SiblingColumns {
  sequence: number;
  open: boolean;
  price: string;
  order_qty: string;
  cum_qty: string;
  cum_notional: string;
}

/** Of the same tenant, one claim at a time: counts and sums hold until it commits. Transaction-scoped (D-05). */
export async function lockExposure(tx: Tx, tenantId: TenantId, isSimulated: boolean): Promise<void> {
  await send(
    tx,
    `SELECT pg_advisory_xact_lock(hashtextextended($1::text, 5))
     WHERE NOT $2::boolean OR EXISTS (SELECT 1 FROM risk_limits WHERE tenant_id = $1::uuid AND enforcement = 'strict')`,
    [tenantId, isSimulated],
  );
}

/**
 * Reads it all in one statement, in the claim's transaction, with the parent's row locked (venues.md A9). A child that
 * is to be amended counts with the larger of what it is and what it may become. The plan of a Target Time order ends half
 * its window after the target, which may have been amended: when it was activated says nothing of it.
 */
export async function readGateFacts(tx: Tx, key: GateKey): Promise<GateFacts | null> {
  const found = await row<FactColumns>(tx, GATE_FACTS, [
    key.parentOrderId,
    key.accountId,
    key.venue,
    key.tenantId,
    key.sequence,
  ]);
  return found === null ? null : toFacts(found, key.venue);
}

const GATE_FACTS = `
  WITH parent AS (
    SELECT p.*, COALESCE(p.symbols[array_position(p.account_ids, $2::uuid)], p.symbol) AS leg_symbol,
           p.algorithm = 'target_time' AND p.finisher_from IS NULL AS is_in_wall_window,
           COALESCE(p.finisher_from, CASE WHEN p.algorithm = 'target_time'
             THEN to_timestamp(((p.params ->> 'targetTime')::double precision + p.duration_ms / 2.0) / 1000.0)
             ELSE p.activated_at + make_interval(secs => p.duration_ms / 1000.0) END) AS base_at
    FROM parent_orders p WHERE p.id = $1)
  SELECT p.status, p.side, p.leg_symbol AS symbol, p.account_ids, p.sizing, p.order_qty,
         CASE WHEN (p.params ->> 'isReverseLimit')::boolean THEN NULL ELSE p.limit_price END AS limit_price,
         p.duration_ms, p.base_at,
         COALESCE((p.params ->> 'strictDuration')::boolean, false) AS is_strict,
         COALESCE((SELECT sum(extract(epoch FROM COALESCE(i.to_at, clock_timestamp())
                                        - CASE WHEN p.finisher_from IS NULL THEN i.from_at
                                               ELSE GREATEST(i.from_at, p.finisher_from) END) * 1000)
                   FROM order_intervals i WHERE i.parent_order_id = p.id AND NOT p.is_in_wall_window
                     AND (p.finisher_from IS NULL OR i.to_at IS NULL OR i.to_at > p.finisher_from)), 0)::double precision
           AS inactive_ms,
         i.base, i.quote, i.pair, i.market_type, i.tick, i.lot, i.min_qty, i.min_notional, i.status AS instrument_status,
         s.status AS account_status, s.reason AS account_reason, l.lease_until > clock_timestamp() AS held,
         (SELECT f.instruments IS NULL OR p.leg_symbol = ANY (f.instruments) FROM credential_facts f
          WHERE f.account_id = $2 ORDER BY f.version DESC LIMIT 1) AS key_allows,
         COALESCE((SELECT json_agg(json_build_object(
                     'sequence', c.sequence, 'open', c.status <> 'closed',
                     'price', GREATEST(c.price, c.amend_price)::text,
                     'order_qty', GREATEST(c.order_qty, c.amend_qty)::text,
                     'cum_qty', c.cum_qty::text, 'cum_notional', c.cum_notional::text))
                   FROM child_orders c WHERE c.parent_order_id = p.id AND c.sequence >= p.read_from
                     AND (c.status <> 'closed' OR c.cum_qty > 0)), '[]')
           AS siblings, p.read_from, p.cum_base, p.cum_quote,
         COALESCE((SELECT json_agg(h.mode) FROM trading_halts h
                   WHERE h.released_at IS NULL
                     AND (h.level = 'global' OR (h.level = 'venue' AND h.scope = $3)
                          OR (h.tenant_id = $4 AND (h.level = 'tenant' OR (h.level = 'account' AND h.scope = $2::text)
                              OR (h.level = 'strategy' AND h.scope = p.strategy_id))))), '[]') AS modes,
         COALESCE((SELECT json_agg(r) FROM (
                     SELECT ${RISK_LIMIT_COLUMNS} FROM risk_limits
                     WHERE tenant_id = $4 AND (account_id IS NULL OR account_id = $2)
                       AND (venue IS NULL OR (venue = $3 AND symbol = p.leg_symbol))) r), '[]') AS limits,
         (SELECT count(*)::integer FROM account_messages m
          WHERE m.account_id = $2 AND m.at > clock_timestamp() - interval '1 second') AS messages,
         COALESCE((SELECT json_agg(v) FROM (
                     SELECT oi.quote, COALESCE(sum(o.value) FILTER (WHERE o.account_id = $2), 0)::text AS of_account,
                            sum(o.value)::text AS of_tenant
                     FROM (SELECT account_id, venue, symbol, sum((order_qty - cum_qty) * price) AS value
                           FROM child_orders
                           WHERE tenant_id = $4 AND status <> 'closed' AND cum_qty < order_qty AND NOT reduce_only
                             AND NOT (parent_order_id = $1 AND sequence = $5)
                             AND NOT (side = 'sell' AND position_side IS NULL AND venue = $3 AND i.market_type = 'spot')
                           GROUP BY account_id, venue, symbol
                           UNION ALL
                           SELECT p2.account_id, a2.venue, p2.symbol, abs(p2.qty) * COALESCE(p2.mark_px, p2.entry_px)
                           FROM positions p2 JOIN accounts a2 ON a2.id = p2.account_id
                           WHERE p2.tenant_id = $4 AND p2.qty <> 0) o
                     JOIN instruments oi ON oi.venue = o.venue AND oi.symbol = o.symbol GROUP BY oi.quote) v), '[]')
           AS open_values
  FROM parent p
  LEFT JOIN instruments i ON i.venue = $3 AND i.symbol = p.leg_symbol
  LEFT JOIN account_states s ON s.account_id = $2
  LEFT JOIN account_leases l ON l.account_id = $2`;

function toFacts(found: FactColumns, venue: VenueId): GateFacts {
  const placing = found.account_status === 'trading' || found.account_status === 'degraded';
  const held = found.held === true;
  return {
    parent: {
      status: found.status,
      side: found.side,
      symbol: found.symbol,
      accountIds: found.account_ids,
      sizing: found.sizing,
      orderQty: decimal(found.order_qty),
      limitPrice: found.limit_price === null ? null : price(found.limit_price),
      endsAt: parentEndsAt({
        baseAt: found.base_at === null ? null : epochMs(found.base_at.getTime()),
        durationMs: found.duration_ms === null ? null : Number(found.duration_ms),
        inactiveMs: found.inactive_ms,
        isStrict: found.is_strict,
      }),
    },
    siblings: siblingsOf(found),
    instrument: instrumentOf(found, venue),
    state: strictestState(found.modes),
    limits: found.limits.map(toRiskLimitRow),
    messages: found.messages,
    openValues: found.open_values.map((v) => ({
      quote: v.quote,
      ofAccount: decimal(v.of_account),
      ofTenant: decimal(v.of_tenant),
    })),
    mayPlace: placing && held,
    statusText: `${found.account_status ?? 'unknown'}: ${held ? (found.account_reason ?? '') : 'no gateway holds the account'}`,
    keyAllows: found.key_allows !== false,
  };
}

/** Those before `read_from` are closed and count as one, by the order's own sums. */
function siblingsOf(found: FactColumns): GateSibling[] {
  const read = found.siblings.map((s) => ({
    sequence: s.sequence,
    open: s.open,
    price: price(s.price),
    orderQty: quantity(s.order_qty),
    cumQty: quantity(s.cum_qty),
    cumNotional: notional(s.cum_notional),
  }));
  if (found.read_from === 0) return read;
  let [qty, value]: [Decimal, Decimal] = [decimal(found.cum_base), decimal(found.cum_quote)];
  for (const { cumQty, cumNotional } of read) [qty, value] = [qty.sub(cumQty), value.sub(cumNotional)];
  const cumQty = qty as Quantity;
  return [{ sequence: -1, open: false, price: price('1'), orderQty: cumQty, cumQty, cumNotional: value }, ...read];
}

function instrumentOf(found: FactColumns, venue: VenueId): Instrument | null {
  if (found.tick === null) return null;
  return {
    venue,
    symbol: found.symbol,
    pair: found.pair,
    marketType: found.market_type,
    base: found.base,
    quote: found.quote,
    tick: price(found.tick),
    lot: quantity(found.lot),
    minQty: quantity(found.min_qty),
    minNotional: notional(found.min_notional),
    status: found.instrument_status,
  };
}
