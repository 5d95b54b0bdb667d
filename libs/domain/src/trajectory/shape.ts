import type { EpochMs } from '../time/clock.js';

/**
 * What a plan version froze beside its numbers, so that its trajectory stays what it was when the market's figures
 * change (algorithms.md 2, ADR 35). Stored as JSON.
 */
export type PlanShape =
  /** F(u) = u: TWAP, and VWAP without a profile. */
  | { readonly kind: 'even' }
  /** IS: k of algorithms.md 2.3. */
  | { readonly kind: 'arrival_price'; readonly urgency: number }
  /**
   * VWAP: F belongs to this version alone, over the wall window from `from` (where u is u0) to its planned end.
   * `volumeBefore` is the market volume counted by then, in base units; null when it was not known.
   */
  | {
      readonly kind: 'volume';
      readonly profileId: string;
      readonly from: EpochMs;
      readonly volumeBefore: number | null;
    }
  /** Target Time: u is the share of wall time since `from`, the beginning of the window. */
  | { readonly kind: 'target_time'; readonly from: EpochMs }
  /**
   * POV: T follows the others' volume beyond `volumeBefore`, on top of `baseBefore`, the target at the version's
   * beginning. Decimals in base units.
   */
  | {
      readonly kind: 'participation';
      readonly rate: string;
      readonly volumeBefore: string;
      readonly baseBefore: string;
    };

export const EVEN: PlanShape = { kind: 'even' };
