import type { Fill, Order } from '../account.js';
import { unitsText } from '../../matching/scaled.js';
import type { ResponseType } from './order-command.js';

type View = Record<string, unknown>;

/** Reply to a placement, as much of it as was asked for. */
export function placedView(order: Order, response: ResponseType): View {
  const ack = {
    symbol: order.spec.symbol,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    transactTime: order.createdAt,
  };
  if (response === 'ACK') return ack;
  const result = { ...ack, ...state(order), workingTime: order.createdAt, selfTradePreventionMode: order.selfTrade };
  if (response === 'RESULT') return result;
  return {
    ...result,
    fills: order.fills.map((fill) => ({
      price: order.spec.priceText(fill.ticks),
      qty: order.spec.qtyText(fill.lots),
      commission: unitsText(fill.feeUnits),
      commissionAsset: fill.feeAsset,
      tradeId: fill.tradeId,
    })),
  };
}

export function canceledView(order: Order): View {
  return {
    symbol: order.spec.symbol,
    origClientOrderId: order.clientOrderId,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.cancelClientOrderId,
    transactTime: order.updatedAt,
    ...state(order),
    selfTradePreventionMode: order.selfTrade,
  };
}

/** An order as queries show it. */
export function orderView(order: Order): View {
  return {
    symbol: order.spec.symbol,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    ...state(order),
    stopPrice: '0.00000000',
    icebergQty: '0.00000000',
    time: order.createdAt,
    updateTime: order.updatedAt,
    isWorking: true,
    workingTime: order.createdAt,
    selfTradePreventionMode: order.selfTrade,
  };
}

export function tradeView(order: Order, fill: Fill): View {
  const { spec } = order;
  return {
    symbol: spec.symbol,
    id: fill.tradeId,
    orderId: order.id,
    orderListId: -1,
    price: spec.priceText(fill.ticks),
    qty: spec.qtyText(fill.lots),
    quoteQty: unitsText(spec.notional(fill.ticks, fill.lots)),
    commission: unitsText(fill.feeUnits),
    commissionAsset: fill.feeAsset,
    time: fill.at,
    isBuyer: order.side === 'BUY',
    isMaker: fill.isMaker,
    isBestMatch: true,
  };
}

function state(order: Order): View {
  const { spec } = order;
  return {
    price: spec.priceText(order.ticks),
    origQty: spec.qtyText(order.lots),
    executedQty: spec.qtyText(order.filledLots),
    origQuoteOrderQty: unitsText(order.quoteOrderUnits),
    cummulativeQuoteQty: unitsText(order.quoteFilled),
    status: order.status,
    timeInForce: order.timeInForce,
    type: order.type,
    side: order.side,
  };
}
