import type uPlot from 'uplot';
import { groupThousands } from '../format/number.js';
import { showClock } from '../format/time.js';
import { COLOURS, FONT } from './colours.js';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const STEPS_S = [1, 2, 5, 10, 15, 30]
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * MINUTE))
  .concat([1, 2, 3, 6, 12].map((n) => n * HOUR))
  .concat([1, 2, 7].map((n) => n * DAY));

/** Wide enough for prices of any instrument, and the same in both charts, so that times stand below each other. */
const LEFT_PX = 76;

const base = {
  stroke: COLOURS.axis,
  font: FONT,
  grid: { stroke: COLOURS.lines, width: 1 },
  ticks: { stroke: COLOURS.lines, width: 1, size: 4 },
} satisfies uPlot.Axis;

/** Times in UTC. */
export function timeAxis(isLabelled: boolean): uPlot.Axis {
  return {
    ...base,
    size: isLabelled ? 26 : 6,
    space: 76,
    incrs: STEPS_S,
    values: (_, splits, _axis, _space, step) => splits.map((at) => (isLabelled ? timeLabel(at, step) : '')),
  };
}

function timeLabel(at: number, step: number): string {
  if (step >= DAY) return new Date(at * 1000).toISOString().slice(5, 10);
  const clock = showClock(at * 1000);
  return step >= MINUTE ? clock.slice(0, 5) : clock;
}

export function valueAxis(): uPlot.Axis {
  return {
    ...base,
    size: LEFT_PX,
    space: 34,
    values: (_, splits, _axis, _space, step) => {
      const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
      return splits.map((value) => groupThousands(value.toFixed(Math.min(decimals, 12))));
    },
  };
}
