import type { Side } from '../matching/book.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import type { FuturesAccount } from './ledger/futures-account.js';
import { FUTURES_FEES, reducible } from './ledger/futures-ledger.js';
import { crossState, type MarkOf } from './ledger/margin.js';
import { settleTrade } from './ledger/settle-trade.js';
import type { PositionSide } from './ledger/records.js';

/** What of an order decides whether its account can pay for a trade. */
export interface Payer {
  readonly spec: SymbolSpec;
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly onlyReduces: boolean;
}

export interface Trade {
  readonly ticks: number;
  readonly lots: number;
  readonly isMaker: boolean;
}

/**
 * How many lots of a trade the account can pay for, asked before it is made: all of them, those that only close, or
 * none. Opening takes margin and commission from the wallet alone, and must leave crossed positions above their
 * maintenance margin; otherwise the insurance account would pay for it in the end.
 */
export function payableLots(account: FuturesAccount, payer: Payer, trade: Trade, markOf: MarkOf): number {
  const position = account.position(payer.spec, payer.positionSide);
  const against = reducible(position, payer.side);
  if (payer.onlyReduces || trade.lots <= against) return trade.lots;
  const after = account.copy();
  tryTrade(after, payer, trade);
  return standsAfter(after, account.isIsolated(position), account.walletUnits, markOf) ? trade.lots : against;
}

/** Books a trade in a copy of an account. */
export function tryTrade(copy: FuturesAccount, payer: Payer, { ticks, lots, isMaker }: Trade): void {
  const { spec, side, positionSide } = payer;
  const notional = spec.notional(ticks, lots);
  const fee = (notional * BigInt(isMaker ? FUTURES_FEES.makerBps : FUTURES_FEES.takerBps)) / 10_000n;
  settleTrade(copy, copy.position(spec, positionSide), side === 'BUY' ? lots : -lots, notional, fee);
}

function standsAfter(after: FuturesAccount, isolated: boolean, walletBefore: bigint, markOf: MarkOf): boolean {
  if (isolated && after.walletUnits >= walletBefore) return true;
  if (isolated && after.walletUnits < 0n) return false;
  const { balanceUnits, maintenanceUnits, positions } = crossState(after, markOf);
  if (positions.length === 0) return true;
  if (positions.some(({ spec }) => markOf(spec.symbol) === 0n)) return after.walletUnits >= 0n;
  return balanceUnits > maintenanceUnits;
}
