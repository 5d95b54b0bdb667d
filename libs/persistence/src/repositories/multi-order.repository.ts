import {
  decimal,
  epochMs,
  price,
  quantity,
  type AccountId,
  type Algorithm,
  type Decimal,
  type EpochMs,
  type FailureReason,
  type Interval,
  type Member,
  type MultiOrderStatus,
  type ParentOrderId,
  type Price,
  type Quantity,
  type Side,
  type Sizing,
  type TenantId,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { affected, row, rows, send } from '../sql.js';
import { endMember, toMember, type MemberColumns, type MemberEnd } from './group-member.js';

/** A multi order as its legs are worked, locked for the length of the transaction. */
export interface LockedMulti {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly traceId: string;
  readonly legIds: readonly ParentOrderId[];
  readonly algorithm: Algorithm;
  readonly durationMs: number;
  readonly tolerance: Decimal;
  /** Null without `limit_price_spread`. */
  readonly spreadLimit: Decimal | null;
  readonly oolPause: boolean;
  readonly status: MultiOrderStatus;
  readonly startAt: EpochMs;
  /** It was to start when it was accepted. */
  readonly startsAtOnce: boolean;
  readonly activatedAt: EpochMs | null;
  readonly paused: readonly Interval[];
  /** Times below the spread limit. */
  readonly outOfLimit: readonly Interval[];
}

/** One leg as the rest of the multi order sees it. */
export interface LegRecord extends Member {
  readonly side: Side;
  readonly sizing: Sizing;
  readonly orderQty: Decimal;
  /** Its mid at activation; null before. */
  readonly referencePrice: Price | null;
  readonly filled: Quantity;
  /** Base that children which are not closed may still fill, unknown ones and changes under way in full. */
  readonly working: Quantity;
  /** The part of `working` whose cancel has been asked for. */
  readonly leaving: Quantity;
  readonly traceId: string;
  /** Where it trades. */
  readonly places: readonly { readonly accountId: AccountId; readonly venue: VenueId; readonly symbol: string }[];
}

interface MultiColumns {
  id: string;
  tenant_id: string;
  trace_id: string;
  leg_ids: string[];
  algorithm: Algorithm;
  duration_ms: string;
  exposure_tolerance: string;
  spread_limit: string | null;
  ool_pause: boolean;
  status: MultiOrderStatus;
  created_at: Date;
  start_at: Date;
  activated_at: Date | null;
}

interface LegColumns extends MemberColumns {
  side: Side;
  sizing: Sizing;
  order_qty: string;
  start_price: string | null;
  cum_base: string;
  working: string;
  leaving: string;
  trace_id: string;
  venue: string;
  symbol: string;
  account_ids: string[];
  venues: string[] | null;
  symbols: string[] | null;
}

const at = (value: Date | null): EpochMs | null => (value === null ? null : epochMs(value.getTime()));
const TO_TIME = (parameter: string): string => `to_timestamp(${parameter}::double precision / 1000)`;

/** SQL of the ids that a multi order's row names: no index leads from it to its legs. */
const LEG_IDS = '(SELECT leg_ids FROM multi_orders WHERE id = $1)::uuid[]';

/** SQL of one leg's figures; `p` is its row. */
const LEG_COLUMNS = `
  p.id, p.status, p.completion_reason, p.failure_reason, p.side, p.sizing, p.order_qty, p.start_price, p.cum_base,
  c.working, c.leaving, p.trace_id, p.venue, p.symbol, p.account_ids, p.venues, p.symbols
  FROM parent_orders p
  CROSS JOIN LATERAL (
    SELECT COALESCE(sum(GREATEST(0, GREATEST(order_qty, COALESCE(amend_qty, 0)) - cum_qty)), 0) AS working,
           COALESCE(sum(GREATEST(0, order_qty - cum_qty)) FILTER (WHERE cancel_requested_at IS NOT NULL), 0) AS leaving
    FROM child_orders WHERE parent_order_id = p.id AND status <> 'closed') c`;

/** Multi orders for the service that works their legs. Every change is made under the multi order's row lock. */
export class MultiOrderRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** Locks the multi order before any of its legs; null when there is none of this tenant. */
  async lock(id: string): Promise<LockedMulti | null> {
    const locked = row<MultiColumns>(this.tx, 'SELECT * FROM multi_orders WHERE id = $1 FOR UPDATE', [id]);
    const ofIntervals = this.intervals(id);
    const [found, intervals] = await Promise.all([locked, ofIntervals]);
    if (found === null) return null;
    return {
      id: found.id,
      tenantId: found.tenant_id as TenantId,
      traceId: found.trace_id,
      legIds: found.leg_ids as ParentOrderId[],
      algorithm: found.algorithm,
      durationMs: Number(found.duration_ms),
      tolerance: decimal(found.exposure_tolerance),
      spreadLimit: found.spread_limit === null ? null : decimal(found.spread_limit),
      oolPause: found.ool_pause,
      status: found.status,
      startAt: epochMs(found.start_at.getTime()),
      startsAtOnce: found.start_at.getTime() <= found.created_at.getTime(),
      activatedAt: at(found.activated_at),
      ...intervals,
    };
  }

  /** Its pauses and the times below the spread limit. */
  async intervals(id: string): Promise<Pick<LockedMulti, 'paused' | 'outOfLimit'>> {
    const found = await rows<{ kind: 'paused' | 'out_of_limit'; from_at: Date; to_at: Date | null }>(
      this.tx,
      'SELECT kind, from_at, to_at FROM order_intervals WHERE parent_order_id = $1 ORDER BY from_at',
      [id],
    );
    const of = (kind: 'paused' | 'out_of_limit'): Interval[] =>
      found.filter((i) => i.kind === kind).map((i) => ({ from: epochMs(i.from_at.getTime()), to: at(i.to_at) }));
    return { paused: of('paused'), outOfLimit: of('out_of_limit') };
  }

  /** All legs, in the order in which they were asked for. */
  async legs(id: string): Promise<LegRecord[]> {
    const found = await rows<LegColumns>(
      this.tx,
      `SELECT ${LEG_COLUMNS} WHERE p.id = ANY(${LEG_IDS}) ORDER BY array_position(${LEG_IDS}, p.id)`,
      [id],
    );
    return found.map(toLeg);
  }

  /** All legs have begun at this instant. */
  async activate(id: string, activatedAt: EpochMs): Promise<void> {
    await send(
      this.tx,
      `UPDATE multi_orders SET status = 'ACTIVE', activated_at = ${TO_TIME('$2')}, updated_at = clock_timestamp(),
              version = version + 1
       WHERE id = $1 AND status = 'SUBMITTED'`,
      [id, activatedAt],
    );
    await this.trace(id, 'activated', {});
  }

  /** An edge of the spread is one of the multi order and of every leg that has not ended. */
  async noteSpread(id: string, edge: { readonly kind: 'begin' | 'end'; readonly at: EpochMs }): Promise<void> {
    const holders = `SELECT $1::uuid AS id UNION ALL
      SELECT id FROM parent_orders WHERE id = ANY(${LEG_IDS}) AND status NOT IN ('COMPLETE', 'CANCELED')`;
    if (edge.kind === 'begin')
      await send(
        this.tx,
        `INSERT INTO order_intervals (parent_order_id, kind, from_at, tenant_id)
         SELECT h.id, 'out_of_limit', ${TO_TIME('$2')}, $3 FROM (${holders}) h ON CONFLICT DO NOTHING`,
        [id, edge.at, this.tenantId],
      );
    else
      await send(
        this.tx,
        `UPDATE order_intervals SET to_at = GREATEST(from_at, ${TO_TIME('$2')})
         WHERE parent_order_id IN (SELECT h.id FROM (${holders}) h) AND kind = 'out_of_limit' AND to_at IS NULL`,
        [id, edge.at],
      );
    await this.trace(id, `spread_${edge.kind}`, {});
  }

  /** Ends the multi order; final statuses never change. @returns false when it had ended before */
  async end(id: string, status: 'COMPLETE' | 'CANCELED', reason: FailureReason): Promise<boolean> {
    const changed = await affected(
      this.tx,
      `UPDATE multi_orders SET status = $2, failure_reason = $3, status_before_pause = NULL, ended_at = clock_timestamp(),
              updated_at = clock_timestamp(), version = version + 1
       WHERE id = $1 AND status NOT IN ('COMPLETE', 'CANCELED')`,
      [id, status, reason],
    );
    if (changed > 0) await this.trace(id, status === 'COMPLETE' ? 'completed' : 'canceled', { reason });
    return changed > 0;
  }

  /** Ends one leg together with the multi order. */
  endLeg(id: ParentOrderId, end: MemberEnd): Promise<boolean> {
    return endMember(this.tx, this.tenantId, id, end);
  }

  private trace(id: string, event: string, data: Record<string, string | number>): Promise<void> {
    return audit(this.tx, this.tenantId, [{ entity: 'multi_order', entityId: id, event, data }]);
  }
}

function toLeg(r: LegColumns): LegRecord {
  return {
    ...toMember(r),
    side: r.side,
    sizing: r.sizing,
    orderQty: decimal(r.order_qty),
    referencePrice: r.start_price === null ? null : price(r.start_price),
    filled: quantity(r.cum_base),
    working: quantity(r.working),
    leaving: quantity(r.leaving),
    traceId: r.trace_id,
    places: r.account_ids.map((id, i) => ({
      accountId: id as AccountId,
      venue: (r.venues?.[i] ?? r.venue) as VenueId,
      symbol: r.symbols?.[i] ?? r.symbol,
    })),
  };
}
