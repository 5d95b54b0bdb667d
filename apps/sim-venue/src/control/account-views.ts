import type { Customer } from '../accounts/customer.js';
import { unitsText } from '../matching/scaled.js';
import type { Account, Order } from '../spot/account.js';
import { orderView, tradeView } from '../spot/rest/order-views.js';
import { futuresHoldings } from './futures-views.js';
import type { VenueState } from '../venue-state.js';

type View = Record<string, unknown>;

/** An account with its keys: the control port is for whoever runs the simulator. */
export function accountView({ spot, usdm }: VenueState, customer: Customer): View {
  return {
    accountId: customer.id,
    name: customer.name,
    apiKey: customer.apiKey,
    apiSecret: customer.apiSecret,
    keyType: customer.keyType,
    permissions: customer.permissions,
    restrictions: customer.restrictions,
    balances: balancesView(spot.ledger.account(customer.id)),
    usdm: futuresHoldings(usdm.accountOf(customer)),
  };
}

/** Every order and fill by arrival, with the hash of the request: what a test compares its own books with. */
export function ledgerView({ customers, spot }: VenueState, only: Customer | null): View {
  const orders = [...spot.ledger.orders.values()].filter(({ account }) => only === null || account.customer === only);
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
        .map((customer) => [customer.name, balancesView(spot.ledger.account(customer.id))]),
    ),
  };
}

function balancesView(account: Account): View {
  return Object.fromEntries<unknown>(
    [...account.balances].map(([asset, { free, locked }]): [string, unknown] => [
      asset,
      { free: unitsText(free), locked: unitsText(locked) },
    ]),
  );
}

function fillView(order: Order, fill: Order['fills'][number]): View {
  return {
    accountId: order.account.id,
    clientOrderId: order.clientOrderId,
    ...tradeView(order, fill),
    overfill: fill.isOver,
  };
}
