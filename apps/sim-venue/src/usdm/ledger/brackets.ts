import { units } from '../../matching/scaled.js';
import { ceilDiv } from './exact.js';

/** One step of the leverage table; amounts in 10^-8 USDT. */
export interface LeverageBracket {
  readonly bracket: number;
  readonly maxLeverage: number;
  readonly floorUnits: bigint;
  readonly capUnits: bigint;
  /** Maintenance margin in hundredths of a percent of the notional. */
  readonly maintenanceBps: number;
  /** Taken off, so that maintenance margin has no step where brackets meet. */
  readonly cumUnits: bigint;
}

export const MAX_LEVERAGE = 125;
export const DEFAULT_LEVERAGE = 20;

/** The same table for every symbol (venues.md C8, decided); the last cap is the largest position at all. */
export const LEVERAGE_BRACKETS: readonly LeverageBracket[] = table([
  { maxLeverage: 125, cap: '50000', maintenanceBps: 40 },
  { maxLeverage: 100, cap: '250000', maintenanceBps: 50 },
  { maxLeverage: 50, cap: '1000000000', maintenanceBps: 100 },
]);

/** Cumulative amounts follow from continuity: cum(n) = cum(n-1) + floor(n) x (rate(n) - rate(n-1)). */
function table(rows: readonly { maxLeverage: number; cap: string; maintenanceBps: number }[]): LeverageBracket[] {
  const brackets: LeverageBracket[] = [];
  for (const { maxLeverage, cap, maintenanceBps } of rows) {
    const below = brackets.at(-1);
    const floorUnits = below?.capUnits ?? 0n;
    const step = BigInt(maintenanceBps - (below?.maintenanceBps ?? maintenanceBps));
    brackets.push({
      bracket: brackets.length + 1,
      maxLeverage,
      floorUnits,
      capUnits: units(cap),
      maintenanceBps,
      cumUnits: (below?.cumUnits ?? 0n) + (floorUnits * step) / 10_000n,
    });
  }
  return brackets;
}

/** The bracket of a position of this notional; a notional at a cap still belongs to the lower one. */
export function bracketOf(notionalUnits: bigint): LeverageBracket {
  return (
    LEVERAGE_BRACKETS.find(({ capUnits }) => notionalUnits <= capUnits) ?? (LEVERAGE_BRACKETS.at(-1) as LeverageBracket)
  );
}

/** Maintenance margin of a notional: notional x rate - cum, rounded up to the unit. */
export function maintenanceMargin(notionalUnits: bigint): bigint {
  const { maintenanceBps, cumUnits } = bracketOf(notionalUnits);
  return ceilDiv(notionalUnits * BigInt(maintenanceBps), 10_000n) - cumUnits;
}

/** Largest notional that may be held at this leverage. */
export function maxNotional(leverage: number): bigint {
  return LEVERAGE_BRACKETS.reduce((cap, row) => (leverage <= row.maxLeverage ? row.capUnits : cap), 0n);
}

/** Initial margin of a notional, rounded up to the unit. */
export function initialMargin(notionalUnits: bigint, leverage: number): bigint {
  return ceilDiv(notionalUnits, BigInt(leverage));
}
