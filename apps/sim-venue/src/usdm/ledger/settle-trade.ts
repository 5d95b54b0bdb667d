import { initialMargin } from './brackets.js';
import type { FuturesAccount } from './futures-account.js';
import type { Position, PositionChange } from './position.js';

/** What a trade did to an account. */
export interface Settled extends PositionChange {
  /** What closing lost beyond all that stood for it; the insurance account pays it. */
  readonly deficitUnits: bigint;
}

/**
 * Moves the money of a trade. What it closes is settled with the margin that belonged to it; what it opens takes its
 * margin from the wallet, and nothing else pays for that: whether the wallet can is asked before the trade.
 *
 * @param delta lots bought, or sold (negative)
 */
export function settleTrade(
  account: FuturesAccount,
  position: Position,
  delta: number,
  notionalUnits: bigint,
  feeUnits: bigint,
): Settled {
  const { leverage, isolated } = account.settingsOf(position.spec.symbol);
  const lotsBefore = Math.abs(position.lots);
  const change = position.trade(delta, notionalUnits);
  if (!isolated) {
    account.walletUnits += change.realisedUnits - feeUnits;
    return { ...change, deficitUnits: change.closedLots > 0 ? clearDebt(account) : 0n };
  }
  const closingFee = (feeUnits * BigInt(change.closedLots)) / BigInt(Math.abs(delta));
  const released = (position.isolatedUnits * BigInt(change.closedLots)) / BigInt(lotsBefore || 1);
  const settled = released + change.realisedUnits - closingFee;
  // A loss beyond the margin of what was closed is borne by the rest of the position, never by the wallet.
  position.isolatedUnits -= released;
  if (settled >= 0n) account.walletUnits += settled;
  else position.isolatedUnits += settled;
  const deficitUnits = Math.abs(position.lots) === change.openedLots ? giveBack(account, position) : 0n;
  const margin = initialMargin(change.openedUnits, leverage);
  position.isolatedUnits += margin;
  account.walletUnits -= margin + (feeUnits - closingFee);
  return { ...change, deficitUnits };
}

/** An isolated position that is closed gives its margin back. @returns what is missing */
function giveBack(account: FuturesAccount, position: Position): bigint {
  const left = position.isolatedUnits;
  position.isolatedUnits = 0n;
  if (left < 0n) return -left;
  account.walletUnits += left;
  return 0n;
}

/** Lifts a wallet below zero that no crossed position can lift any more. @returns by how much */
function clearDebt(account: FuturesAccount): bigint {
  if (account.walletUnits >= 0n || account.openPositions().some((position) => !account.isIsolated(position))) return 0n;
  const deficit = -account.walletUnits;
  account.walletUnits = 0n;
  return deficit;
}
