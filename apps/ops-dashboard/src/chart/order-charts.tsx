import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type uPlot from 'uplot';
import type { FullOrder, Instrument, Trajectory } from '../api/types.js';
import { createStore } from '../live/store.js';
import { chartOf } from './chart-data.js';
import { ChartLegend } from './chart-legend.js';
import { planChart, priceChart, type Lines } from './charts.js';
import { readDecimal, toPixels } from '../format/decimal.js';

interface Props {
  readonly order: FullOrder;
  readonly plan: Trajectory | null;
  readonly instrument: Instrument | undefined;
  readonly now: number;
  readonly end: number | null;
}

const priceOf = (text: string | null): number | null => {
  const found = readDecimal(text);
  return found === null || found.lte(0) ? null : toPixels(found);
};

/** Plan and execution above, prices below, on one axis of time. */
export function OrderCharts({ order, plan, instrument, now, end }: Props): ReactNode {
  const data = useMemo(() => chartOf(order, plan, now, end), [order, plan, now, end]);
  const lines = useMemo<Lines>(
    () => ({
      arrival: priceOf(order.stats.arrival_price),
      average: priceOf(order.average_executed_price),
      limit: priceOf(order.limit_price),
    }),
    [order],
  );
  const [zoom, setZoom] = useState<readonly [number, number] | null>(null);
  const [hover] = useState(() => createStore<number | null>(null));
  const planBox = useRef<HTMLDivElement>(null);
  const priceBox = useRef<HTMLDivElement>(null);
  const charts = useRef<readonly [uPlot, uPlot] | null>(null);
  const latest = useRef({ data, lines });
  latest.current = { data, lines };

  useEffect(() => {
    const [above, below] = [planBox.current, priceBox.current];
    if (above === null || below === null) return undefined;
    const handlers = {
      onHover: hover.set,
      onZoom: setZoom,
      chart: () => latest.current.data,
      lines: () => latest.current.lines,
      side: order.side,
    };
    const made = [planChart(above, handlers), priceChart(below, handlers)] as const;
    charts.current = made;
    const observer = new ResizeObserver(() => {
      [above, below].forEach((box, i) => made[i]?.setSize({ width: box.clientWidth, height: box.clientHeight }));
    });
    observer.observe(above);
    observer.observe(below);
    return () => {
      observer.disconnect();
      for (const chart of made) chart.destroy();
      charts.current = null;
    };
  }, [order.id, order.side, hover]);

  useEffect(() => {
    const [from, to] = zoom ?? [data.from / 1000, data.to / 1000];
    const [xs, , , makerPx, takerPx] = data.marks;
    const both = makerPx.map((price, i) => price ?? takerPx[i] ?? null);
    charts.current?.forEach((chart, i) => {
      chart.batch(() => {
        chart.setData(i === 0 ? [...data.path] : [xs, both], false);
        chart.setScale('x', { min: from, max: to });
      });
    });
  }, [data, lines, zoom]);

  const summary = `${order.pair}: ${order.pct_filled} percent filled, ${data.fills.length} fills`;
  return (
    <div
      className="charts"
      data-testid="charts"
      data-fills={data.fills.length}
      data-makers={data.fills.filter((fill) => fill.isMaker).length}
      data-plan-points={plan?.points.length ?? 0}
      data-children={data.resting.length}
    >
      <ChartLegend
        chart={data}
        plan={plan}
        order={order}
        instrument={instrument}
        hover={hover}
        isZoomed={zoom !== null}
      />
      <div className="chart plan" ref={planBox} role="img" aria-label={`Plan and execution of ${summary}`} />
      <div className="chart price" ref={priceBox} role="img" aria-label={`Prices of ${summary}`} />
    </div>
  );
}
