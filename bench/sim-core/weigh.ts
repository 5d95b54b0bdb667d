/** What a process with a million resting orders prints about itself, as JSON. */
export interface Weighed {
  /** After a collection of garbage, with all orders in the book. */
  readonly residentMb: number;
  /** The most the process ever had. */
  readonly peakMb: number;
  readonly bytesPerOrder: number;
  readonly fillPerSecond: number;
  /** Of cancels and new orders at random, in turns. */
  readonly opsPerSecond: number;
}

/** @throws Error when the process was not started with `--expose-gc` */
export function residentBytes(): number {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error('Start this with --expose-gc');
  gc();
  return process.memoryUsage().rss;
}

export function weighed(run: {
  readonly empty: number;
  readonly full: number;
  readonly orders: number;
  readonly fillSeconds: number;
  readonly operations: number;
  readonly seconds: number;
}): void {
  const result: Weighed = {
    residentMb: run.full / 2 ** 20,
    peakMb: process.resourceUsage().maxRSS / 2 ** 10,
    bytesPerOrder: (run.full - run.empty) / run.orders,
    fillPerSecond: run.orders / run.fillSeconds,
    opsPerSecond: run.operations / run.seconds,
  };
  console.log(JSON.stringify(result));
}
