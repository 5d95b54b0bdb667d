import type { Customers } from '../accounts/customers.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import type { Account, Order } from './account.js';
import { dumpOrder, type Placed } from './dump.js';
import { Ledger, type FeeRates } from './ledger.js';

export interface ShownOptions {
  readonly customers: Customers;
  readonly symbols: ReadonlyMap<string, SymbolSpec>;
  readonly feeRates: FeeRates;
  /** Whether an order or a fill is not to be seen. */
  readonly hides: (what: object) => boolean;
  /** Client id of a cancel that was acknowledged after the order had traded in secret. */
  readonly lateCancel: (order: Order) => string | undefined;
}

/**
 * An account as its owner is shown it while parts of its history are hidden: the fold of what may be seen, so that
 * orders, trades and balances agree with each other.
 */
export function shownAccount(account: Account, options: ShownOptions): Account {
  const { hides, lateCancel } = options;
  const ledger = new Ledger(options.customers, options.symbols, options.feeRates, true);
  const hidden = new Set<number>();
  const placed: Placed[] = [];
  for (const order of account.orders)
    if (hides(order)) hidden.add(order.id);
    else
      placed.push(
        ...dumpOrder(
          order,
          order.fills.filter((fill) => !hides(fill)),
        ),
      );
  for (const [asset, amount] of account.deposits)
    ledger.apply({ k: 'deposit', account: account.id, asset, units: amount.toString(), at: account.updatedAt });
  for (const [, record] of placed.sort(([a], [b]) => a - b))
    if (record.k !== 'prevented' || !(hidden.has(record.maker) || hidden.has(record.taker))) ledger.apply(record);
  for (const order of account.orders) {
    const cancelId = lateCancel(order);
    if (cancelId === undefined || ledger.orders.get(order.id)?.isOpen !== true) continue;
    ledger.apply({ k: 'close', order: order.id, status: 'CANCELED', at: order.updatedAt, cancelId });
  }
  const shown = ledger.account(account.id);
  // What a hidden trade brought in may be spent already; no venue shows less than nothing.
  for (const balance of shown.balances.values()) if (balance.free < 0n) balance.free = 0n;
  return shown;
}
