import { setImmediate } from 'node:timers/promises';
import {
  Dec,
  decimal,
  epochMs,
  NEVER_HELD,
  orderCostInSteps,
  price,
  notional,
  quantity,
  samplesWanted,
  ZERO,
  type CostedOrder,
  type Decimal,
  type EpochMs,
  type HeldTimes,
  type MarketSample,
  type ParentOrderId,
  type PlanVersion,
  type Price,
  type SamplesOf,
  type Side,
  type TenantId,
  type VenueId,
  type VolumeProfile,
} from '#domain';
import type { Tx } from '../database.js';
import { row, rows, send } from '../sql.js';
import type { StoredParams } from './stored-params.js';
import { NOT_BUSTED } from './fill-record.js';
import { MarketSampleRepository } from './market-sample.repository.js';
import { COST_COLUMNS, costRow, type CostColumn, type CostRow } from './order-cost-columns.js';
import { VolumeForecastRepository } from './volume-forecast.repository.js';

/** What the market traded in the order's active time as whoever asks knows it; nulls where it does not. */
export interface MarketOfOrder {
  readonly marketBase: Decimal | null;
  readonly marketQuote: Decimal | null;
  readonly othersBase: Decimal | null;
  /** The mid that stands for the end price of an order that still runs. */
  readonly mid: Price | null;
}

/** All that the cost of an order is computed from. */
export interface CostInputs {
  readonly order: CostedOrder;
  readonly samples: SamplesOf;
  /** Database time at which it was read; of two reports the one that was read later stands. */
  readonly readAt: EpochMs;
}

/**
 * What an order costs. Long where there are thousands of fills: not to be done in a transaction that others want, and in
 * steps between which the process does other things.
 */
export async function costOfInputs({ order, samples }: CostInputs): Promise<CostRow> {
  const steps = orderCostInSteps(order, samples);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return costRow(step.value, order.end);
    await setImmediate();
  }
}

const FIXED_COLUMNS = ['active_ms', 'cum_base', 'cum_quote', 'maker_quote', 'details', 'missing'] as const;

type StoredColumns = Readonly<Record<CostColumn, string | null>> & {
  readonly active_ms: string;
  readonly cum_base: string;
  readonly cum_quote: string;
  readonly maker_quote: string;
  readonly details: CostRow['details'];
  readonly missing: CostRow['missing'];
};

interface ParentColumns {
  user_id: string;
  venue: string;
  symbol: string;
  venues: string[] | null;
  symbols: string[] | null;
  side: Side;
  sizing: 'base' | 'quote';
  order_qty: string;
  params: StoredParams;
  activated: number | null;
  ended: number | null;
  finisher: number | null;
  now: number;
  arrival_price: string | null;
  decision_price: string | null;
  start_price: string | null;
  end_price: string | null;
  held_times: Partial<HeldTimes>;
}

const MS = (column: string): string => `floor(extract(epoch FROM ${column}) * 1000)::double precision`;
const orNull = <T>(text: string | null, parse: (text: string) => T): T | null => (text === null ? null : parse(text));
const time = (ms: number | null): EpochMs | null => (ms === null ? null : epochMs(ms));

/** The spot market of the fee's asset of `f` in the quote of what it traded, `c`; that of the same venue first. */
const FEE_INSTRUMENT = `
  (SELECT k.symbol || '.' || k.venue FROM instruments i JOIN instruments k ON k.base = f.fee_asset AND k.quote = i.quote
   WHERE i.venue = c.venue AND i.symbol = f.symbol AND k.market_type = 'spot'
   ORDER BY k.venue <> c.venue, k.venue, k.symbol LIMIT 1)`;

/** What orders cost (algorithms.md 9): computed from their rows and the samples of the market, and stored. */
export class OrderCostRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** As of now, or as of its end. Null before the order is active. */
  async read(id: ParentOrderId, market: MarketOfOrder): Promise<CostInputs | null> {
    const loaded = await this.load(id, market);
    if (loaded === null) return null;
    const wanted = [...samplesWanted(loaded.order)];
    const repository = new MarketSampleRepository(this.tx);
    const found = await Promise.all(
      wanted.map(async ([instrument, seconds]): Promise<[string, ReadonlyMap<number, MarketSample>]> => {
        const at = instrument.lastIndexOf('.');
        const [symbol, venue] = [instrument.slice(0, at), instrument.slice(at + 1) as VenueId];
        return [instrument, await repository.at(venue, symbol, seconds)];
      }),
    );
    return { ...loaded, samples: new Map(found) };
  }

  /** In place of what was read before. */
  async save(id: ParentOrderId, cost: CostRow, readAt: EpochMs): Promise<void> {
    const all = ['computed_at', ...FIXED_COLUMNS, ...COST_COLUMNS];
    await send(
      this.tx,
      `INSERT INTO order_costs (parent_order_id, tenant_id, user_id, ${all.join(', ')})
       SELECT $1, tenant_id, user_id, to_timestamp($2::double precision / 1000), ${all
         .slice(1)
         .map((_, n) => `$${n + 3}`)
         .join(', ')} FROM parent_orders WHERE id = $1
       ON CONFLICT (parent_order_id) DO UPDATE SET ${all.map((name) => `${name} = EXCLUDED.${name}`).join(', ')}
       WHERE order_costs.computed_at <= EXCLUDED.computed_at`,
      [
        id,
        readAt,
        cost.activeMs,
        cost.cumBase.toFixed(),
        cost.cumQuote.toFixed(),
        cost.makerQuote.toFixed(),
        JSON.stringify(cost.details),
        JSON.stringify(cost.missing),
        ...COST_COLUMNS.map((name) => cost.figures[name]?.toFixed() ?? null),
      ],
    );
  }

  /** What was stored with the end of an order, or since; null while it runs. */
  async stored(id: ParentOrderId): Promise<CostRow | null> {
    const found = await row<StoredColumns>(
      this.tx,
      `SELECT ${[...FIXED_COLUMNS, ...COST_COLUMNS].join(', ')} FROM order_costs WHERE parent_order_id = $1 AND tenant_id = $2`,
      [id, this.tenantId],
    );
    if (found === null) return null;
    const figures = COST_COLUMNS.map((name) => [name, orNull(found[name], decimal)] as const);
    return {
      activeMs: Number(found.active_ms),
      cumBase: decimal(found.cum_base),
      cumQuote: decimal(found.cum_quote),
      makerQuote: decimal(found.maker_quote),
      figures: Object.fromEntries(figures) as CostRow['figures'],
      missing: found.missing,
      details: found.details,
    };
  }

  private async load(id: ParentOrderId, market: MarketOfOrder): Promise<Omit<CostInputs, 'samples'> | null> {
    const [parent, fills, plans, intervals, sent, rules] = await Promise.all([
      this.parent(id),
      this.fills(id),
      this.plans(id),
      rows<{ kind: 'paused' | 'out_of_limit'; from: number; to: number | null }>(
        this.tx,
        `SELECT kind, ${MS('from_at')} AS from, ${MS('to_at')} AS to FROM order_intervals WHERE parent_order_id = $1`,
        [id],
      ),
      rows<{ due: number; sent: number }>(
        this.tx,
        `SELECT ${MS('c.due_at')} AS due, ${MS('min(p.sent_at)')} AS sent
         FROM child_orders c JOIN placements p USING (parent_order_id, sequence)
         WHERE c.parent_order_id = $1 AND c.due_at IS NOT NULL AND p.sent_at IS NOT NULL GROUP BY c.sequence, c.due_at`,
        [id],
      ),
      rows<{ lot: string; min_qty: string; min_notional: string }>(
        this.tx,
        `SELECT DISTINCT i.lot, i.min_qty, i.min_notional
         FROM parent_orders p, unnest(COALESCE(p.venues, ARRAY[p.venue]), COALESCE(p.symbols, ARRAY[p.symbol])) AS l (venue, symbol)
         JOIN instruments i USING (venue, symbol) WHERE p.id = $1`,
        [id],
      ),
    ]);
    if (parent === null || parent.activated === null) return null;
    const { params } = parent;
    const instruments = (parent.symbols ?? [parent.symbol]).map(
      (symbol, n) => `${symbol}.${parent.venues?.[n] ?? parent.venue}`,
    );
    const executed = fills.reduce<Decimal>((sum, { qty }) => sum.add(qty), ZERO);
    const order: CostedOrder = {
      rules: rules.map((one) => ({
        lot: quantity(one.lot),
        minQty: quantity(one.min_qty),
        minNotional: notional(one.min_notional),
      })),
      side: parent.side,
      sizing: parent.sizing,
      orderQty: decimal(parent.order_qty),
      instruments: [...new Set(instruments)] as [string, ...string[]],
      activatedAt: epochMs(parent.activated),
      until: epochMs(Math.max(parent.activated, parent.ended ?? parent.now)),
      finisherFrom: time(parent.finisher),
      inactive: intervals
        .filter(({ kind }) => kind === 'paused' || params.oolPause)
        .map(({ from, to }) => ({ from: epochMs(from), to: time(to) })),
      arrival: orNull(parent.arrival_price, price),
      decision: orNull(parent.decision_price, price),
      start: orNull(parent.start_price, price),
      end: orNull(parent.end_price, price) ?? (parent.ended === null ? market.mid : null),
      marketBase: market.marketBase,
      marketQuote: market.marketQuote,
      // Until the order has ended: without our own orders beside it.
      othersBase:
        market.othersBase ?? (market.marketBase === null ? null : Dec.max(ZERO, market.marketBase.sub(executed))),
      fills,
      plans,
      profiles: await this.profiles(plans),
      alphaTilt: decimal(params.alphaTilt ?? '0'),
      discretion: Dec.max(decimal(params.discretion), '0.02'),
      sent: sent.map((one) => ({ dueAt: epochMs(one.due), sentAt: epochMs(one.sent) })),
      held: { ...NEVER_HELD, ...parent.held_times },
    };
    return { order, readAt: epochMs(parent.now) };
  }

  private parent(id: ParentOrderId): Promise<ParentColumns | null> {
    return row<ParentColumns>(
      this.tx,
      `SELECT user_id, venue, symbol, venues, symbols, side, sizing, order_qty, params, ${MS('activated_at')} AS activated,
              ${MS('ended_at')} AS ended, ${MS('finisher_from')} AS finisher, ${MS('clock_timestamp()')} AS now,
              arrival_price, decision_price, start_price, end_price, held_times
       FROM parent_orders WHERE id = $1 AND tenant_id = $2`,
      [id, this.tenantId],
    );
  }

  /** Those that count: trades that a venue took back do not. */
  private async fills(id: ParentOrderId): Promise<CostedOrder['fills']> {
    const found = await rows<{
      venue: string;
      symbol: string;
      last_px: string;
      last_qty: string;
      role: 'maker' | 'taker';
      fee: string;
      fee_asset: string;
      fee_quote: string | null;
      fee_instrument: string | null;
      ms: number;
    }>(
      this.tx,
      `SELECT c.venue, f.symbol, f.last_px, f.last_qty, f.role, f.fee, f.fee_asset, f.fee_quote, ${MS('f.traded_at')} AS ms,
              CASE WHEN f.fee_quote IS NULL THEN ${FEE_INSTRUMENT} END AS fee_instrument
       FROM fills f JOIN child_orders c USING (parent_order_id, sequence)
       WHERE f.parent_order_id = $1 AND ${NOT_BUSTED}
       ORDER BY f.traded_at, f.id`,
      [id],
    );
    return found.map((one) => ({
      instrument: `${one.symbol}.${one.venue}`,
      price: price(one.last_px),
      qty: quantity(one.last_qty),
      role: one.role,
      feeQuote: orNull(one.fee_quote, decimal),
      otherFee:
        one.fee_quote === null
          ? { amount: decimal(one.fee), asset: one.fee_asset, instrument: one.fee_instrument }
          : null,
      at: epochMs(one.ms),
    }));
  }

  private async plans(id: ParentOrderId): Promise<PlanVersion[]> {
    const found = await rows<{
      version: number;
      u0: number;
      x0: string;
      order_qty: string;
      duration_ms: string;
      shape: PlanVersion['shape'];
      reason: PlanVersion['reason'];
      ms: number;
    }>(
      this.tx,
      `SELECT version, u0, x0, order_qty, duration_ms, shape, reason, ${MS('created_at')} AS ms
       FROM plan_versions WHERE parent_order_id = $1 ORDER BY version`,
      [id],
    );
    return found.map((one) => ({
      version: one.version,
      u0: one.u0,
      x0: decimal(one.x0),
      orderQty: decimal(one.order_qty),
      durationMs: Number(one.duration_ms),
      shape: one.shape,
      reason: one.reason,
      createdAt: epochMs(one.ms),
    }));
  }

  private async profiles(plans: readonly PlanVersion[]): Promise<ReadonlyMap<string, VolumeProfile>> {
    const repository = new VolumeForecastRepository(this.tx);
    const ids = new Set(plans.flatMap(({ shape }) => (shape.kind === 'volume' ? [shape.profileId] : [])));
    const found = await Promise.all([...ids].map((id) => repository.profile(id)));
    return new Map(found.flatMap((profile) => (profile === null ? [] : [[profile.id, profile]])));
  }
}
