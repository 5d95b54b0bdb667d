import { shortText, units, unitsText } from './scaled.js';

/** What an operator writes down about a symbol; all amounts are plain decimal strings. */
export interface SymbolDefinition {
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly tickSize: string;
  readonly stepSize: string;
  readonly minNotional: string;
  readonly maxPrice: string;
  readonly maxQty: string;
  readonly maxMarketQty: string;
}

/** The symbols every simulator starts with; TESTUSDT has no synthetic market and is meant for scripts. */
export const DEFAULT_SYMBOLS: readonly SymbolDefinition[] = [
  {
    symbol: 'BTCUSDT',
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
    tickSize: '0.01',
    stepSize: '0.00001',
    minNotional: '5',
    maxPrice: '1000000',
    maxQty: '9000',
    maxMarketQty: '120',
  },
  {
    symbol: 'ETHUSDT',
    baseAsset: 'ETH',
    quoteAsset: 'USDT',
    tickSize: '0.01',
    stepSize: '0.0001',
    minNotional: '5',
    maxPrice: '1000000',
    maxQty: '9000',
    maxMarketQty: '2400',
  },
  {
    symbol: 'TESTUSDT',
    baseAsset: 'TEST',
    quoteAsset: 'USDT',
    tickSize: '0.01',
    stepSize: '0.001',
    minNotional: '5',
    maxPrice: '1000000',
    maxQty: '900000',
    maxMarketQty: '900000',
  },
];

/**
 * A symbol with its prices as whole ticks and its quantities as whole lots, both safe integers, so that the
 * matching core compares and adds plain numbers. Amounts of money are bigint units of 10^-8.
 */
export class SymbolSpec {
  readonly symbol: string;
  readonly tickUnits: bigint;
  readonly stepUnits: bigint;
  readonly minNotionalUnits: bigint;
  readonly maxTicks: number;
  readonly maxLots: number;
  readonly maxMarketLots: number;
  readonly #unitsPerTickLot: bigint;
  readonly #tickNumber: number;
  readonly #stepNumber: number;

  /** @throws RangeError when a tick times a lot is finer than a unit, or a legal value would leave the safe integers. */
  constructor(readonly definition: SymbolDefinition) {
    this.symbol = definition.symbol;
    this.tickUnits = units(definition.tickSize);
    this.stepUnits = units(definition.stepSize);
    this.minNotionalUnits = units(definition.minNotional);
    const product = this.tickUnits * this.stepUnits;
    if (product % 100_000_000n !== 0n)
      throw new RangeError(`${this.symbol}: tick times step must be a multiple of 10^-8, was ${product}e-16`);
    this.#unitsPerTickLot = product / 100_000_000n;
    this.maxTicks = safe(this.symbol, units(definition.maxPrice), this.tickUnits);
    this.maxLots = safe(this.symbol, units(definition.maxQty), this.stepUnits);
    this.maxMarketLots = safe(this.symbol, units(definition.maxMarketQty), this.stepUnits);
    this.#tickNumber = Number(this.tickUnits);
    this.#stepNumber = Number(this.stepUnits);
  }

  /** Quote units that `lots` cost at `ticks`: exact, no rounding. */
  notional(ticks: number, lots: number): bigint {
    const product = ticks * lots;
    return (Number.isSafeInteger(product) ? BigInt(product) : BigInt(ticks) * BigInt(lots)) * this.#unitsPerTickLot;
  }

  /** Whole lots that `quoteUnits` pay for at `ticks`, rounded down. */
  affordableLots(quoteUnits: bigint, ticks: number): number {
    const lots = quoteUnits / (BigInt(ticks) * this.#unitsPerTickLot);
    return lots > BigInt(this.maxLots) ? this.maxLots : Number(lots);
  }

  baseUnits(lots: number): bigint {
    return BigInt(lots) * this.stepUnits;
  }

  /** @returns null when the price is not a whole number of ticks in safe range. */
  ticksOf(priceUnits: bigint): number | null {
    return wholeSteps(priceUnits, this.tickUnits);
  }

  /** @returns null when the quantity is not a whole number of lots in safe range. */
  lotsOf(qtyUnits: bigint): number | null {
    return wholeSteps(qtyUnits, this.stepUnits);
  }

  priceText(ticks: number): string {
    return numberText(ticks, this.#tickNumber, this.tickUnits);
  }

  qtyText(lots: number): string {
    return numberText(lots, this.#stepNumber, this.stepUnits);
  }

  shortPrice(ticks: number): string {
    return shortText(BigInt(ticks) * this.tickUnits);
  }
}

function wholeSteps(value: bigint, step: bigint): number | null {
  if (value % step !== 0n) return null;
  const steps = value / step;
  return steps <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(steps) : null;
}

function safe(symbol: string, value: bigint, step: bigint): number {
  const steps = value / step;
  if (steps > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RangeError(`${symbol}: largest value must be at most 2^53 steps, was ${steps}`);
  return Number(steps);
}

/** Plain numbers while they are exact, because this runs for every printed price. */
function numberText(count: number, step: number, stepUnits: bigint): string {
  const value = count * step;
  if (!Number.isSafeInteger(value)) return unitsText(BigInt(count) * stepUnits);
  const digits = value.toString().padStart(9, '0');
  const cut = digits.length - 8;
  return `${digits.slice(0, cut)}.${digits.slice(cut)}`;
}
