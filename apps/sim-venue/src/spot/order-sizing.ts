import type { Account } from './account.js';
import type { OrderType, TimeInForce } from './records.js';
import { crosses, type Side } from '../matching/book.js';
import { walkBook, type SelfTradeMode } from '../matching/match.js';
import { orderRejected } from '../floor/refusal.js';
import type { SymbolMarket } from '../floor/symbol-market.js';

/** A checked order, in ticks and lots. */
export interface PlaceCommand {
  readonly clientOrderId: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  /** 0 for MARKET. */
  readonly ticks: number;
  /** 0 when sized by `quoteUnits`. */
  readonly lots: number;
  readonly quoteUnits: bigint;
  /** Lots that an iceberg shows at once; absent: the order shows everything. */
  readonly sliceLots?: number;
  readonly selfTrade: SelfTradeMode;
  /** As the client labelled the order. */
  readonly strategyId?: number;
  readonly strategyType?: number;
  /** SHA-256 of the request as received. */
  readonly requestHash: string;
}

const INSUFFICIENT = 'Account has insufficient balance for requested action.';

/**
 * What the order holds back and how many lots it is for. Limit orders hold price x quantity; a market buy holds what
 * walking the book would cost.
 *
 * @throws Refusal -2010 when the account cannot pay, or a quote-sized order would buy nothing
 */
export function sizeOrder(
  market: SymbolMarket,
  account: Account,
  command: PlaceCommand,
): { lots: number; lockUnits: bigint } {
  const { spec } = market;
  const { side, type } = command;
  let { lots } = command;
  let lockUnits: bigint;
  if (type === 'MARKET') {
    const walk = command.quoteUnits > 0n ? walkQuote(market, account, command) : walkLots(market, account, command);
    if (command.quoteUnits > 0n) lots = walk.lots;
    if (lots === 0) throw orderRejected('Order book liquidity is less than LOT_SIZE filter minimum quantity.');
    lockUnits =
      side === 'SELL'
        ? spec.baseUnits(lots)
        : walk.steps.reduce((sum, step) => sum + spec.notional(step.ticks, step.lots), 0n);
  } else {
    lockUnits = side === 'SELL' ? spec.baseUnits(lots) : spec.notional(command.ticks, lots);
  }
  const asset = side === 'BUY' ? spec.definition.quoteAsset : spec.definition.baseAsset;
  if ((account.balances.get(asset)?.free ?? 0n) < lockUnits) throw orderRejected(INSUFFICIENT);
  return { lots, lockUnits };
}

/** Whether the whole quantity could trade at once within the limit. */
export function isFillable(market: SymbolMarket, account: Account, command: PlaceCommand): boolean {
  let left = command.lots;
  const limit = command.type === 'MARKET' ? null : command.ticks;
  return (
    walkBook(market.book, { ...command, owner: account.id }, limit, (_level, offered) => {
      const lots = Math.min(left, offered);
      left -= lots;
      return lots;
    }).lots === command.lots
  );
}

export function wouldTake(market: SymbolMarket, command: PlaceCommand): boolean {
  const best = market.book.best(command.side === 'BUY' ? 'SELL' : 'BUY');
  return best !== undefined && crosses(command.side, command.ticks, best.ticks);
}

function walkLots(market: SymbolMarket, account: Account, command: PlaceCommand): ReturnType<typeof walkBook> {
  let left = command.lots;
  return walkBook(market.book, { ...command, owner: account.id }, null, (_level, offered) => {
    const lots = Math.min(left, offered);
    left -= lots;
    return lots;
  });
}

function walkQuote(market: SymbolMarket, account: Account, command: PlaceCommand): ReturnType<typeof walkBook> {
  let left = command.quoteUnits;
  return walkBook(market.book, { ...command, owner: account.id }, null, (level, offered) => {
    const lots = Math.min(offered, market.spec.affordableLots(left, level.ticks));
    left -= market.spec.notional(level.ticks, lots);
    return lots;
  });
}
