import { Refusal } from '../../floor/refusal.js';
import type { SymbolMarket } from '../../floor/symbol-market.js';
import { parseUnits, shortText } from '../../matching/scaled.js';
import type { SymbolSpec } from '../../matching/symbol-spec.js';
import { valueOf } from '../ledger/position.js';
import { pricePrecision, quantityPrecision } from '../texts.js';
import type { Side } from '../../matching/book.js';

export const MAX_OPEN_ORDERS = 200;

/** How far from the mark an order may stand, in percent of it; wide for the symbol that is meant for scripts. */
export function priceBand({ symbol }: SymbolSpec): { readonly up: number; readonly down: number } {
  return symbol === 'TESTUSDT' ? { up: 500, down: 20 } : { up: 105, down: 95 };
}

/** @throws Refusal -1111, -4001, -4002, -4013 or -4014 */
export function ticksParam(spec: SymbolSpec, text: string): number {
  const units = preciseUnits(text, pricePrecision(spec));
  if (units <= 0n) throw new Refusal(-4001, 'Price less than 0.');
  if (units > BigInt(spec.maxTicks) * spec.tickUnits) throw new Refusal(-4002, 'Price greater than max price.');
  if (units < spec.tickUnits) throw new Refusal(-4013, 'Price less than min price.');
  const ticks = spec.ticksOf(units);
  if (ticks === null) throw new Refusal(-4014, 'Price not increased by tick size.');
  return ticks;
}

/** @throws Refusal -1111, -4003 or -4005 */
export function lotsParam(spec: SymbolSpec, text: string, isMarket: boolean): number {
  const units = preciseUnits(text, quantityPrecision(spec));
  if (units <= 0n) throw new Refusal(-4003, 'Quantity less than or equal to zero.');
  const most = isMarket ? spec.maxMarketLots : spec.maxLots;
  if (units > spec.baseUnits(most)) throw new Refusal(-4005, 'Quantity greater than max quantity.');
  const lots = spec.lotsOf(units);
  if (lots === null) throw new Refusal(-4023, 'Qty not increased by step size.');
  return lots;
}

/** The text is a plain decimal already; digits that are zeros do not count. @throws Refusal -1111 */
function preciseUnits(text: string, precision: number): bigint {
  const units = parseUnits(text);
  if (typeof units !== 'bigint' || units % 10n ** BigInt(8 - precision) !== 0n)
    throw new Refusal(-1111, 'Precision is over the maximum defined for this asset.');
  return units;
}

/** PERCENT_PRICE of a limit order. @throws Refusal -4016 or -4024 */
export function checkBand({ spec }: SymbolMarket, side: Side, ticks: number, markUnits: bigint): void {
  if (markUnits === 0n) return;
  const { up, down } = priceBand(spec);
  const price = BigInt(ticks) * spec.tickUnits;
  const highest = (markUnits * BigInt(up)) / 100n;
  const lowest = (markUnits * BigInt(down)) / 100n;
  if (side === 'BUY' && price > highest)
    throw new Refusal(-4016, `Limit price can't be higher than ${onTick(spec, highest)}.`);
  if (side === 'SELL' && price < lowest)
    throw new Refusal(-4024, `Limit price can't be lower than ${onTick(spec, lowest)}.`);
}

/** PERCENT_PRICE of a market order, by what it would trade with first. @throws Refusal -4131 */
export function checkMarketBand({ book, spec }: SymbolMarket, side: Side, markUnits: bigint): void {
  const best = book.best(side === 'BUY' ? 'SELL' : 'BUY');
  if (best === undefined || markUnits === 0n) return;
  const { up, down } = priceBand(spec);
  const price = BigInt(best.ticks) * spec.tickUnits * 100n;
  const isOutside = side === 'BUY' ? price > markUnits * BigInt(up) : price < markUnits * BigInt(down);
  if (isOutside)
    throw new Refusal(-4131, "The counterparty's best price does not meet the PERCENT_PRICE filter limit.");
}

/** MIN_NOTIONAL; a market order is measured at the mark. @throws Refusal -4164 */
export function checkNotional({ spec }: SymbolMarket, ticks: number, lots: number, markUnits: bigint): void {
  if (ticks === 0 && markUnits === 0n) return;
  const notional = ticks === 0 ? valueOf(spec, lots, markUnits) : spec.notional(ticks, lots);
  if (notional >= spec.minNotionalUnits) return;
  const least = shortText(spec.minNotionalUnits);
  throw new Refusal(-4164, `Order's notional must be no smaller than ${least} (unless you choose reduce only).`);
}

function onTick(spec: SymbolSpec, units: bigint): string {
  return shortText(units - (units % spec.tickUnits));
}
