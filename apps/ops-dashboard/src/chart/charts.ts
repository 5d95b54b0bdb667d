import UPlot from 'uplot';
import type { Side } from '../api/types.js';
import { toPixels } from '../format/decimal.js';
import { timeAxis, valueAxis } from './axes.js';
import type { OrderChart } from './chart-data.js';
import { COLOURS } from './colours.js';
import { clipped, drawLine, drawMarks } from './draw-marks.js';

/** Prices that are drawn from left to right; null where there is none. */
export interface Lines {
  readonly arrival: number | null;
  readonly average: number | null;
  readonly limit: number | null;
}

export interface ChartHandlers {
  /** The latest of what is drawn: drawing happens later than data changes. */
  readonly chart: () => OrderChart;
  readonly lines: () => Lines;
  /** Time under the cursor in ms, null when it left. */
  readonly onHover: (at: number | null) => void;
  /** Seconds that were chosen; null for all. */
  readonly onZoom: (range: readonly [number, number] | null) => void;
  readonly side: Side;
}

const SYNC = 'tranche-order';

/** Cumulative quantity: band, target, executed, fills, the current time. */
export function planChart(box: HTMLElement, handlers: ChartHandlers): UPlot {
  const options: UPlot.Options = {
    ...common(box, handlers, true),
    series: [
      {},
      { label: 'Target', stroke: COLOURS.target, width: 1.25, dash: [5, 4], points: { show: false } },
      { label: 'Lower', stroke: COLOURS.bandEdge, width: 0.75, points: { show: false } },
      { label: 'Upper', stroke: COLOURS.bandEdge, width: 0.75, points: { show: false } },
      {
        label: 'Executed',
        stroke: COLOURS[handlers.side],
        width: 2,
        points: { show: false },
        ...(UPlot.paths.stepped === undefined ? {} : { paths: UPlot.paths.stepped({ align: 1 }) }),
      },
    ],
    bands: [{ series: [3, 2], fill: COLOURS.band }],
  };
  options.scales = {
    ...options.scales,
    y: { range: (_, _min, max) => [0, Number.isFinite(max) && max > 0 ? max * 1.05 : 1] },
  };
  options.hooks = {
    ...options.hooks,
    drawAxes: [
      (u) => {
        const { finisherFrom, to } = handlers.chart();
        if (finisherFrom !== null) shade(u, finisherFrom / 1000, to / 1000);
      },
    ],
    draw: [
      (u) => {
        const { marks, now } = handlers.chart();
        drawMarks(u, marks[0], marks[1], marks[2]);
        if (now !== null) drawLine(u, 'x', now / 1000, COLOURS.now, [2, 3]);
      },
    ],
  };
  return new UPlot(options, [[], [], [], [], []], box);
}

/** Prices: where children rested, fills, arrival, average and limit. */
export function priceChart(box: HTMLElement, handlers: ChartHandlers): UPlot {
  const options: UPlot.Options = {
    ...common(box, handlers, false),
    series: [{}, { label: 'Price', paths: () => null, points: { show: false } }],
  };
  options.scales = { ...options.scales, y: { range: () => priceRange(handlers) } };
  options.hooks = {
    ...options.hooks,
    drawAxes: [
      (u) => {
        const { arrival, average, limit } = handlers.lines();
        drawResting(u, handlers.chart());
        if (arrival !== null) drawLine(u, 'y', arrival, COLOURS.arrival, [6, 4]);
        if (average !== null) drawLine(u, 'y', average, COLOURS.average, [1, 3]);
        if (limit !== null) drawLine(u, 'y', limit, COLOURS.limit, [8, 3]);
      },
    ],
    draw: [
      (u) => {
        const { marks, now } = handlers.chart();
        drawMarks(u, marks[0], marks[3], marks[4]);
        if (now !== null) drawLine(u, 'x', now / 1000, COLOURS.now, [2, 3]);
      },
    ],
  };
  return new UPlot(options, [[], []], box);
}

function common(box: HTMLElement, { onHover, onZoom }: ChartHandlers, isAbove: boolean): Omit<UPlot.Options, 'series'> {
  return {
    width: Math.max(1, box.clientWidth),
    height: Math.max(1, box.clientHeight),
    legend: { show: false },
    padding: [8, 12, isAbove ? 0 : 2, 0],
    scales: { x: { time: false, auto: false } },
    axes: [timeAxis(!isAbove), valueAxis()],
    cursor: {
      sync: { key: SYNC },
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      bind: {
        dblclick: () => () => {
          onZoom(null);
          return null;
        },
      },
    },
    hooks: {
      setCursor: [
        (u) => {
          const left = u.cursor.left ?? -1;
          onHover(left < 0 ? null : u.posToVal(left, 'x') * 1000);
        },
      ],
      setSelect: [
        (u) => {
          if (u.select.width < 4) return;
          onZoom([u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x')]);
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

function shade(u: UPlot, from: number, to: number): void {
  clipped(u, () => {
    const left = u.valToPos(from, 'x', true);
    u.ctx.fillStyle = COLOURS.finisher;
    u.ctx.fillRect(left, u.bbox.top, u.valToPos(to, 'x', true) - left, u.bbox.height);
  });
}

function drawResting(u: UPlot, { resting }: OrderChart): void {
  const { ctx } = u;
  clipped(u, () => {
    ctx.lineWidth = 1.5 * devicePixelRatio;
    for (const child of resting) {
      const y = u.valToPos(toPixels(child.price), 'y', true);
      const left = u.valToPos(child.from / 1000, 'x', true);
      ctx.strokeStyle = child.hasFills ? COLOURS.resting : COLOURS.restingEmpty;
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(Math.max(left + devicePixelRatio, u.valToPos(child.to / 1000, 'x', true)), y);
      ctx.stroke();
    }
  });
}

/** Fits what was done; a limit far away does not flatten it. */
function priceRange({ chart, lines }: ChartHandlers): [number, number] {
  const { marks, resting } = chart();
  const { arrival, average, limit } = lines();
  const prices = [...marks[3], ...marks[4], ...resting.map((child) => toPixels(child.price)), arrival, average].filter(
    (price) => price !== null,
  );
  if (prices.length === 0) return limit === null ? [0, 1] : [limit * 0.999, limit * 1.001];
  let low = prices.reduce((a, b) => Math.min(a, b));
  let high = prices.reduce((a, b) => Math.max(a, b));
  const span = Math.max(high - low, high * 1e-5);
  if (limit !== null && limit > low - span && limit < high + span) {
    low = Math.min(low, limit);
    high = Math.max(high, limit);
  }
  return [low - span * 0.12, high + span * 0.12];
}
