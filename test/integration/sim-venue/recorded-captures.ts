import { USDM_SYMBOLS } from '../../../apps/sim-venue/src/usdm/symbols.js';
import { DEFAULT_SYMBOLS } from '../../../apps/sim-venue/src/matching/symbol-spec.js';
import type { SymbolMarket } from '../../../apps/sim-venue/src/floor/symbol-market.js';
import type { TradingFloor } from '../../../apps/sim-venue/src/floor/trading-floor.js';
import { inspectTape, type TapeSummary } from '../../../apps/sim-venue/src/market/replay/inspect-tape.js';
import { quietFloor } from '../../support/quiet-floor.js';

/** The two captures of the same minutes, each with the product it was taken from; decimals as its symbol trades in. */
export const RECORDED = {
  spot: {
    file: 'binance-spot-btcusdt-20240808.gz',
    symbols: DEFAULT_SYMBOLS,
    decimals: { price: 2, qty: 5 },
    lines: 41_249,
    counts: { ticker: 28_040, trade: 9_757, depth: 3_451, snapshot: 1 },
  },
  usdm: {
    file: 'binance-usdm-btcusdt-20240808.gz',
    symbols: USDM_SYMBOLS,
    decimals: { price: 1, qty: 3 },
    lines: 93_954,
    counts: { ticker: 66_089, trade: 21_313, depth: 6_551, snapshot: 1 },
  },
} as const;

export interface ForTape {
  readonly floor: TradingFloor;
  readonly market: SymbolMarket;
  readonly summary: TapeSummary;
}

/** A floor of the product with nobody on it, and the tape read once through its symbols. */
export async function floorFor(product: keyof typeof RECORDED, file: string): Promise<ForTape> {
  const floor = quietFloor(RECORDED[product].symbols);
  const specs = new Map([...floor.markets].map(([name, { spec }]) => [name, spec]));
  const summary = await inspectTape(file, specs, null);
  return { floor, summary, market: floor.markets.get(summary.symbol) as SymbolMarket };
}
