import { Refusal } from '../floor/refusal.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import type { FuturesExchange } from './futures-exchange.js';
import { FuturesOrder, type FuturesAccount } from './ledger/futures-account.js';
import type { FuturesCommand } from './order-checks.js';
import { orderTradeUpdate } from './user-events.js';

/**
 * Takes a checked order the way this venue does: at once, later, or never. An order that does not live yet is
 * acknowledged as new.
 *
 * @throws Refusal as {@link FuturesExchange.orders} does, unless the order is acknowledged first
 */
export function submitOrder(
  exchange: FuturesExchange,
  account: FuturesAccount,
  market: SymbolMarket,
  command: FuturesCommand,
): FuturesOrder {
  const { policy } = exchange;
  const { clientOrderId } = command;
  const acceptance = policy.acceptance({ accountId: account.id, symbol: market.spec.symbol, clientOrderId });
  if (acceptance.kind === 'now') return exchange.orders.place(account, market, command);
  const id = exchange.useOrderId();
  const { lots } = command;
  const order = new FuturesOrder(account, market.spec, exchange.orders.record(id, account, market, command, lots), 0);
  if (acceptance.kind === 'later')
    policy.later(acceptance.ms, () => enterLate(exchange, account, market, command, order));
  return order;
}

function enterLate(
  exchange: FuturesExchange,
  account: FuturesAccount,
  market: SymbolMarket,
  command: FuturesCommand,
  acknowledged: FuturesOrder,
): void {
  try {
    exchange.orders.place(account, market, command, acknowledged.id);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    acknowledged.status = 'EXPIRED';
    exchange.floor.transact(() => exchange.tell(account, (at) => orderTradeUpdate(acknowledged, 'EXPIRED', at)));
  }
}
