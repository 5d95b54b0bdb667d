import type { OrderFacts, OrderPolicy } from '../floor/order-policy.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import type { TradingFloor } from '../floor/trading-floor.js';
import type { Account, Order } from './account.js';
import type { ReportDetails } from './execution-report.js';
import type { Ledger } from './ledger.js';
import type { LedgerRecord } from './records.js';

/** What the parts of the spot exchange share: the facts so far, and the only way to add one. */
export interface SpotCore {
  readonly ledger: Ledger;
  readonly floor: TradingFloor;
  /** Habits in which this venue differs from the vendor on a good day. */
  readonly policy: OrderPolicy;
  now(): number;
  /** Applies a fact and notes it for the journal; inside an operation. */
  record(record: LedgerRecord): void;
  /** The account is told its balances of these assets when the operation ends. */
  tellBalances(account: Account, ...assets: readonly string[]): void;
  /** Tells the account how its order stands now, when the operation ends. */
  report(order: Order, details: Omit<ReportDetails, 'executionId'>): void;
  nextExecutionId(): number;
  /** An order's number as the event log shows it: counted from 1 after a reset. */
  logged(orderId: number): number;
  marketOf(order: Order): SymbolMarket;
}

export function orderFacts({ account, spec, clientOrderId }: Order): OrderFacts {
  return { accountId: account.id, symbol: spec.symbol, clientOrderId };
}
