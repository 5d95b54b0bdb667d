import type { ReactNode } from 'react';
import type { FullOrder, Instrument, Trajectory } from '../api/types.js';
import { Dec, readDecimal, type DecimalValue } from '../format/decimal.js';
import { decimalsOf, NONE, showExact, showFixed, showPercent, showSigned } from '../format/number.js';
import { showSpan } from '../format/time.js';
import { aheadOfPlan, executedNotional, liveQty, makerRatio } from './order-figures.js';

interface Props {
  readonly order: FullOrder;
  readonly plan: Trajectory | null;
  readonly now: number;
  readonly instrument: Instrument | undefined;
}

/** The numbers that are looked at first, then what the order cost; each keeps its place. */
export function KeyFigures({ order, plan, now, instrument }: Props): ReactNode {
  const lot = decimalsOf(instrument?.lot);
  const isBase = order.target_token === order.buy_token;
  const tick = decimalsOf(instrument?.tick) ?? 2;
  const qty = (value: string | DecimalValue, decimals = isBase ? lot : 2): string =>
    decimals === null ? showExact(value) : showFixed(value, decimals);
  const ahead = aheadOfPlan(order, plan, now);
  const aheadShare = ahead === null ? null : ahead.div(order.target_order_qty);
  const { stats } = order;
  return (
    <dl className="figures num">
      <Figure name="Executed" value={qty(order.target_executed_qty)} unit={order.target_token} />
      <Figure name="Remaining" value={qty(order.target_remaining_qty)} unit={order.target_token} />
      <Figure
        name={ahead?.lt(0) === true ? 'Behind plan' : 'Ahead of plan'}
        value={ahead === null ? NONE : qty(ahead.abs())}
        unit={aheadShare === null ? '' : `${showPercent(aheadShare.abs(), 2)} %`}
      />
      <Figure
        name="Live at venue"
        value={qty(liveQty(order.placements), lot)}
        unit={`${order.buy_token} in ${order.live_child_orders}`}
      />
      <Figure name="Avg price" value={showFixed(order.average_executed_price, tick)} unit={order.sell_token} />
      <Figure name="Arrival" value={showFixed(stats.arrival_price, tick)} unit={order.sell_token} />
      <Figure
        name="Slippage"
        value={showSigned(stats.slippage_bps, 2)}
        unit={stats.vwap_slippage_bps === null ? 'bps' : `bps · ${showSigned(stats.vwap_slippage_bps, 2)} to VWAP`}
        tone={toneOf(stats.slippage_bps)}
      />
      <Figure
        name="Fees"
        value={showFixed(order.total_fee, 2)}
        unit={`${order.sell_token} · ${showFixed(stats.fee_bps, 2)} bps`}
      />
      <Figure name="Maker" value={showPercent(makerRatio(order.fills), 1)} unit={`% · ${order.fills.length} fills`} />
      <Figure name="Participation" value={showPercent(stats.participation_rate, 2)} unit="% of volume" />
      <Figure name="Notional" value={showFixed(executedNotional(order), 2)} unit={order.sell_token} />
      <Figure
        name={order.strategy_name}
        value={order.duration === null ? NONE : showSpan(order.duration * 1000)}
        unit={settingsOf(order)}
      />
    </dl>
  );
}

/** Costs: positive is worse for the client. */
function toneOf(bps: string | null): 'good' | 'bad' | undefined {
  const found = readDecimal(bps)?.cmp(new Dec(0)) ?? 0;
  return found > 0 ? 'bad' : found < 0 ? 'good' : undefined;
}

function settingsOf(order: FullOrder): string {
  const flags = Object.entries(order.strategy_params)
    .filter(([, value]) => value === true)
    .map(([name]) => name.replaceAll('_', ' '));
  return [
    `±${showPercent(order.schedule_discretion, 0)} %`,
    `passive ${showExact(order.engine_passiveness)}`,
    ...flags,
  ].join(' · ');
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
  readonly tone?: 'good' | 'bad' | undefined;
}

function Figure({ name, value, unit, tone }: FigureProps): ReactNode {
  return (
    <div className="figure" data-figure={name}>
      <dt>{name}</dt>
      <dd>
        <span className={`figure-value ${tone ?? ''}`}>{value}</span>{' '}
        <span className="unit" title={unit}>
          {unit}
        </span>
      </dd>
    </div>
  );
}
