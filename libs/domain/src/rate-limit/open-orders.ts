import type { ScopePart } from './limit-definition.js';

/** How many orders a venue lets be open at once. Nothing that calls draw on: what is open is counted from orders. */
export interface OpenOrderRule {
  /** Whose orders count together: those of an account, or of an account in one instrument. */
  readonly scope: readonly ScopePart[];
  readonly limit: number;
  /** Other figures for accounts of a tier, by its name. */
  readonly tier?: Readonly<Record<string, number>>;
  /** One more for each so many USDC ever traded, up to `most` in all. */
  readonly earned?: {
    readonly perUsdc: number;
    readonly most: number;
    /** The lifetime limit whose cap the venue raises by one per USDC traded: what is traded is read from it. */
    readonly tradedBy: string;
  };
}

/** The rule for one account, as a figure. */
export interface OpenOrderCap {
  /** Orders that may be open at once. */
  readonly most: number;
  /** They count by instrument, not all together. */
  readonly isPerSymbol: boolean;
}

/** When a place that found no room comes again: orders end at no known time. */
export const NO_ROOM_RETRY_MS = 1_000;

/**
 * What the rule allows an account (venues.md B3). An unknown tier is the lowest one.
 * @param tradedUsdc ever traded, rounded down; null where nobody has told it, which earns nothing
 */
export function openOrderCap(rule: OpenOrderRule, tier: string | undefined, tradedUsdc: number | null): OpenOrderCap {
  const { scope, limit, earned } = rule;
  const base = (tier === undefined ? undefined : rule.tier?.[tier]) ?? limit;
  const more = earned === undefined ? 0 : Math.floor(Math.max(0, tradedUsdc ?? 0) / earned.perUsdc);
  return {
    most: earned === undefined ? base : Math.min(base + more, earned.most),
    isPerSymbol: scope.includes('pair') || scope.includes('symbol'),
  };
}

/**
 * Whether one more order may be sent now. What only shrinks a position is never held up: the venue decides on it.
 * @param open orders that are open there or may be, the one in question not counted
 */
export function hasRoom(cap: OpenOrderCap, open: number, isReduceOnly: boolean): boolean {
  return isReduceOnly || open < cap.most;
}
