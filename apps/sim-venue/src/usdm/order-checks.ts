import { Refusal } from '../floor/refusal.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import { crosses, type Side } from '../matching/book.js';
import { walkBook, type SelfTradeMode } from '../matching/match.js';
import { maxNotional } from './ledger/brackets.js';
import { max } from './ledger/exact.js';
import { type FuturesAccount, opens } from './ledger/futures-account.js';
import { FUTURES_FEES, reducible } from './ledger/futures-ledger.js';
import { availableUnits, largestNotional, orderMargin, type MarkOf } from './ledger/margin.js';
import { takeBound } from './take-bound.js';
import type { FuturesOrderType, FuturesTimeInForce, PositionSide } from './ledger/records.js';

/** A checked order, in ticks and lots. */
export interface FuturesCommand {
  readonly clientOrderId: string;
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly type: FuturesOrderType;
  readonly timeInForce: FuturesTimeInForce;
  /** 0 for MARKET. */
  readonly ticks: number;
  readonly lots: number;
  readonly reduceOnly: boolean;
  /** When a GTD order ends, ms; 0 for all others. */
  readonly goodTill: number;
  readonly selfTrade: SelfTradeMode;
  /** SHA-256 of the request as received. */
  readonly requestHash: string;
}

export const marginInsufficient = (): Refusal => new Refusal(-2019, 'Margin is insufficient.');
export const maxPositionExceeded = (): Refusal =>
  new Refusal(-2027, 'Exceeded the maximum allowable position at current leverage.');

/** What of an order decides about margin; an amendment asks with what it would change. */
export interface Claim {
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly type: FuturesOrderType;
  readonly ticks: number;
  readonly lots: number;
  readonly selfTrade: SelfTradeMode;
  /** Margin claims of an order that this one would replace. */
  readonly replacesUnits?: bigint;
}

/**
 * Lots for which the order may be placed: fewer than asked for when it may only reduce.
 *
 * @throws Refusal -2022 when there is nothing to reduce, -5022 and -5021 for orders
 *   whose time in force the book cannot keep, -2027 and -2019 when position or margin do not allow it
 */
export function acceptedLots(
  market: SymbolMarket,
  account: FuturesAccount,
  command: FuturesCommand,
  markOf: MarkOf,
): number {
  const position = account.position(market.spec, command.positionSide);
  const onlyReduces =
    command.reduceOnly || (command.positionSide !== 'BOTH' && !opens(command.positionSide, command.side));
  const lots = onlyReduces ? Math.min(command.lots, reducible(position, command.side)) : command.lots;
  if (lots === 0) throw new Refusal(-2022, 'ReduceOnly Order is rejected.');
  if (command.timeInForce === 'GTX' && wouldTake(market, command.side, command.ticks)) throw postOnlyRejected();
  if (command.timeInForce === 'FOK' && walk(market, account, { ...command, lots }, markOf).lots < lots)
    throw new Refusal(
      -5021,
      'Due to the order could not be filled immediately, the FOK order has been rejected. The order will not be recorded in the order history.',
    );
  if (!onlyReduces) checkMargin(market, account, { ...command, lots }, markOf);
  return lots;
}

export function postOnlyRejected(): Refusal {
  return new Refusal(
    -5022,
    'Due to the order could not be executed as maker, the Post Only order will be rejected. The order will not be recorded in the order history.',
  );
}

/**
 * Initial margin of what the order may open, the loss it begins with against the mark, and its commission must be
 * available (vendor's cost of an order). Whatever makes the claims on margin smaller always passes.
 *
 * @throws Refusal -2027 or -2019
 */
export function checkMargin(market: SymbolMarket, account: FuturesAccount, claim: Claim, markOf: MarkOf): void {
  const { spec } = market;
  const position = account.position(spec, claim.positionSide);
  const steps =
    claim.type === 'MARKET' ? walk(market, account, claim, markOf).steps : [{ ticks: claim.ticks, lots: claim.lots }];
  const notional = steps.reduce((sum, { ticks, lots }) => sum + spec.notional(ticks, lots), 0n);
  const added = notional - (claim.replacesUnits ?? 0n);
  const extra = claim.side === 'BUY' ? { bidUnits: added, askUnits: 0n } : { bidUnits: 0n, askUnits: added };
  const more = orderMargin(account, position, extra) - orderMargin(account, position);
  if (more <= 0n) return;
  if (largestNotional(position, extra) > maxNotional(account.settingsOf(spec.symbol).leverage))
    throw maxPositionExceeded();
  const opening = openingShare(position.lots, claim);
  const mark = markOf(spec.symbol);
  const markValue = steps.reduce((sum, { lots }) => sum + (spec.baseUnits(lots) * mark) / 100_000_000n, 0n);
  const loss = mark === 0n ? 0n : max(0n, claim.side === 'BUY' ? notional - markValue : markValue - notional);
  const commission = (notional * BigInt(FUTURES_FEES.takerBps)) / 10_000n;
  const need = more + ((loss + commission) * opening.part) / opening.whole;
  if (need > availableUnits(account, markOf)) throw marginInsufficient();
}

/** How much of an order opens, after what it closes first. */
function openingShare(positionLots: number, { side, lots }: Claim): { part: bigint; whole: bigint } {
  const against = side === 'BUY' ? Math.max(0, -positionLots) : Math.max(0, positionLots);
  return { part: BigInt(Math.max(0, lots - against)), whole: BigInt(lots) };
}

export function wouldTake(market: SymbolMarket, side: Side, ticks: number): boolean {
  const best = market.book.best(side === 'BUY' ? 'SELL' : 'BUY');
  return best !== undefined && crosses(side, ticks, best.ticks);
}

/** What the order would trade with at once. */
function walk(
  market: SymbolMarket,
  account: FuturesAccount,
  claim: Claim,
  markOf: MarkOf,
): ReturnType<typeof walkBook> {
  let left = claim.lots;
  const { spec } = market;
  const limit = claim.type === 'MARKET' ? takeBound(spec, claim.side, markOf(spec.symbol)) : claim.ticks;
  return walkBook(market.book, { ...claim, owner: account.id }, limit, (_level, offered) => {
    const lots = Math.min(left, offered);
    left -= lots;
    return lots;
  });
}
