import type uPlot from 'uplot';
import { COLOURS } from './colours.js';

const SIZE = 3.6;

/** Fills as marks: makers round, takers a diamond. Columns as in `OrderChart.marks`. */
export function drawMarks(
  u: uPlot,
  xs: readonly number[],
  makers: readonly (number | null)[],
  takers: readonly (number | null)[],
): void {
  const { ctx } = u;
  const r = SIZE * devicePixelRatio;
  clipped(u, () => {
    ctx.lineWidth = devicePixelRatio;
    ctx.strokeStyle = COLOURS.background;
    xs.forEach((x, i) => {
      const maker = makers[i] ?? null;
      const y = maker ?? takers[i] ?? null;
      if (y === null) return;
      const cx = u.valToPos(x, 'x', true);
      const cy = u.valToPos(y, 'y', true);
      ctx.beginPath();
      if (maker !== null) ctx.arc(cx, cy, r, 0, 2 * Math.PI);
      else {
        ctx.moveTo(cx, cy - r * 1.35);
        ctx.lineTo(cx + r * 1.35, cy);
        ctx.lineTo(cx, cy + r * 1.35);
        ctx.lineTo(cx - r * 1.35, cy);
        ctx.closePath();
      }
      ctx.fillStyle = maker !== null ? COLOURS.maker : COLOURS.taker;
      ctx.fill();
      ctx.stroke();
    });
  });
}

/** A line from left to right, or from top to bottom, across the plot. */
export function drawLine(u: uPlot, scale: 'x' | 'y', value: number, colour: string, dash: readonly number[]): void {
  const { ctx, bbox } = u;
  const at = Math.round(u.valToPos(value, scale, true));
  clipped(u, () => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
    ctx.beginPath();
    if (scale === 'x') {
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at, bbox.top + bbox.height);
    } else {
      ctx.moveTo(bbox.left, at);
      ctx.lineTo(bbox.left + bbox.width, at);
    }
    ctx.stroke();
  });
}

/** Runs `draw` so that nothing of it leaves the plot, and restores the context. */
export function clipped(u: uPlot, draw: () => void): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}
