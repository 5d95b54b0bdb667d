import { Refusal } from '../floor/refusal.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import { Order, type Account } from './account.js';
import { orderRecord } from './order-record.js';
import type { PlaceCommand } from './order-sizing.js';
import type { SpotExchange } from './spot-exchange.js';

/** What became of a request to place an order. */
export interface Submission {
  readonly order: Order;
  /** The client is told that its order came in, and nothing of what became of it. */
  readonly isAckOnly: boolean;
}

/**
 * Takes a checked order the way this venue does: at once, later, or never.
 *
 * @throws Refusal as {@link SpotExchange.place}, unless the order is acknowledged first
 */
export function submitOrder(
  exchange: SpotExchange,
  account: Account,
  market: SymbolMarket,
  command: PlaceCommand,
): Submission {
  const { policy } = exchange;
  const { clientOrderId } = command;
  const acceptance = policy.acceptance({ accountId: account.id, symbol: market.spec.symbol, clientOrderId });
  if (acceptance.kind === 'now') return { order: exchange.place(account, market, command), isAckOnly: false };
  const order = acknowledge(exchange, account, market.spec, command);
  if (acceptance.kind === 'later')
    policy.later(acceptance.ms, () => enterLate(exchange, account, market, command, order));
  return { order, isAckOnly: acceptance.kind === 'later' };
}

/** An order that the client is told of and nobody else: its number is used up, nothing more. */
function acknowledge(exchange: SpotExchange, account: Account, spec: SymbolSpec, command: PlaceCommand): Order {
  return new Order(account, spec, orderRecord(exchange.useOrderId(), account, spec, command, 0n, exchange.now()), 0);
}

function enterLate(
  exchange: SpotExchange,
  account: Account,
  market: SymbolMarket,
  command: PlaceCommand,
  acknowledged: Order,
): void {
  try {
    exchange.place(account, market, command, acknowledged.id);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const rejectReason = REJECT_REASONS[error.message] ?? 'UNKNOWN_ERROR';
    exchange.transact(() => exchange.report(acknowledged, { execution: 'REJECTED', rejectReason }));
  }
}

/** The vendor's words for why an acknowledged order is rejected. */
const REJECT_REASONS: Readonly<Record<string, string>> = {
  'Account has insufficient balance for requested action.': 'INSUFFICIENT_BALANCES',
  'Duplicate order sent.': 'DUPLICATE_ORDER',
  'Market is closed.': 'MARKET_CLOSED',
  'Order would immediately match and take.': 'ORDER_WOULD_TRIGGER_IMMEDIATELY',
};
