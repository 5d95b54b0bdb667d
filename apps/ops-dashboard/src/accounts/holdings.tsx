import type { ReactNode } from 'react';
import type { ExternalOrder, Position } from '../api/types.js';
import { Dec, readDecimal } from '../format/decimal.js';
import { NONE, showExact, showSigned } from '../format/number.js';
import { showSpan } from '../format/time.js';
import { positionSide } from './account-words.js';
import { Since } from './since.js';

/** What the account holds, as the venue last said. */
export function PositionsTable({ positions }: { readonly positions: readonly Position[] }): ReactNode {
  if (positions.length === 0) return <p className="empty">No positions.</p>;
  return (
    <table className="grid small">
      <thead>
        <tr>
          <th scope="col">Symbol</th>
          <th scope="col">Side</th>
          <Right>Qty</Right>
          <Right>Entry</Right>
          <Right>Mark</Right>
          <Right>Unrealized</Right>
          <Right>Leverage</Right>
          <th scope="col">Margin</th>
          <Right>Age</Right>
        </tr>
      </thead>
      <tbody>
        {positions.map((position) => (
          <tr key={`${position.symbol} ${position.side}`} data-stale={position.is_stale}>
            <td>{position.symbol}</td>
            <Side of={positionSide(position.side, position.qty)} />
            <td className="num right">{showExact(position.qty)}</td>
            <td className="num right">{showExact(position.entry_price)}</td>
            <td className="num right">{showExact(position.mark_price)}</td>
            <td className={`num right ${toneOf(position.unrealized_profit)}`}>
              {showSigned(position.unrealized_profit, 2)}
            </td>
            <td className="num right">{position.leverage === null ? NONE : `${showExact(position.leverage)}x`}</td>
            <td>{position.margin_type ?? NONE}</td>
            <td className={`num right${position.is_stale ? ' warn' : ''}`}>
              {showSpan(position.age_ms)}
              {position.is_stale && ' stale'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Orders at the account that are not ours: shown, never touched. */
export function ExternalOrdersTable({ orders }: { readonly orders: readonly ExternalOrder[] }): ReactNode {
  if (orders.length === 0) return <p className="empty">No orders of others.</p>;
  return (
    <table className="grid small">
      <thead>
        <tr>
          <th scope="col">Since</th>
          <th scope="col">Symbol</th>
          <th scope="col">Side</th>
          <th scope="col">Status</th>
          <Right>Qty</Right>
          <Right>Filled</Right>
          <Right>Price</Right>
          <th scope="col">Venue id</th>
          <th scope="col">Client id</th>
        </tr>
      </thead>
      <tbody>
        {orders.map((order) => (
          <tr key={`${order.symbol} ${order.exchange_order_id}`}>
            <td className="num">
              <Since at={order.exchange_time} />
            </td>
            <td>{order.symbol}</td>
            <td className={order.side}>{order.side.toUpperCase()}</td>
            <td>{order.status}</td>
            <td className="num right">{showExact(order.qty)}</td>
            <td className="num right">{showExact(order.executed_qty)}</td>
            <td className="num right">{order.price === null ? 'market' : showExact(order.price)}</td>
            <td className="num">{order.exchange_order_id}</td>
            <td>{order.client_order_id ?? NONE}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Side({ of }: { readonly of: string }): ReactNode {
  return <td className={of === 'short' ? 'sell' : 'buy'}>{of}</td>;
}

function Right({ children }: { readonly children: string }): ReactNode {
  return (
    <th scope="col" className="right">
      {children}
    </th>
  );
}

function toneOf(profit: string | null): string {
  const value = readDecimal(profit ?? '') ?? new Dec(0);
  return value.gt(0) ? 'good' : value.lt(0) ? 'bad' : '';
}
