import type { OrderFacts, Onlooker, OrderPolicy } from '../floor/order-policy.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import type { TradingFloor } from '../floor/trading-floor.js';
import type { FuturesAccount, FuturesFill, FuturesOrder } from './ledger/futures-account.js';
import type { FuturesLedger } from './ledger/futures-ledger.js';
import type { MarkOf } from './ledger/margin.js';
import type { FuturesRecord } from './ledger/records.js';

/** What the parts of the USD-M exchange share: the facts so far, and the only way to add one. */
export interface FuturesCore {
  readonly ledger: FuturesLedger;
  readonly floor: TradingFloor;
  /** Habits in which this venue differs from the vendor on a good day. */
  readonly policy: OrderPolicy;
  /** Orders whose cancel was acknowledged after they had traded in secret. */
  readonly lateCancels: WeakSet<FuturesOrder>;
  /** Mark price now, 10^-8 units; 0 while the symbol never had a price. */
  readonly markOf: MarkOf;
  now(): number;
  /** An order as `to` may see it; itself when it may not be seen at all. */
  shownOrder(order: FuturesOrder, to: Onlooker): FuturesOrder;
  /** Writes the mark down for a restart, if that was not done yet; inside an operation. */
  keepMark(symbol: string): void;
  /** A liquidation traded: the public is told of it. */
  noteForced(order: FuturesOrder, fill: FuturesFill): void;
  /** Applies a fact and notes it for the journal; inside an operation. */
  record(record: FuturesRecord): void;
  /** Tells an account something when the operation ends; `build` is called only if anybody listens. */
  tell(account: FuturesAccount, build: (at: number) => Record<string, unknown>): void;
  /** An order's number as the event log shows it: counted from 1 after a reset. */
  logged(orderId: number): number;
}

export function orderFacts({ account, spec, clientOrderId }: FuturesOrder): OrderFacts {
  return { accountId: account.id, symbol: spec.symbol, clientOrderId };
}

export function marketOfOrder(core: FuturesCore, { spec }: FuturesOrder): SymbolMarket {
  return core.floor.markets.get(spec.symbol) as SymbolMarket;
}
