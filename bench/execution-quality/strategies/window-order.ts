import type { Side } from '#domain';

/** One order of the benchmark: a quantity to be traded within one window of the tape. */
export interface WindowOrder {
  /** Names it in draws; the same for every strategy that works it. */
  readonly id: string;
  readonly side: Side;
  /** Microseconds since 1970. */
  readonly startAt: number;
  readonly durationMs: number;
  readonly lots: number;
  /** n of the slice grid (algorithms.md 4.1). */
  readonly slices: number;
}

/** A way to work an order. It sends by its {@link OrderDesk} and hears from it. */
export interface Strategy {
  /** Called at the window's start. */
  start(): void;
}
