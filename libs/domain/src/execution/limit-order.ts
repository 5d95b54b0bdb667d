import { Dec, floorTo, ZERO, ZERO_QUANTITY, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
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
}

/** Accounts that can take a part of what is free. */
function sharesOf(view: View, draft: Draft, limitPrice: Price): readonly Share[] {
  const shares: Share[] = [];
  for (const outlet of restingOutlets(view, draft.nextSequence)) {
    const here = viewAt(view, outlet);
    if (outlet.touch === null || waitsAfterRefusal(here, draft) || waitsAfterDrop(here, draft)) continue;
    const terms = limitTerms(here, outlet.account, outlet.touch, limitPrice);
    if (terms === null) draft.hold('OUT_OF_LIMIT');
    else shares.push({ outlet, terms });
  }
  return shares;
}

function placeShares(view: View, draft: Draft, shares: readonly Share[], lives: boolean): void {
  let left: Decimal = remainderOf(view).sub(view.position.working);
  const parts = dealt(view, left, shares);
  let isPlaced = false;
  let isCapped = false;
  for (const [index, { outlet, terms }] of shares.entries()) {
    const { account, minimum } = outlet;
    const { lot } = account.instrument;
    const rate = rateOf(view, shares[index] as Share);
    const part = Dec.min(parts[index] ?? ZERO_QUANTITY, toLots(left, rate, lot)) as Quantity;
    const cap = childCap(view, outlet, terms.price);
    const rest = cap === null ? part : (Dec.min(part, cap.most) as Quantity);
    const orderQty = withoutStub(rest, { rest, cap: rest, minimum, lot });
    if (!orderQty.isZero()) {
      isPlaced = true;
      left = left.sub(toToken(orderQty, rate));
      draft.place({ accountId: account.accountId, purpose: 'limit', ...terms, orderQty });
    } else if (cap !== null && cap.most.lt(minimum)) {
      isCapped = true;
      draft.hold(cap.reason);
    }
  }
  if (isPlaced) return;
  draft.hold('BELOW_MINIMUM');
  const tried = shares.map(({ outlet }) => outlet);
  if (!lives && !isCapped && isDust(view, tried)) draft.complete('dust');
}

/** Quote-sized orders are dealt in steps of this much of the quote asset. */
const QUOTE_STEP = new Dec('0.00000001') as Quantity;

const rateOf = (view: View, { outlet, terms }: Share): Decimal | null =>
  view.token.rate(terms.price, outlet.account.accountId);

/**
 * Deals what is free, in the target token, by largest remainder: by free balance where every account's is known, else
 * evenly. Each part is counted in lots at its own price; what is below an account's minimum child, or makes no lot
 * there, goes to the first of them.
 */
function dealt(view: View, left: Decimal, shares: readonly Share[]): readonly Quantity[] {
  const lots = shares.map(({ outlet }) => outlet.account.instrument.lot);
  const rates = shares.map((share) => rateOf(view, share));
  const [first] = shares;
  if (first === undefined || left.lte(ZERO)) return shares.map(() => ZERO_QUANTITY);
  if (shares.length === 1) return [toLots(left, rates[0] ?? null, lots[0] as Quantity)];
  const step = view.token.sizing === 'quote' ? QUOTE_STEP : (Dec.max(...lots) as Quantity);
  const balances = shares.map(({ outlet }) => outlet.account.freeBalance);
  const known = balances.every((one): one is Decimal => one !== null && one.gt(ZERO));
  const weights = known ? (balances as readonly Decimal[]) : shares.map(() => new Dec(1));
  const values = splitLargestRemainder(floorTo(left as Quantity, step), step, weights);
  const parts = values.map((value, index) => toLots(value, rates[index] ?? null, lots[index] as Quantity));
  let others: Decimal = ZERO;
  parts.forEach((part, index) => {
    if (index === 0) return;
    if (part.lt((shares[index] as Share).outlet.minimum)) parts[index] = ZERO_QUANTITY;
    else others = others.add(toToken(part, rates[index] ?? null));
  });
  parts[0] = toLots(left.sub(others), rates[0] ?? null, lots[0] as Quantity);
  return parts;
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
