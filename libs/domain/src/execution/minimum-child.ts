import type { Instrument } from '../instrument/instrument.js';
import { ceilTo, Dec, floorTo, ZERO_QUANTITY, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';

/** Room for the price to move before the child arrives: 5 % above the venue's least notional. */
const NOTIONAL_MARGIN = new Dec('1.05');
const WITHOUT_MARGIN = new Dec(1);

/**
 * m of algorithms.md 1: max(minQty, lot, ceil_lot(1.05 * minNotional / price)), in base units. Without a
 * price the notional rule is left out.
 */
export function minimumChild(rules: Pick<Instrument, 'lot' | 'minQty' | 'minNotional'>, price: Price | null): Quantity {
  return leastChild(rules, price, NOTIONAL_MARGIN);
}

/** What the venue itself takes at least: m without the room for the price to move. */
export function venueMinimum(rules: Pick<Instrument, 'lot' | 'minQty' | 'minNotional'>, price: Price | null): Quantity {
  return leastChild(rules, price, WITHOUT_MARGIN);
}

function leastChild(
  rules: Pick<Instrument, 'lot' | 'minQty' | 'minNotional'>,
  price: Price | null,
  margin: Decimal,
): Quantity {
  const least = Dec.max(ceilTo(rules.minQty, rules.lot), rules.lot);
  if (price === null || rules.minNotional.isZero()) return least as Quantity;
  return Dec.max(least, ceilTo(rules.minNotional.mul(margin).div(price), rules.lot)) as Quantity;
}

/** m of a child at `price`: far below the mid m is worth less than the venue takes, and grows to what it takes. */
export function minimumAt(minimum: Quantity, price: Price, rules: Pick<Instrument, 'lot' | 'minNotional'>): Quantity {
  if (price.mul(minimum).gte(rules.minNotional)) return minimum;
  return floorTo(rules.minNotional.div(price), rules.lot).add(rules.lot) as Quantity;
}

/**
 * The remainder rule of algorithms.md 1: a child that would leave 0 < r < m grows by r where `cap` allows,
 * else shrinks so that m remains; zero when not even a minimum child can be sent. `rest` is what the child
 * may take at most; every quantity in base units.
 */
export function withoutStub(
  wanted: Quantity,
  limits: {
    readonly rest: Quantity;
    readonly cap: Quantity;
    readonly minimum: Quantity;
    readonly lot: Quantity;
  },
): Quantity {
  const rest = floorTo(limits.rest, limits.lot);
  const size = floorTo(Dec.min(wanted, limits.cap, rest) as Quantity, limits.lot);
  if (size.lt(limits.minimum)) return ZERO_QUANTITY;
  const left = rest.sub(size);
  if (left.isZero() || left.gte(limits.minimum)) return size;
  if (rest.lte(limits.cap)) return rest;
  const shrunk = floorTo(rest.sub(limits.minimum) as Quantity, limits.lot);
  return shrunk.lt(limits.minimum) ? ZERO_QUANTITY : shrunk;
}
