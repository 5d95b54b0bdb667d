import { ZERO, ZERO_QUANTITY, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import type { AccountId } from '../parent-order/ids.js';
import type { EpochMs } from '../time/clock.js';
import { budgetLevel, type BudgetLevel } from './budget.js';
import type { AccountMarket, ExecutionMarket, ExecutionParent, HoldReason, LegExposure } from './contract.js';
import { minimumChild } from './minimum-child.js';
import { midOf, type Touch } from './passive-price.js';
import { judgeRefusals, type RefusalVerdict } from './refusals.js';
import { positionOf, tokenOf, toToken, type Position, type Token } from './position.js';

/** All that one decision looks at, computed once. */
export interface View {
  readonly parent: ExecutionParent;
  readonly now: EpochMs;
  readonly seed: string;
  readonly loadFactor: number;
  /** Accounts of the order by id. */
  readonly accounts: ReadonlyMap<AccountId, AccountMarket>;
  /** Where the next child goes; null when no market came in for any account of the order. */
  readonly account: AccountMarket | null;
  /** Last known touch there, stale or not. */
  readonly touch: Touch | null;
  /** Why nothing may be placed at all; null when something may. */
  readonly blocked: HoldReason | null;
  readonly token: Token;
  readonly position: Position;
  /** m in base units, and what it is worth in the target token. */
  readonly minimum: Quantity;
  readonly minimumValue: Decimal;
  readonly refusals: RefusalVerdict;
  /** Null unless the order is a leg of a multi order. */
  readonly exposure: LegExposure | null;
}

/** Gathers the view of one decision. The order of children and accounts in the input does not matter. */
export function viewOf(parent: ExecutionParent, market: ExecutionMarket, now: EpochMs, seed: string): View {
  const own = market.accounts
    .filter((account) => parent.accounts.includes(account.accountId))
    .sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
  const accounts = new Map(own.map((account) => [account.accountId, account]));
  const staleMs = parent.settings.staleBookMs;
  const account =
    own.find((candidate) => blockage(candidate, now, staleMs) === null) ??
    own.find((candidate) => touchOf(candidate) !== null) ??
    own[0] ??
    null;
  const touch = account === null ? null : touchOf(account);
  const token = tokenOf(parent, (id) => accounts.get(id)?.bids[0]?.price ?? null);
  const reference = referencePrice(parent, touch);
  const minimum = account === null ? ZERO_QUANTITY : minimumChild(account.instrument, reference);
  const rate = account === null || reference === null ? null : token.rate(reference, account.accountId);
  return {
    parent,
    now,
    seed,
    loadFactor: Math.max(1, market.loadFactor),
    accounts,
    account,
    touch,
    blocked: account === null ? 'NO_ACCOUNT' : blockage(account, now, staleMs),
    token,
    position: positionOf(parent.children, token),
    minimum,
    minimumValue: parent.sizing === 'quote' && rate === null ? ZERO : toToken(minimum, rate),
    refusals: judgeRefusals(parent, now, account?.bookAt ?? null),
    exposure: market.exposure,
  };
}

/** The usable touch of a book; null when a side is empty or the book is crossed. */
export function touchOf(account: AccountMarket): Touch | null {
  const [bid, ask] = [account.bids[0], account.asks[0]];
  return bid !== undefined && ask !== undefined && bid.price.lt(ask.price) ? { bid: bid.price, ask: ask.price } : null;
}

/** True while the book is known to be right within the last `maxAgeMs`. */
export function isFresh(account: AccountMarket, now: EpochMs, maxAgeMs: number): boolean {
  return account.feedLive && account.bookAt !== null && now - account.bookAt <= maxAgeMs;
}

function blockage(account: AccountMarket, now: EpochMs, staleMs: number): HoldReason | null {
  if (!account.mayPlace || account.instrument.status !== 'trading') return 'NO_ACCOUNT';
  if (touchOf(account) === null || !isFresh(account, now, staleMs)) return 'STALE_DATA';
  return budgetOf(account) === 'none' ? 'BUDGET' : null;
}

/**
 * What a minimum child is valued at: the mid, or the client's own price where that is all it may ever pay.
 */
function referencePrice(parent: ExecutionParent, touch: Touch | null): Price | null {
  const { limitPrice } = parent.params;
  if (parent.algorithm === 'limit' && limitPrice !== null) return limitPrice;
  const mid = touch === null ? null : midOf(touch);
  if (limitPrice === null || parent.side === 'sell') return mid;
  return mid !== null && mid.lt(limitPrice) ? mid : limitPrice;
}

export function budgetOf(account: AccountMarket | null | undefined): BudgetLevel {
  return budgetLevel(account?.budgetFree ?? 0);
}

/** Q - X in the target token; zero or less once the order is filled. */
export function remainderOf(view: View): Decimal {
  return view.parent.orderQty.sub(view.position.executed);
}
