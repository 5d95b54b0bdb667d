import { shortText, unitsText } from '../matching/scaled.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import type { Position } from './ledger/position.js';

/** How this product prints numbers: prices and quantities with the decimals of the symbol, money with eight. */

/** The vendor shows prices with two decimals even where the tick is coarser. */
export function pricePrecision(spec: SymbolSpec): number {
  return Math.max(2, decimals(spec.definition.tickSize));
}

export function quantityPrecision(spec: SymbolSpec): number {
  return decimals(spec.definition.stepSize);
}

export function priceText(spec: SymbolSpec, ticks: number): string {
  return cut(spec.priceText(ticks), pricePrecision(spec));
}

export function qtyText(spec: SymbolSpec, lots: number): string {
  return lots < 0 ? `-${qtyText(spec, -lots)}` : cut(spec.qtyText(lots), quantityPrecision(spec));
}

/** All digits that mean something, and at least `least` decimals. */
export function atLeast(units: bigint, least: number): string {
  const text = shortText(units);
  const have = decimals(text);
  if (have >= least) return text;
  return `${text}${have === 0 ? '.' : ''}${'0'.repeat(least - have)}`;
}

/** Quote per base, both in units, cut to 8 decimals; 0 without base. */
export function perBase(quote: bigint, base: bigint): bigint {
  return base === 0n ? 0n : (quote * 100_000_000n) / base;
}

/** Average price of what filled. */
export function averageText(order: { spec: SymbolSpec; quoteFilled: bigint; filledLots: number }): string {
  const { spec, quoteFilled, filledLots } = order;
  return atLeast(perBase(quoteFilled, spec.baseUnits(filledLots)), pricePrecision(spec));
}

export function entryPriceUnits(position: Position): bigint {
  return perBase(position.entryUnits, position.spec.baseUnits(Math.abs(position.lots)));
}

export { unitsText as moneyText };

function decimals(text: string): number {
  const point = text.indexOf('.');
  return point === -1 ? 0 : text.length - point - 1;
}

/** The text has at least as many decimals, and those cut off are zeros. */
function cut(text: string, keep: number): string {
  const drop = decimals(text) - keep;
  if (drop <= 0) return text;
  return text.slice(0, keep === 0 ? -drop - 1 : -drop);
}
