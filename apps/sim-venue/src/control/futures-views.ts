import type { Customer } from '../accounts/customer.js';
import { unitsText } from '../matching/scaled.js';
import type { FuturesAccount, FuturesFill, FuturesOrder } from '../usdm/ledger/futures-account.js';
import { orderView, userTradeView } from '../usdm/rest/order-views.js';
import { qtyText } from '../usdm/texts.js';
import type { VenueState } from '../venue-state.js';

type View = Record<string, unknown>;

/** What a customer has at USD-M: wallet and open positions. */
export function futuresHoldings(account: FuturesAccount): View {
  return {
    USDT: { wallet: unitsText(account.totalUnits), crossWallet: unitsText(account.walletUnits) },
    positions: account.openPositions().map((position) => ({
      symbol: position.spec.symbol,
      positionSide: position.side,
      quantity: qtyText(position.spec, position.lots),
      cost: unitsText(position.costUnits),
      isolatedMargin: unitsText(position.isolatedUnits),
    })),
  };
}

/** Every USD-M order and fill by arrival, with the hash of the request. */
export function futuresLedgerView({ customers, usdm }: VenueState, only: Customer | null): View {
  const orders = [...usdm.ledger.orders.values()].filter(({ account }) => only === null || account.id === only.id);
  return {
    orders: orders.map((order, i) => ({
      arrival: i,
      accountId: order.account.id,
      ...orderView(order),
      acceptedAt: order.createdAt,
      requestSha256: order.requestHash,
    })),
    fills: orders
      .flatMap((order) => order.fills.map((fill) => ({ order, fill })))
      .sort((a, b) => a.fill.at - b.fill.at || a.fill.tradeId - b.fill.tradeId || a.order.id - b.order.id)
      .map(({ order, fill }) => fillView(order, fill)),
    balances: Object.fromEntries<unknown>(
      [...customers.byId.values()]
        .filter((customer) => only === null || customer === only)
        .map((customer) => [customer.name, futuresHoldings(usdm.accountOf(customer))]),
    ),
  };
}

function fillView(order: FuturesOrder, fill: FuturesFill): View {
  return {
    accountId: order.account.id,
    clientOrderId: order.clientOrderId,
    ...userTradeView(order, fill),
    overfill: fill.isOver,
  };
}
