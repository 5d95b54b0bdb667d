import { useMemo, type ReactNode } from 'react';
import type { FullOrder, Instrument, Trajectory } from '../api/types.js';
import type { DecimalValue } from '../format/decimal.js';
import { decimalsOf, NONE, showExact, showFixed } from '../format/number.js';
import { showClock } from '../format/time.js';
import type { Store } from '../live/store.js';
import { useStore } from '../live/use-store.js';
import { valuesAt, type OrderChart } from './chart-data.js';

interface Props {
  readonly chart: OrderChart;
  readonly plan: Trajectory | null;
  readonly order: FullOrder;
  readonly instrument: Instrument | undefined;
  readonly hover: Store<number | null>;
  readonly isZoomed: boolean;
}

/** What each line is, and its value under the cursor, else at the end of what happened. Every value keeps its place. */
export function ChartLegend({ chart, plan, order, instrument, hover, isZoomed }: Props): ReactNode {
  const hovered = useStore(hover);
  const at = hovered ?? chart.now ?? chart.fills.at(-1)?.at ?? chart.to;
  const values = useMemo(() => valuesAt(chart, plan, at), [chart, plan, at]);
  const lot = order.target_token === order.buy_token ? decimalsOf(instrument?.lot) : 2;
  const qty = (value: DecimalValue | null | undefined): string =>
    value === null || value === undefined
      ? NONE
      : lot === null
        ? showExact(value.toDecimalPlaces(8))
        : showFixed(value, lot);
  const tick = decimalsOf(instrument?.tick) ?? 2;
  return (
    <dl className="legend num" aria-label="Values at the cursor">
      <Entry mark="time" name={hovered === null ? 'Latest' : 'At'} value={showClock(at)} />
      <Entry mark="target" name="Target" value={qty(values.plan?.target)} />
      <Entry
        mark="band"
        name="Band"
        value={values.plan === null ? NONE : `${qty(values.plan.lower)} – ${qty(values.plan.upper)}`}
      />
      <Entry mark={`executed ${order.side}`} name="Executed" value={qty(values.executed)} />
      <Entry mark="maker" name="Maker fill" value={values.fill?.isMaker === true ? fillText(values.fill, tick) : ''} />
      <Entry mark="taker" name="Taker fill" value={values.fill?.isMaker === false ? fillText(values.fill, tick) : ''} />
      <Entry mark="resting" name="Resting" value="" />
      <Entry mark="arrival" name="Arrival" value={showFixed(order.stats.arrival_price, tick)} />
      <Entry mark="average" name="Average" value={showFixed(order.average_executed_price, tick)} />
      {!order.limit_price.startsWith('-') && (
        <Entry mark="limit" name="Limit" value={showFixed(order.limit_price, tick)} />
      )}
      {isZoomed && <span className="hint">Double click: all</span>}
    </dl>
  );
}

function fillText(fill: { readonly qty: string; readonly price: string }, tick: number): string {
  return `${showExact(fill.qty)} @ ${showFixed(fill.price, tick)}`;
}

function Entry({
  mark,
  name,
  value,
}: {
  readonly mark: string;
  readonly name: string;
  readonly value: string;
}): ReactNode {
  return (
    <div className="legend-entry">
      <dt>
        <span className={`mark ${mark}`} aria-hidden="true" />
        {name}
      </dt>
      <dd>{value}</dd>
    </div>
  );
}
