import { unitsText } from '../../matching/scaled.js';
import type { Amendment, Fill, Order } from '../account.js';
import { NO_TRADE_GROUP } from '../execution-report.js';
import type { PreventedMatch } from '../prevented-match.js';
import type { ResponseType } from './order-params.js';

type View = Record<string, unknown>;

/** Reply to a placement, as much of it as was asked for. */
export function placedView(order: Order, response: ResponseType): View {
  const view: View = {
    symbol: order.spec.symbol,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    transactTime: order.createdAt,
  };
  if (response === 'ACK') return view;
  addState(view, order);
  view['workingTime'] = order.createdAt;
  view['selfTradePreventionMode'] = order.selfTrade;
  if (order.preventedLots > 0) Object.assign(view, preventedView(order));
  if (response === 'RESULT') return view;
  view['fills'] = order.fills.map((fill) => ({
    price: order.spec.priceText(fill.ticks),
    qty: order.spec.qtyText(fill.lots),
    commission: unitsText(fill.feeUnits),
    commissionAsset: fill.feeAsset,
    tradeId: fill.tradeId,
  }));
  if (order.preventedMatches.length > 0)
    view['preventedMatches'] = order.preventedMatches.map((match) => ({
      preventedMatchId: match.id,
      makerSymbol: order.spec.symbol,
      makerOrderId: match.makerOrderId,
      price: order.spec.priceText(match.ticks),
      ...preventedQuantities(order, match),
    }));
  return view;
}

export function canceledView(order: Order): View {
  const view: View = {
    symbol: order.spec.symbol,
    origClientOrderId: order.clientOrderId,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.cancelClientOrderId,
    transactTime: order.updatedAt,
  };
  addState(view, order);
  view['selfTradePreventionMode'] = order.selfTrade;
  return view;
}

/** An order as queries show it. */
export function orderView(order: Order): View {
  const { spec } = order;
  return {
    symbol: spec.symbol,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    price: spec.priceText(order.ticks),
    origQty: spec.qtyText(order.lots),
    executedQty: spec.qtyText(order.filledLots),
    cummulativeQuoteQty: unitsText(order.quoteFilled),
    status: order.status,
    timeInForce: order.timeInForce,
    type: order.type,
    side: order.side,
    stopPrice: '0.00000000',
    icebergQty: spec.qtyText(order.sliceLots),
    time: order.createdAt,
    updateTime: order.updatedAt,
    isWorking: true,
    workingTime: order.createdAt,
    origQuoteOrderQty: unitsText(order.quoteOrderUnits),
    selfTradePreventionMode: order.selfTrade,
    ...strategyView(order),
    ...preventedView(order),
  };
}

/** Reply to an amendment that keeps the order's place. */
export function amendedView(
  order: Order,
  { executionId, fromClientOrderId, at }: Amendment,
): View & { readonly amendedOrder: View } {
  const { spec } = order;
  return {
    transactTime: at,
    executionId,
    amendedOrder: {
      symbol: spec.symbol,
      orderId: order.id,
      orderListId: -1,
      origClientOrderId: fromClientOrderId,
      clientOrderId: order.clientOrderId,
      price: spec.priceText(order.ticks),
      qty: spec.qtyText(order.lots),
      executedQty: spec.qtyText(order.filledLots),
      preventedQty: spec.qtyText(order.preventedLots),
      quoteOrderQty: unitsText(order.quoteOrderUnits),
      cumulativeQuoteQty: unitsText(order.quoteFilled),
      status: order.status,
      timeInForce: order.timeInForce,
      type: order.type,
      side: order.side,
      ...icebergView(order),
      ...strategyView(order),
      workingTime: order.createdAt,
      selfTradePreventionMode: order.selfTrade,
    },
  };
}

export function amendmentView(order: Order, amendment: Amendment): View {
  return {
    symbol: order.spec.symbol,
    orderId: order.id,
    executionId: amendment.executionId,
    origClientOrderId: amendment.fromClientOrderId,
    newClientOrderId: amendment.toClientOrderId,
    origQty: order.spec.qtyText(amendment.fromLots),
    newQty: order.spec.qtyText(amendment.toLots),
    time: amendment.at,
  };
}

export function preventedMatchView(taker: Order, match: PreventedMatch): View {
  return {
    symbol: taker.spec.symbol,
    preventedMatchId: match.id,
    takerOrderId: match.takerOrderId,
    makerSymbol: taker.spec.symbol,
    makerOrderId: match.makerOrderId,
    tradeGroupId: NO_TRADE_GROUP,
    selfTradePreventionMode: match.mode,
    price: taker.spec.priceText(match.ticks),
    ...preventedQuantities(taker, match),
    transactTime: match.at,
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

/** Every reply to an order has these; assigned one by one, because merging objects took longer than matching. */
function addState(view: View, order: Order): void {
  const { spec } = order;
  view['price'] = spec.priceText(order.ticks);
  view['origQty'] = spec.qtyText(order.lots);
  view['executedQty'] = spec.qtyText(order.filledLots);
  view['origQuoteOrderQty'] = unitsText(order.quoteOrderUnits);
  view['cummulativeQuoteQty'] = unitsText(order.quoteFilled);
  view['status'] = order.status;
  view['timeInForce'] = order.timeInForce;
  view['type'] = order.type;
  view['side'] = order.side;
  if (order.sliceLots > 0) view['icebergQty'] = spec.qtyText(order.sliceLots);
  if (order.strategyId !== null) view['strategyId'] = order.strategyId;
  if (order.strategyType !== null) view['strategyType'] = order.strategyType;
}

/** Replies to requests have this only of icebergs; queries always. */
function icebergView(order: Order): View {
  return order.sliceLots > 0 ? { icebergQty: order.spec.qtyText(order.sliceLots) } : {};
}

function strategyView({ strategyId, strategyType }: Order): View {
  return { ...(strategyId !== null && { strategyId }), ...(strategyType !== null && { strategyType }) };
}

/** Of an order that self-trade prevention ended: the match at which it did. */
function preventedView(order: Order): View {
  const last = order.preventedMatches.at(-1);
  if (order.preventedLots === 0 || last === undefined) return {};
  return { preventedMatchId: last.id, preventedQuantity: order.spec.qtyText(order.preventedLots) };
}

function preventedQuantities({ spec }: Order, { takerLots, makerLots }: PreventedMatch): View {
  return {
    ...(takerLots !== null && { takerPreventedQuantity: spec.qtyText(takerLots) }),
    ...(makerLots !== null && { makerPreventedQuantity: spec.qtyText(makerLots) }),
  };
}
