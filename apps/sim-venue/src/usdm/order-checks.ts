import { Refusal } from '../floor/refusal.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import { crosses, type Side } from '../matching/book.js';
import { walkBook, type SelfTradeMode } from '../matching/match.js';
import { tradableLots } from './fill-or-kill.js';
import { initialMargin, maxNotional } from './ledger/brackets.js';
import { max } from './ledger/exact.js';
import { type FuturesAccount, opens } from './ledger/futures-account.js';
import { FUTURES_FEES, reducible } from './ledger/futures-ledger.js';
import {
  availableUnits,
  largestNotional,
  orderCommission,
  orderMargin,
  positionMargin,
  spendableUnits,
  type MarkOf,
} from './ledger/margin.js';
import { type Position, valueOf } from './ledger/position.js';
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
  /** What an order claims that this one would replace. */
  readonly replaces?: { readonly lots: number; readonly units: bigint };
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
  if (command.timeInForce === 'FOK' && tradableLots(market, account, { ...command, lots }, onlyReduces, markOf) < lots)
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
 * Looks at the account as if the order had traded, at the prices it would get or at its own. What that opens needs its
 * initial margin, the loss it begins with against the mark, and the commission of the order; what it closes first gives
 * its margin back and adds its profit, or takes its loss. Closing alone always passes, unless other orders stand for it.
 *
 * @throws Refusal -2027 or -2019
 */
export function checkMargin(market: SymbolMarket, account: FuturesAccount, claim: Claim, markOf: MarkOf): void {
  const { spec } = market;
  const position = account.position(spec, claim.positionSide);
  const { replaces } = claim;
  const others = position.copy();
  if (replaces !== undefined) others.claim(claim.side, -replaces.lots, -replaces.units);
  const steps = pricedSteps(market, account, claim, markOf);
  const resting = others.copy();
  for (const { ticks, lots } of steps) resting.claim(claim.side, lots, spec.notional(ticks, lots));
  const more = orderMargin(account, resting) - orderMargin(account, position);
  const closesOnly = claim.lots <= reducible(position, claim.side);
  if (closesOnly && (claim.type === 'MARKET' || more <= 0n)) return;
  if (largestNotional(resting) > maxNotional(account.settingsOf(spec.symbol).leverage)) throw maxPositionExceeded();
  const commission = orderCommission(resting) - orderCommission(position);
  const need = closesOnly ? more + commission : costOfTrading(account, position, others, claim.side, steps, markOf);
  const funds = account.isIsolated(position) ? spendableUnits(account, markOf) : availableUnits(account, markOf);
  if (need > funds) throw marginInsufficient();
}

/** How much less the account could use if the order had traded. `others`: the position without what it replaces. */
function costOfTrading(
  account: FuturesAccount,
  position: Position,
  others: Position,
  side: Side,
  steps: readonly Step[],
  markOf: MarkOf,
): bigint {
  const { spec } = position;
  const mark = markOf(spec.symbol);
  const after = others.copy();
  let [closedLots, openedLots, realised, opened, closingFee, openingFee] = [0, 0, 0n, 0n, 0n, 0n];
  for (const { ticks, lots } of steps) {
    const notional = spec.notional(ticks, lots);
    const change = after.trade(side === 'BUY' ? lots : -lots, notional);
    const fee = (notional * BigInt(FUTURES_FEES.takerBps)) / 10_000n;
    const ofClosing = (fee * BigInt(change.closedLots)) / BigInt(lots);
    closingFee += ofClosing;
    openingFee += fee - ofClosing;
    closedLots += change.closedLots;
    openedLots += change.openedLots;
    realised += change.realisedUnits;
    opened += change.openedUnits;
  }
  const marked = valueOf(spec, openedLots, mark);
  const loss = mark === 0n ? 0n : max(0n, side === 'BUY' ? opened - marked : marked - opened);
  const claims = (one: Position): bigint => orderMargin(account, one) + orderCommission(one);
  const need = claims(after) - claims(position) + openingFee + loss;
  const share = (units: bigint): bigint => (units * BigInt(closedLots)) / BigInt(Math.abs(position.lots) || 1);
  if (account.isIsolated(position)) {
    const { leverage } = account.settingsOf(spec.symbol);
    return need + initialMargin(opened, leverage) - max(0n, share(position.isolatedUnits) + realised - closingFee);
  }
  const gain = realised - share(position.unrealisedAt(mark));
  return need + positionMargin(account, after) - positionMargin(account, position) + closingFee - gain;
}

interface Step {
  readonly ticks: number;
  readonly lots: number;
}

/** Where the order would trade. A buy counts at its limit, the most it may cost; a sale at what the book pays it. */
function pricedSteps(market: SymbolMarket, account: FuturesAccount, claim: Claim, markOf: MarkOf): readonly Step[] {
  const { type, side, ticks, lots } = claim;
  if (type !== 'MARKET' && side === 'BUY') return [{ ticks, lots }];
  const walked = walk(market, account, claim, markOf);
  if (type === 'MARKET' || walked.lots === lots) return walked.steps;
  return [...walked.steps, { ticks, lots: lots - walked.lots }];
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
