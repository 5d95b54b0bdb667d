import { Dec, type Decimal, type Notional, type Price, type Quantity } from '../numeric/decimal.js';
import { inUnits, wordsBehindPoint } from '../numeric/whole-units.js';

/** What was traded, and at which price. */
export interface ExecutedFill {
  readonly price: Price;
  readonly qty: Quantity;
}

/** A fill with its price, quantity and notional in units that hold those of all fills exactly. */
export interface WholeFill<F> {
  readonly fill: F;
  readonly price: bigint;
  readonly qty: bigint;
  readonly notional: bigint;
}

const WORD = new Dec(10_000_000);

/** The fills of an order in whole numbers: there may be ten thousand, and each figure adds them up. */
export class WholeFills<F extends ExecutedFill> {
  readonly all: readonly WholeFill<F>[];
  private readonly priceWords: number;
  private readonly qtyWords: number;

  /** @param leastWords behind the point, of what else is to be read in the unit of prices */
  constructor(fills: readonly F[], leastWords: number) {
    let [priceWords, qtyWords] = [leastWords, 0];
    for (const { price, qty } of fills) {
      priceWords = Math.max(priceWords, wordsBehindPoint(price));
      qtyWords = Math.max(qtyWords, wordsBehindPoint(qty));
    }
    [this.priceWords, this.qtyWords] = [priceWords, qtyWords];
    this.all = fills.map((fill) => {
      const [price, qty] = [inUnits(fill.price, priceWords), inUnits(fill.qty, qtyWords)];
      return { fill, price, qty, notional: price * qty };
    });
  }

  /** In the unit of prices. */
  price(value: Decimal): bigint {
    return inUnits(value, this.priceWords);
  }

  /** A sum of quantities. */
  toBase(sum: bigint): Decimal {
    return new Dec(sum.toString()).div(WORD.pow(this.qtyWords));
  }

  /** A sum of notionals. */
  toQuote(sum: bigint): Decimal {
    return new Dec(sum.toString()).div(WORD.pow(this.priceWords + this.qtyWords));
  }
}

/** X and N of algorithms.md 9, and the part of N that was made. */
export interface Executed {
  readonly executed: Quantity;
  readonly notional: Notional;
  readonly makerNotional: Decimal;
}

/** Adds up what an order has executed. */
export function executedOf(fills: WholeFills<ExecutedFill & { readonly role: 'maker' | 'taker' }>): Executed {
  let [executed, notional, made] = [0n, 0n, 0n];
  for (const one of fills.all) {
    executed += one.qty;
    notional += one.notional;
    if (one.fill.role === 'maker') made += one.notional;
  }
  return {
    executed: fills.toBase(executed) as Quantity,
    notional: fills.toQuote(notional) as Notional,
    makerNotional: fills.toQuote(made),
  };
}
