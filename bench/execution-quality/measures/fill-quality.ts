import type { MarketSeries } from './market-series.js';
import type { Fees, RunRecord } from './run-measures.js';

/** What the fills of one purpose were like; costs in bps, positive is worse, weighted by quantity. */
export interface FillRow {
  readonly feeCase: string;
  readonly durationMs: number;
  readonly share: number;
  readonly strategy: string;
  readonly purpose: string;
  /** Share of all that was filled, and fills per order. */
  readonly ofQuantity: number;
  readonly perOrder: number;
  /** Against the window's time-weighted mid. */
  readonly slippage: number;
  /** What these fills add to the order's all-in cost: their share of the quantity times slippage and fee. */
  readonly allIn: number;
  /** s * ln(p / M) after so many seconds; null where the tape had ended for all. */
  readonly loss: Readonly<Record<MarkoutSeconds, number | null>>;
}

export const MARKOUT_SECONDS = [1, 5, 30] as const;
export type MarkoutSeconds = (typeof MARKOUT_SECONDS)[number];

type Cell = readonly [feeCase: string, durationMs: number, share: number, strategy: string];

/** Looks into single fills, so that a lost cell can be explained. */
export class FillQuality {
  readonly #records: (readonly [Cell, RunRecord, Fees])[] = [];

  constructor(private readonly series: MarketSeries) {}

  add(cell: Cell, record: RunRecord, fees: Fees): void {
    this.#records.push([cell, record, fees]);
  }

  /** Rows by cell and purpose; asked for when the tape has ended, since losses need what came later. */
  rows(): FillRow[] {
    const sums = new Map<string, Sum>();
    const orders = new Map<string, number>();
    for (const [cell, record, fees] of this.#records) {
      orders.set(cell.join(' '), (orders.get(cell.join(' ')) ?? 0) + 1);
      for (const fill of record.fills) {
        const key = `${cell.join(' ')} ${fill.purpose}`;
        const sum = sums.get(key) ?? new Sum(cell, fill.purpose);
        sums.set(key, sum);
        sum.add(record, fill, this.series, fill.isMaker ? fees.makerBps : fees.takerBps);
      }
    }
    const rows = [...sums.values()].map((sum) => sum.row(orders.get(sum.cell.join(' ')) as number));
    const nameOf = (row: FillRow): string => `${row.strategy} ${row.feeCase} ${row.purpose}`;
    return rows.sort((a, b) => a.durationMs - b.durationMs || a.share - b.share || (nameOf(a) < nameOf(b) ? -1 : 1));
  }
}

class Sum {
  #fills = 0;
  #weight = 0;
  #slippage = 0;
  #fee = 0;
  readonly #loss = new Map<MarkoutSeconds, { weight: number; sum: number }>();

  constructor(
    readonly cell: Cell,
    private readonly purpose: string,
  ) {}

  add({ order, fills }: RunRecord, fill: RunRecord['fills'][number], series: MarketSeries, feeBps: number): void {
    const { startAt, durationMs, side } = order;
    const sign = side === 'buy' ? 1 : -1;
    const executed = fills.reduce((sum, { lots }) => sum + lots, 0);
    const weight = fill.lots / executed;
    const loss = (mid: number | null): number => (mid === null ? 0 : sign * Math.log(fill.ticks / mid) * 10_000);
    this.#fills += 1;
    this.#weight += weight;
    this.#fee += weight * feeBps;
    this.#slippage += weight * loss(series.timeWeightedMid(startAt, startAt + durationMs * 1_000));
    for (const seconds of MARKOUT_SECONDS) {
      const at = fill.at + seconds * 1_000_000;
      if (at > series.lastAt) continue;
      const known = this.#loss.get(seconds) ?? { weight: 0, sum: 0 };
      this.#loss.set(seconds, known);
      known.weight += weight;
      known.sum += weight * loss(series.midAt(at));
    }
  }

  row(orders: number): FillRow {
    const [feeCase, durationMs, share, strategy] = this.cell;
    const lossAfter = (seconds: MarkoutSeconds): number | null => {
      const known = this.#loss.get(seconds);
      return known === undefined ? null : known.sum / known.weight;
    };
    return {
      ...{ feeCase, durationMs, share, strategy, purpose: this.purpose },
      ofQuantity: this.#weight / orders,
      perOrder: this.#fills / orders,
      slippage: this.#slippage / this.#weight,
      allIn: (this.#slippage + this.#fee) / orders,
      loss: { 1: lossAfter(1), 5: lossAfter(5), 30: lossAfter(30) },
    };
  }
}
