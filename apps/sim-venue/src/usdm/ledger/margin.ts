import { bracketOf, initialMargin, maintenanceMargin } from './brackets.js';
import { abs, ceilDiv, max, min } from './exact.js';
import type { FuturesAccount } from './futures-account.js';
import { FUTURES_FEES } from './futures-ledger.js';
import type { Position } from './position.js';

/** Mark price of a symbol in 10^-8 units. */
export type MarkOf = (symbol: string) => bigint;

const PRICE_UNIT = 100_000_000n;

/** Margin that an open position ties up: its cost at entry / leverage. */
export function positionMargin(account: FuturesAccount, position: Position): bigint {
  return initialMargin(position.entryUnits, account.settingsOf(position.spec.symbol).leverage);
}

/**
 * Margin that the open orders of a position tie up beyond the position itself. Buys and sells are not added up, as only
 * one side can enlarge it: the largest position they can make / leverage - entry / leverage.
 */
export function orderMargin(account: FuturesAccount, position: Position): bigint {
  const { leverage } = account.settingsOf(position.spec.symbol);
  return initialMargin(largestNotional(position), leverage) - initialMargin(position.entryUnits, leverage);
}

/** Commission that the open orders of a position would pay at the taker's rate. */
export function orderCommission(position: Position): bigint {
  return ((position.bidUnits + position.askUnits) * BigInt(FUTURES_FEES.takerBps)) / 10_000n;
}

/** Notional of a position with its open orders at the worst. Orders against it first close it, at no cost. */
export function largestNotional({ lots, entryUnits, bidLots, bidUnits, askLots, askUnits }: Position): bigint {
  return max(
    entryUnits,
    lots >= 0 ? entryUnits + bidUnits : beyond(bidUnits, bidLots, -lots),
    lots <= 0 ? entryUnits + askUnits : beyond(askUnits, askLots, lots),
  );
}

/** Share of orders worth `units` that opens after they closed `against` lots, rounded up. */
function beyond(units: bigint, lots: number, against: number): bigint {
  return lots <= against ? 0n : ceilDiv(units * BigInt(lots - against), BigInt(lots));
}

export interface CrossState {
  /** Wallet and unrealised profit of crossed positions. */
  readonly balanceUnits: bigint;
  readonly unrealisedUnits: bigint;
  readonly maintenanceUnits: bigint;
  readonly positions: readonly Position[];
}

/** What decides about the crossed part of an account. */
export function crossState(account: FuturesAccount, markOf: MarkOf): CrossState {
  const positions = account.openPositions().filter((position) => !account.isIsolated(position));
  let unrealisedUnits = 0n;
  let maintenanceUnits = 0n;
  for (const position of positions) {
    const mark = markOf(position.spec.symbol);
    unrealisedUnits += position.unrealisedAt(mark);
    maintenanceUnits += maintenanceMargin(abs(position.valueAt(mark)));
  }
  return { balanceUnits: account.walletUnits + unrealisedUnits, unrealisedUnits, maintenanceUnits, positions };
}

/** What an account may still use for orders, isolated margin and leaving: below 0 when it is short. */
export function availableUnits(account: FuturesAccount, markOf: MarkOf): bigint {
  const { balanceUnits, positions } = crossState(account, markOf);
  let available = balanceUnits;
  for (const position of positions) available -= positionMargin(account, position);
  for (const position of account.positions.values())
    available -= orderMargin(account, position) + orderCommission(position);
  return available;
}

/**
 * What may become margin of an isolated position: of what is available only what is in the wallet, as the unrealised
 * profit of crossed positions would still be theirs to lose; less what other isolated orders wait for.
 */
export function spendableUnits(account: FuturesAccount, markOf: MarkOf): bigint {
  let wallet = account.walletUnits;
  for (const position of account.positions.values())
    if (account.isIsolated(position)) wallet -= orderMargin(account, position) + orderCommission(position);
  return min(availableUnits(account, markOf), wallet);
}

/** Margin balance of an isolated position. */
export function isolatedBalance(position: Position, markUnits: bigint): bigint {
  return position.isolatedUnits + position.unrealisedAt(markUnits);
}

/**
 * Mark price at which the position would be liquidated, everything else standing still, in 10^-8 units; 0 when there is
 * none. From wallet + side x q x (price - entry) = q x price x rate - cum, with the bracket of the present notional.
 */
export function liquidationPrice(account: FuturesAccount, position: Position, markOf: MarkOf): bigint {
  if (!position.isOpen) return 0n;
  const mark = markOf(position.spec.symbol);
  const { maintenanceBps, cumUnits } = bracketOf(abs(position.valueAt(mark)));
  let wallet = position.isolatedUnits;
  if (!account.isIsolated(position)) {
    const cross = crossState(account, markOf);
    const ownMaintenance = maintenanceMargin(abs(position.valueAt(mark)));
    wallet = cross.balanceUnits - position.unrealisedAt(mark) - (cross.maintenanceUnits - ownMaintenance);
  }
  const side = position.lots > 0 ? 1n : -1n;
  const perPrice = position.spec.baseUnits(Math.abs(position.lots)) * (BigInt(maintenanceBps) - side * 10_000n);
  const price = ((wallet + cumUnits - position.costUnits) * 10_000n * PRICE_UNIT) / perPrice;
  return price > 0n ? price : 0n;
}
