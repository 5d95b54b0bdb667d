import type { SymbolSpec } from '../matching/symbol-spec.js';
import type { FuturesAccount, FuturesOrder } from './ledger/futures-account.js';
import { FuturesLedger, type FuturesFeeRates } from './ledger/futures-ledger.js';
import type { FuturesRecord } from './ledger/records.js';

export interface ShownOptions {
  readonly symbols: ReadonlyMap<string, SymbolSpec>;
  readonly feeRates: FuturesFeeRates;
  readonly history: readonly FuturesRecord[];
  /** Whether an order or a fill is not to be seen. */
  readonly hides: (what: object) => boolean;
  /** Whether a cancel was acknowledged after the order had traded in secret. */
  readonly isLateCancel: (order: FuturesOrder) => boolean;
}

/**
 * An account as its owner is shown it while parts of its history are hidden: the fold of what may be seen, so that
 * orders, positions and wallet agree with each other.
 */
export function shownAccount(account: FuturesAccount, options: ShownOptions): FuturesAccount {
  const orders = new Map<number, FuturesOrder>();
  for (const order of account.orders) if (!options.hides(order)) orders.set(order.id, order);
  const ledger = new FuturesLedger(options.symbols, options.feeRates);
  for (const record of options.history) if (isSeen(record, account, orders, options.hides)) ledger.apply(record);
  for (const order of orders.values())
    if (options.isLateCancel(order) && ledger.orders.get(order.id)?.isOpen === true)
      ledger.apply({ k: 'usdm.close', order: order.id, status: 'CANCELED', at: order.updatedAt });
  return ledger.account(account.id);
}

function isSeen(
  record: FuturesRecord,
  { id }: FuturesAccount,
  orders: ReadonlyMap<number, FuturesOrder>,
  hides: (what: object) => boolean,
): boolean {
  switch (record.k) {
    case 'usdm.order':
      return orders.has(record.id);
    case 'usdm.fill': {
      const fill = orders.get(record.order)?.fills.find(({ tradeId }) => tradeId === record.trade);
      return orders.has(record.order) && (fill === undefined || !hides(fill));
    }
    case 'usdm.close':
    case 'usdm.amend':
    case 'usdm.trim':
    case 'usdm.bust':
      return orders.has(record.order);
    case 'usdm.funding':
    case 'usdm.mark':
    case 'usdm.ids':
    case 'usdm.marks':
      return true;
    default:
      return record.account === id;
  }
}
