import type { Customer } from '../accounts/customer.js';
import type { Customers } from '../accounts/customers.js';

type View = Record<string, unknown>;

interface LedgerFill {
  readonly tradeId: number;
  readonly at: number;
  readonly isOver: boolean;
}

interface LedgerOrder<Fill extends LedgerFill> {
  readonly id: number;
  readonly clientOrderId: string;
  readonly account: { readonly id: number };
  readonly createdAt: number;
  readonly requestHash: string;
  readonly fills: readonly Fill[];
}

/** How a product shows what its ledger holds. */
export interface LedgerViews<Fill extends LedgerFill, Order extends LedgerOrder<Fill>> {
  order(order: Order): View;
  fill(order: Order, fill: Fill): View;
  holdings(customer: Customer): View;
}

/** Every order and fill by arrival, with the hash of the request: what a test compares its own books with. */
export function wholeLedger<Fill extends LedgerFill, Order extends LedgerOrder<Fill>>(
  all: Iterable<Order>,
  customers: Customers,
  only: Customer | null,
  views: LedgerViews<Fill, Order>,
): View {
  const orders = [...all].filter(({ account }) => only === null || account.id === only.id);
  return {
    orders: orders.map((order, i) => ({
      arrival: i,
      accountId: order.account.id,
      ...views.order(order),
      acceptedAt: order.createdAt,
      requestSha256: order.requestHash,
    })),
    fills: orders
      .flatMap((order) => order.fills.map((fill) => ({ order, fill })))
      .sort((a, b) => a.fill.at - b.fill.at || a.fill.tradeId - b.fill.tradeId || a.order.id - b.order.id)
      .map(({ order, fill }) => ({
        accountId: order.account.id,
        clientOrderId: order.clientOrderId,
        ...views.fill(order, fill),
        overfill: fill.isOver,
      })),
    balances: Object.fromEntries<unknown>(
      [...customers.byId.values()]
        .filter((customer) => only === null || customer === only)
        .map((customer) => [customer.name, views.holdings(customer)]),
    ),
  };
}
