import { Dec, floorTo, ZERO, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import type { AccountMarket, ChildTimeInForce, ExecutionChild } from './contract.js';
import { waitsForBudget, waitsAfterRefusal } from './resting.js';
import { cancelBeyondLimit } from './ceiling.js';
import { childCap } from './child-caps.js';
import type { Draft } from './draft.js';
import { isDust } from './dust.js';
import { withoutStub } from './minimum-child.js';
import { moveChild } from './move-child.js';
import { restingOutlets } from './outlets.js';
import { isUncrossed, lessAggressive, moreAggressive, withinLimit, type Touch } from './passive-price.js';
import { isAmending, rests, toLots, toToken } from './position.js';
import { mayRePegAt, wantsRePeg } from './re-peg.js';
import { splitLargestRemainder } from './split.js';
import { remainderOf, viewAt, type Outlet, type View } from './view.js';
import { watchPrices } from './watch.js';

/**
 * A limit order (algorithms.md 4.10): on each account one child at L for its share, good till cancelled, put back when
 * the venue drops it. Under `passive_only` and with a reverse limit it is post-only.
 */
export function workLimitOrder(view: View, draft: Draft): void {
  const { parent, position } = view;
  const { limitPrice } = parent.params;
  if (limitPrice === null) throw new RangeError(`Order ${parent.id}: a limit order needs a limit price, had none`);
  cancelBeyondLimit(view, draft);
  cancelExcess(view, draft);
  if (view.blocked !== null) return;
  let lives = false;
  for (const { child } of position.open) {
    const outlet = view.outlets.find(({ account }) => account.accountId === child.accountId);
    if (!rests(child) || outlet === undefined) continue;
    lives = true;
    draft.hold('LIVE_CHILD');
    if (outlet.blocked === null) keepPostOnly(viewAt(view, outlet), draft, child, limitPrice);
  }
  const shares = sharesOf(view, draft, limitPrice);
  if (shares.length === 0) {
    if (!lives) waitsForBudget(view, draft);
  } else placeShares(view, draft, shares, lives);
  watchPrices(view, draft, { out: false, intervals: [] });
}

/** Price and kind of a child. */
export interface LimitTerms {
  readonly price: Price;
  readonly timeInForce: ChildTimeInForce;
}

/**
 * Price and kind of a child at L: on the tick, post-only a tick from the opposite touch while L would cross. Null when
 * a reverse limit cannot rest, because the market is on its better side.
 */
export function limitTerms(view: View, account: AccountMarket, touch: Touch, limitPrice: Price): LimitTerms | null {
  const { side, params } = view.parent;
  const { tick } = account.instrument;
  if (params.isReverseLimit) {
    const price = moreAggressive(side, limitPrice, tick);
    return isUncrossed(side, price, touch) ? { price, timeInForce: 'gtx' } : null;
  }
  if (!params.passiveOnly) return { price: lessAggressive(side, limitPrice, tick), timeInForce: 'gtc' };
  const uncrossed = side === 'buy' ? touch.ask.sub(tick) : touch.bid.add(tick);
  return { price: withinLimit(side, uncrossed as Price, limitPrice, tick), timeInForce: 'gtx' };
}

/** Moves a post-only child that L would let stand nearer. */
export function keepPostOnly(view: View, draft: Draft, child: ExecutionChild, limitPrice: Price): void {
  const { account, touch } = view;
  if (account === null || touch === null || child.timeInForce !== 'gtx') return;
  if (draft.isLeaving(child) || isAmending(child)) return;
  const terms = limitTerms(view, account, touch, limitPrice);
  if (terms === null || !wantsRePeg(view, account, touch, child, terms.price)) return;
  const at = mayRePegAt(view, child, false);
  if (at > view.now) return draft.wakeAt(at);
  if (waitsForBudget(view, draft)) return;
  const left = toToken(child.orderQty.sub(child.cumQty) as Quantity, view.token.rate(child.price, account.accountId));
  moveChild(view, draft, child, terms.price, { room: left, rest: left });
}

interface Share {
  readonly outlet: Outlet;
  readonly terms: LimitTerms;
  /** The most that the account may take; null without such a cap. */
  readonly cap: Quantity | null;
  /** What one base unit counts in the target token; null stands for one. */
  readonly rate: Decimal | null;
}

/** Accounts that can take a part of what is free. */
function sharesOf(view: View, draft: Draft, limitPrice: Price): readonly Share[] {
  const shares: Share[] = [];
  for (const outlet of restingOutlets(view, draft.nextSequence)) {
    const here = viewAt(view, outlet);
    if (outlet.touch === null || waitsAfterRefusal(here, draft) || waitsAfterDrop(here, draft)) continue;
    const terms = limitTerms(here, outlet.account, outlet.touch, limitPrice);
    if (terms === null) {
      draft.hold('OUT_OF_LIMIT');
      continue;
    }
    const cap = childCap(view, outlet, terms.price);
    const rate = view.token.rate(terms.price, outlet.account.accountId);
    if (cap !== null && cap.most.lt(outlet.minimum)) draft.hold(cap.reason);
    else shares.push({ outlet, terms, cap: cap?.most ?? null, rate });
  }
  return shares;
}

function placeShares(view: View, draft: Draft, shares: readonly Share[], lives: boolean): void {
  let left: Decimal = remainderOf(view).sub(view.position.working);
  let isPlaced = false;
  for (const { outlet, terms, cap, rate, part } of dealt(view, left, shares)) {
    const { account, minimum } = outlet;
    const { lot } = account.instrument;
    const whole = Dec.min(part, toLots(left, rate, lot)) as Quantity;
    const rest = cap === null ? whole : (Dec.min(whole, cap) as Quantity);
    const orderQty = withoutStub(rest, { rest, cap: rest, minimum, lot });
    if (orderQty.isZero()) continue;
    isPlaced = true;
    left = left.sub(toToken(orderQty, rate));
    draft.place({ accountId: account.accountId, purpose: 'limit', ...terms, orderQty });
  }
  if (isPlaced) return;
  draft.hold('BELOW_MINIMUM');
  const tried = shares.map(({ outlet }) => outlet);
  if (!lives && isDust(view, tried)) draft.complete('dust');
}

/** Quote-sized orders are dealt, and sliced, in steps of this much of the quote asset. */
export const QUOTE_STEP = new Dec('0.00000001') as Quantity;

/** A share with what it is dealt. */
interface DealtShare extends Share {
  readonly part: Quantity;
}

/**
 * Deals what is free. An account that would get less than its minimum child is left out, of several the one whose minimum
 * is the most, and the others share its part: so none is left out that could take all.
 */
function dealt(view: View, left: Decimal, shares: readonly Share[]): readonly DealtShare[] {
  let pool = shares;
  for (;;) {
    const parts = splitAmong(view, left, pool);
    const small = parts.filter(({ part, outlet }) => part.lt(outlet.minimum));
    if (small.length === 0 || pool.length < 2) return parts;
    const out = small.reduce((a, b) => (leastOf(b).gt(leastOf(a)) ? b : a));
    pool = pool.filter(({ outlet }) => outlet !== out.outlet);
  }
}

const leastOf = ({ outlet, rate }: Share): Decimal => toToken(outlet.minimum, rate);

/**
 * Splits what is free, in the target token, by largest remainder: by free balance where every account's is known, else
 * evenly. Each part is counted in lots at its own price; what makes no lot goes to the first of them.
 */
function splitAmong(view: View, left: Decimal, shares: readonly Share[]): readonly DealtShare[] {
  const lots = shares.map(({ outlet }) => outlet.account.instrument.lot);
  if (shares.length === 0 || left.lte(ZERO)) return [];
  const step = view.token.sizing === 'quote' ? QUOTE_STEP : (Dec.max(...lots) as Quantity);
  const balances = shares.map(({ outlet }) => outlet.account.freeBalance);
  const known = balances.every((one): one is Decimal => one !== null && one.gt(ZERO));
  const weights = known ? (balances as readonly Decimal[]) : shares.map(() => new Dec(1));
  const values = splitLargestRemainder(floorTo(left as Quantity, step), step, weights);
  const partOf = (value: Decimal, { rate, outlet }: Share): Quantity =>
    toLots(value, rate, outlet.account.instrument.lot);
  let others: Decimal = ZERO;
  const parts = shares.map((share, index) => {
    const part = partOf(values[index] ?? ZERO, share);
    if (index > 0) others = others.add(toToken(part, share.rate));
    return { ...share, part };
  });
  return parts.map((one, index) => (index === 0 ? { ...one, part: partOf(left.sub(others), one) } : one));
}

/** After an amendment to a smaller quantity: more is working than the order still wants. */
export function cancelExcess(view: View, draft: Draft): void {
  if (view.position.working.lte(remainderOf(view))) return;
  for (const { child } of view.position.open) draft.cancel(child, 'ceiling', 'necessary');
}

/** A child that the venue dropped comes back after a moment, so that two sides do not spin. */
export function waitsAfterDrop(view: View, draft: Draft): boolean {
  const { children, settings } = view.parent;
  let newest: ExecutionChild | null = null;
  for (const child of children)
    if (child.accountId === view.account?.accountId && (newest === null || child.sequence > newest.sequence))
      newest = child;
  if (newest === null || newest.closeReason === 'filled' || newest.cancelRequestedAt !== null) return false;
  const until = Math.min(view.now, newest.closedAt ?? newest.createdAt) + settings.retryMs;
  if (until <= view.now) return false;
  draft.hold('VENUE_BACKOFF');
  draft.wakeAt(until);
  return true;
}
