import type { Decimal } from '../numeric/decimal.js';
import type { SliceGrid } from '../trajectory/slice-grid.js';
import type { PlanVersion } from './contract.js';

/** Target and edges at later shares of the duration, in floating point: for finding instants, never for sizes. */
export interface Outlook {
  readonly target: (u: number) => number;
  readonly lower: (u: number) => number;
  readonly upper: (u: number) => number;
  /** Half the band's full width. */
  readonly width: number;
}

/** Where an order stands on its plan; every quantity in the target token. */
export interface Stage {
  readonly plan: PlanVersion;
  readonly grid: SliceGrid;
  /** Active time (Target Time: wall time in its window) and its share of the duration, at most 1. */
  readonly tau: number;
  readonly u: number;
  readonly orderQty: Decimal;
  readonly target: Decimal;
  readonly lower: Decimal;
  readonly upper: Decimal;
  /** S of algorithms.md 4.1. */
  readonly nominalSlice: Decimal;
  /**
   * The upper edge where the running slice began. Passive clips fill up to it: the slice grid samples the
   * trajectory, so between two boundaries only an event makes room.
   */
  readonly sampledUpper: Decimal;
  /** The plan version began where its curve was at its end: there is nothing left of it to follow. */
  readonly isSpent: boolean;
  /** To be kept as `highestShare`. */
  readonly highestShare: number;
  readonly outlook: () => Outlook;
  /** Active time at which the first slice after the running one begins, at or after a share of the duration. */
  readonly sliceAfter: (share: number) => number;
  /** Base units that others are expected to trade until a share of the duration; null for a plan in time. */
  readonly volumeUntil: ((share: number) => number) | null;
}
