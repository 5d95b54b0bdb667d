import {
  Dec,
  ZERO,
  ZERO_NOTIONAL,
  ZERO_QUANTITY,
  type Decimal,
  type Price,
  type Quantity,
} from '../numeric/decimal.js';
import type { AccountId } from '../parent-order/ids.js';
import type { EpochMs } from '../time/clock.js';
import { budgetLevel, type BudgetLevel } from './budget.js';
import type {
  AccountMarket,
  ExecutionChild,
  ExecutionMarket,
  ExecutionParent,
  HoldReason,
  Intent,
  LegExposure,
} from './contract.js';
import { minimumChild, venueMinimum } from './minimum-child.js';
import { midOf, type Touch } from './passive-price.js';
import { withoutOwnOrders } from './own-orders.js';
import { judgeRefusals, waitsOf, type RefusalVerdict, type RefusalWait } from './refusals.js';
import { positionOf, tokenOf, toToken, type OpenChild, type Position, type Token } from './position.js';

/** One account of the order as this decision sees it. */
export interface Outlet {
  /** Without our own resting children in its book. */
  readonly account: AccountMarket;
  /** Last known touch there, stale or not. */
  readonly touch: Touch | null;
  /** Why nothing may be placed there; null when something may. */
  readonly blocked: HoldReason | null;
  /** m there in base units, and what it is worth in the target token. */
  readonly minimum: Quantity;
  readonly minimumValue: Decimal;
  /** What its newest refusal asks for; null when nothing. */
  readonly wait: RefusalWait | null;
}

/** All that one decision looks at, computed once. */
export interface View {
  readonly parent: ExecutionParent;
  readonly now: EpochMs;
  readonly seed: string;
  readonly loadFactor: number;
  /** Accounts of the order by id. */
  readonly accounts: ReadonlyMap<AccountId, AccountMarket>;
  /** The same, with what this decision needs of each, by id. */
  readonly outlets: readonly Outlet[];
  /** The one in question, with its parts spelt out below. */
  readonly outlet: Outlet | null;
  /** The account in question: the one of {@link viewAt}, else the best; null when no market came in for any. */
  readonly account: AccountMarket | null;
  /** Last known touch there, stale or not. */
  readonly touch: Touch | null;
  /** Why nothing may be placed at all; null when something may. */
  readonly blocked: HoldReason | null;
  readonly token: Token;
  readonly position: Position;
  /** m of the account in question, in base units. */
  readonly minimum: Quantity;
  /** What m is worth in the target token: the least of all accounts, or that of the account of {@link viewAt}. */
  readonly minimumValue: Decimal;
  readonly wait: RefusalWait | null;
  readonly refusals: RefusalVerdict;
  /** Null unless the order is a leg of a multi order. */
  readonly exposure: LegExposure | null;
  /** Base units by which this view's working quantity stands above the order's: what is placed or cleared on trial. */
  readonly added: Decimal;
  /** What came in beside the accounts: volume, profile, volatility. */
  readonly market: ExecutionMarket;
}

/** Gathers the view of one decision. The order of children and accounts in the input does not matter. */
export function viewOf(parent: ExecutionParent, market: ExecutionMarket, now: EpochMs, seed: string): View {
  const own = market.accounts
    .filter((account) => parent.accounts.includes(account.accountId))
    .sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
  const token = tokenOf(parent, (id) => own.find(({ accountId }) => accountId === id)?.bids[0]?.price ?? null);
  const position = positionOf(parent.children, token);
  const clean = own.map((account) => withoutOwnOrders(parent.side, account, own, position.open));
  const waits = waitsOf(parent, now, clean);
  const outlets = clean.map((account) => outletOf(parent, account, token, now, waits.get(account.accountId) ?? null));
  const best = bestOf(usableOutlets({ parent, position, outlets }));
  return {
    parent,
    now,
    seed,
    loadFactor: Math.max(1, market.loadFactor),
    accounts: new Map(clean.map((account) => [account.accountId, account])),
    outlets,
    outlet: best,
    account: best?.account ?? null,
    touch: best?.touch ?? null,
    blocked: best === null ? 'NO_ACCOUNT' : best.blocked,
    token,
    position,
    minimum: best?.minimum ?? ZERO_QUANTITY,
    minimumValue: leastMinimum(outlets),
    wait: best?.wait ?? null,
    refusals: judgeRefusals(parent),
    exposure: market.exposure,
    added: ZERO,
    market,
  };
}

/**
 * The accounts by which it is judged whether the order can go on: those that take what is left, or have a child of it; all
 * where none does.
 */
export function usableOutlets(view: Pick<View, 'parent' | 'position' | 'outlets'>): readonly Outlet[] {
  const rest = remainderOf(view);
  const usable = view.outlets.filter(
    ({ account, minimumValue }) =>
      rest.gte(minimumValue) || view.position.open.some(({ child }) => child.accountId === account.accountId),
  );
  return usable.length === 0 ? view.outlets : usable;
}

const bestOf = (outlets: readonly Outlet[]): Outlet | null =>
  outlets.find(({ blocked }) => blocked === null) ?? outlets.find(({ touch }) => touch !== null) ?? outlets[0] ?? null;

/** The view in which nothing is placed any more on the accounts that `isShut` names. */
export function withShut(view: View, reason: HoldReason, isShut: (account: AccountMarket) => boolean): View {
  const outlets = view.outlets.map((outlet) =>
    outlet.blocked === null && isShut(outlet.account) ? { ...outlet, blocked: reason } : outlet,
  );
  const best = bestOf(usableOutlets({ ...view, outlets }));
  if (best === null) return view;
  // what the order as a whole is judged by stays
  return { ...viewAt(view, best), outlets, minimumValue: view.minimumValue };
}

/** The same decision with another account in question. */
export function viewAt(view: View, outlet: Outlet): View {
  const { account, touch, blocked, minimum, minimumValue, wait } = outlet;
  return { ...view, outlet, account, touch, blocked, minimum, minimumValue, wait };
}

function outletOf(
  parent: ExecutionParent,
  account: AccountMarket,
  token: Token,
  now: EpochMs,
  wait: RefusalWait | null,
): Outlet {
  const touch = touchOf(account);
  const reference = referencePrice(parent, touch);
  const rate = reference === null ? null : token.rate(reference, account.accountId);
  const minimum = minimumOf(parent, account, reference, rate);
  return {
    account,
    touch,
    blocked: blockage(account, now, parent.settings.staleBookMs),
    minimum,
    minimumValue: parent.sizing === 'quote' && rate === null ? ZERO : toToken(minimum, rate),
    wait,
  };
}

/** m, or for an order that is smaller than m as a whole what the venue takes at least: it is accepted down to that. */
function minimumOf(
  { orderQty, sizing }: ExecutionParent,
  { instrument }: AccountMarket,
  reference: Price | null,
  rate: Decimal | null,
): Quantity {
  const minimum = minimumChild(instrument, reference);
  if ((sizing === 'quote' && rate === null) || orderQty.gte(toToken(minimum, rate))) return minimum;
  return venueMinimum(instrument, reference);
}

/** An order ends as dust only when no account could take what is left. */
function leastMinimum(outlets: readonly Outlet[]): Decimal {
  const [first, ...others] = outlets.map(({ minimumValue }) => minimumValue);
  return first === undefined ? ZERO : Dec.min(first, ...others);
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
  if (limitPrice === null || parent.params.isReverseLimit || parent.side === 'sell') return mid;
  return mid !== null && mid.lt(limitPrice) ? mid : limitPrice;
}

export function budgetOf(account: AccountMarket | null | undefined): BudgetLevel {
  return budgetLevel(account?.budgetFree ?? 0);
}

/** Q - X in the target token; zero or less once the order is filled. */
export function remainderOf(view: Pick<View, 'parent' | 'position'>): Decimal {
  return view.parent.orderQty.sub(view.position.executed);
}

/** The view once a child that this decision places counts as working. */
export function withPlaced(view: View, placed: Omit<Extract<Intent, { kind: 'place' }>, 'kind' | 'side'>): View {
  const child: ExecutionChild = {
    ...placed,
    cumQty: ZERO_QUANTITY,
    cumNotional: ZERO_NOTIONAL,
    status: 'pending',
    closeReason: null,
    closeCode: '',
    cancelRequestedAt: null,
    createdAt: view.now,
    closedAt: null,
    amending: null,
  };
  const value = toToken(child.orderQty, view.token.rate(child.price, child.accountId));
  const { executed, working, open } = view.position;
  const position = { executed, working: working.add(value), open: [{ child, value }, ...open] };
  return { ...view, position, added: view.added.add(child.orderQty) };
}

/** The view once these children are gone, with nothing more of them filled. */
export function withoutChildren(view: View, gone: readonly OpenChild[]): View {
  if (gone.length === 0) return view;
  const { executed, open } = view.position;
  let { working } = view.position;
  let { added } = view;
  for (const { child, value } of gone) {
    working = working.sub(value);
    added = added.sub(child.orderQty).add(child.cumQty);
  }
  return { ...view, position: { executed, working, open: open.filter((one) => !gone.includes(one)) }, added };
}
