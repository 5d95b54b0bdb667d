import { epochMs, type EpochMs } from '../time/clock.js';
import { MINUTE_MS } from './minute-bars.js';

/** A minute bar as a profile wants it. A forecast, not money. */
export interface RecordedBar {
  readonly minute: EpochMs;
  readonly volume: number;
  /** False when trades of the minute may be missing. */
  readonly complete: boolean;
}

/**
 * What is known of each minute: bars without a hole, and a volume of zero for minutes without a bar before one
 * that is whole, since a hole before it would have left it marked.
 * @param instruments bars of one instrument each, oldest first; a minute counts when it is known of every one
 */
export function recordedMinutes(
  instruments: readonly (readonly RecordedBar[])[],
): { readonly minute: EpochMs; readonly volume: number }[] {
  const sums = new Map<number, { readonly volume: number; readonly known: number }>();
  const add = (minute: number, volume: number): void => {
    const sum = sums.get(minute) ?? { volume: 0, known: 0 };
    sums.set(minute, { volume: sum.volume + volume, known: sum.known + 1 });
  };
  for (const bars of instruments) {
    let before: RecordedBar | null = null;
    for (const bar of bars) {
      if (bar.complete) {
        if (before !== null) for (let at = before.minute + MINUTE_MS; at < bar.minute; at += MINUTE_MS) add(at, 0);
        add(bar.minute, bar.volume);
      }
      before = bar;
    }
  }
  return [...sums]
    .filter(([, { known }]) => known === instruments.length)
    .map(([minute, { volume }]) => ({ minute: epochMs(minute), volume }))
    .sort((a, b) => a.minute - b.minute);
}
