import type { Price } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import type { Position } from './contract.js';
import { visitWatched } from './watched-item.js';

/** The nearest prices at which anything of a position fires. */
export interface TriggerLevels {
  /** Something waits for the next price, whatever it is. */
  readonly onAnyPrice: boolean;
  /** The lowest price that fires something at it and above; null: nothing does. */
  readonly atOrAbove: Price | null;
  /** The highest price that fires something at it and below; null: nothing does. */
  readonly atOrBelow: Price | null;
}

/**
 * What an index of positions needs: `evaluatePrice` and `evaluateGap` do nothing unless `mayFire`. They change with every
 * change of the position, its average entry among them.
 */
export function triggerLevels(position: Position, at: EpochMs): TriggerLevels {
  let onAnyPrice = false;
  let atOrAbove: Price | null = null;
  let atOrBelow: Price | null = null;
  visitWatched(position, at, (_list, _index, op, price) => {
    if (op === null || price === null) onAnyPrice = true;
    else if (op === '>=') atOrAbove = atOrAbove === null || price.lt(atOrAbove) ? price : atOrAbove;
    else atOrBelow = atOrBelow === null || price.gt(atOrBelow) ? price : atOrBelow;
  });
  return { onAnyPrice, atOrAbove, atOrBelow };
}

/** Whether a price that has been from `low` to `high` since the evaluation before, both ends told, may fire something. */
export function mayFire({ onAnyPrice, atOrAbove, atOrBelow }: TriggerLevels, low: Price, high: Price): boolean {
  if (onAnyPrice) return true;
  return (atOrAbove !== null && high.gte(atOrAbove)) || (atOrBelow !== null && low.lte(atOrBelow));
}
