import type { FuturesFill, FuturesOrder } from '../ledger/futures-account.js';
import { MARGIN_ASSET } from '../ledger/futures-ledger.js';
import { atLeast, averageText, moneyText, priceText, qtyText } from '../texts.js';

type View = Record<string, unknown>;

/** The vendor's order, as every endpoint gives it. */
export function orderView(order: FuturesOrder): View {
  const { spec } = order;
  return {
    orderId: order.id,
    symbol: spec.symbol,
    status: order.status,
    clientOrderId: order.clientOrderId,
    price: priceText(spec, order.ticks),
    avgPrice: averageText(order),
    origQty: qtyText(spec, order.lots),
    executedQty: qtyText(spec, order.filledLots),
    cumQty: qtyText(spec, order.filledLots),
    cumQuote: atLeast(order.quoteFilled, 5),
    timeInForce: order.timeInForce,
    type: order.type,
    reduceOnly: order.reduceOnly,
    closePosition: false,
    side: order.side,
    positionSide: order.positionSide,
    stopPrice: priceText(spec, 0),
    workingType: 'CONTRACT_PRICE',
    priceProtect: false,
    origType: order.type,
    priceMatch: 'NONE',
    selfTradePreventionMode: order.selfTrade,
    goodTillDate: order.goodTill,
    time: order.createdAt,
    updateTime: order.updatedAt,
  };
}

/** Reply to a placement. `ACK` does not wait for matching: it shows the order as it was accepted. */
export function placedView(order: FuturesOrder, response: 'ACK' | 'RESULT'): View {
  if (response === 'RESULT') return orderView(order);
  const { spec } = order;
  const none = qtyText(spec, 0);
  return {
    ...orderView(order),
    status: 'NEW',
    avgPrice: priceText(spec, 0),
    executedQty: none,
    cumQty: none,
    cumQuote: atLeast(0n, 5),
    updateTime: order.createdAt,
  };
}

export function amendedView(order: FuturesOrder): View {
  return { ...orderView(order), pair: order.spec.symbol };
}

export function userTradeView(order: FuturesOrder, fill: FuturesFill): View {
  const { spec } = order;
  return {
    symbol: spec.symbol,
    id: fill.tradeId,
    orderId: order.id,
    side: order.side,
    price: priceText(spec, fill.ticks),
    qty: qtyText(spec, fill.lots),
    realizedPnl: moneyText(fill.realisedUnits),
    quoteQty: atLeast(spec.notional(fill.ticks, fill.lots), 5),
    commission: moneyText(fill.feeUnits),
    commissionAsset: MARGIN_ASSET,
    time: fill.at,
    positionSide: order.positionSide,
    maker: fill.isMaker,
    buyer: order.side === 'BUY',
  };
}

/** Changes of an order, latest first. */
export function amendmentViews(order: FuturesOrder): { id: number; at: number; view: View }[] {
  const { spec } = order;
  return order.amendments.map((amendment, i) => ({
    id: amendment.id,
    at: amendment.at,
    view: {
      amendmentId: amendment.id,
      symbol: spec.symbol,
      pair: spec.symbol,
      orderId: order.id,
      clientOrderId: order.clientOrderId,
      time: amendment.at,
      amendment: {
        price: { before: priceText(spec, amendment.ticksBefore), after: priceText(spec, amendment.ticksAfter) },
        origQty: { before: qtyText(spec, amendment.lotsBefore), after: qtyText(spec, amendment.lotsAfter) },
        count: i + 1,
      },
    },
  }));
}
