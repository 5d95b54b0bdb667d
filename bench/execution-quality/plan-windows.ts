import { minimumChild, sliceGrid, type Instrument, type Price, type Quantity, type Side } from '#domain';
import type { Tape } from './tape/tape.js';
import type { WindowOrder } from './strategies/window-order.js';
import { BACK_MICROS, OUT_MICROS } from './venue/replay-venue.js';

export interface Cell {
  readonly durationMs: number;
  /** Share of the tape's mean volume over the duration. */
  readonly share: number;
  readonly lots: number;
  readonly slices: number;
}

export interface WindowPlan {
  readonly cells: readonly Cell[];
  /** Starts per cell, in microseconds. */
  readonly startsOf: (cell: Cell) => readonly number[];
}

export interface WindowChoice {
  readonly durationsMs: readonly number[];
  readonly shares: readonly number[];
  readonly everyMs: number;
  /** Time of the tape before the first window, in which the engine's statistics begin. */
  readonly warmUpMs: number;
}

/**
 * All windows of a tape (algorithms.md 10): a start every few seconds that leaves room for the whole window and for
 * what is sent at its end.
 *
 * @throws RangeError when a quantity comes to no lot at all
 */
export function planWindows(tape: Tape, instrument: Instrument, mid: Price, choice: WindowChoice): WindowPlan {
  const lotsPerMs = (tape.tradedLots * 1_000) / (tape.lastAt - tape.firstAt);
  const cells = choice.durationsMs.flatMap((durationMs) =>
    choice.shares.map((share): Cell => {
      const lots = Math.floor(lotsPerMs * durationMs * share);
      if (lots < 1) throw new RangeError(`${share * 100} % of ${instrument.symbol}'s volume is less than one lot`);
      const orderQty = instrument.lot.mul(lots) as Quantity;
      const { count } = sliceGrid(durationMs, orderQty, minimumChild(instrument, mid));
      return { durationMs, share, lots, slices: count };
    }),
  );
  const first = tape.readyAt + choice.warmUpMs * 1_000;
  const startsOf = ({ durationMs }: Cell): number[] => {
    const last = tape.lastAt - durationMs * 1_000 - OUT_MICROS - BACK_MICROS;
    const count = Math.max(0, Math.floor((last - first) / (choice.everyMs * 1_000)) + 1);
    return Array.from({ length: count }, (_, index) => first + index * choice.everyMs * 1_000);
  };
  return { cells, startsOf };
}

/** The order of one side of one window. */
export function orderOf(cell: Cell, startAt: number, index: number, side: Side): WindowOrder {
  const { durationMs, lots, slices, share } = cell;
  return { id: `${durationMs / 1_000}s ${share} ${index} ${side}`, side, startAt, durationMs, lots, slices };
}
