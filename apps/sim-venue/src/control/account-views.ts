import type { Account } from '../spot/account.js';
import type { Ledger } from '../spot/ledger.js';
import type { Order } from '../spot/account.js';
import { orderView, tradeView } from '../spot/rest/order-views.js';
import { unitsText } from '../matching/scaled.js';

type View = Record<string, unknown>;

/** An account with its keys: the control port is for whoever runs the simulator. */
export function accountView(account: Account): View {
  const balances = [...account.balances].map(([asset, { free, locked }]): [string, unknown] => [
    asset,
    { free: unitsText(free), locked: unitsText(locked) },
  ]);
  return {
    accountId: account.id,
    name: account.name,
    apiKey: account.apiKey,
    apiSecret: account.apiSecret,
    keyType: 'HMAC',
    permissions: account.permissions,
    restrictions: account.restrictions,
    balances: Object.fromEntries<unknown>(balances),
  };
}

/** Every order and fill by arrival, with the hash of the request: what a test compares its own books with. */
export function ledgerView(ledger: Ledger, only: Account | null): View {
  const orders = [...ledger.orders.values()].filter((order) => only === null || order.account === only);
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
      [...ledger.accounts.values()]
        .filter((account) => only === null || account === only)
        .map((account) => [account.name, accountView(account)['balances']]),
    ),
  };
}

function fillView(order: Order, fill: Order['fills'][number]): View {
  return { accountId: order.account.id, clientOrderId: order.clientOrderId, ...tradeView(order, fill) };
}
