import { Dec, ZERO, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import { cancelOnDeadBooks } from './blockage.js';
import { cancelBeyondLimit } from './ceiling.js';
import { childCap } from './child-caps.js';
import type { ExecutionChild, ExecutionParent } from './contract.js';
import type { Draft } from './draft.js';
import { draw } from './draw.js';
import { isDust, isTooMuchFor } from './dust.js';
import { icebergCount, icebergSlice } from './iceberg-slices.js';
import { cancelExcess, keepPostOnly, limitTerms, QUOTE_STEP, waitsAfterDrop, type LimitTerms } from './limit-order.js';
import { minimumAt, withoutStub } from './minimum-child.js';
import { moveChild } from './move-child.js';
import { lacksBalance } from './outlets.js';
import { clipPrice } from './passive-clip.js';
import { isAmending, rests, toLots, toToken } from './position.js';
import { mayRePegAt, wantsRePeg } from './re-peg.js';
import { refusalsRunning } from './refusals.js';
import { waitsAfterRefusal, waitsForBudget } from './resting.js';
import { viewAt, type Outlet, type View } from './view.js';
import { watchPrices } from './watch.js';

/**
 * An iceberg (algorithms.md 4.10): one slice after the other, each only after the one before it is filled, at L or
 * where a clip would rest. The first goes to the best-priced account, and the order stays there.
 */
export function workIceberg(view: View, draft: Draft): void {
  const { parent, position } = view;
  const { limitPrice } = parent.params;
  cancelBeyondLimit(view, draft);
  cancelExcess(view, draft);
  cancelOnDeadBooks(view, draft);
  const outlets = rankedOutlets(view);
  const [outlet] = outlets;
  if (outlet?.blocked === 'NO_ACCOUNT') takeBackUnsent(view, draft);
  if (outlet === undefined || outlet.blocked !== null) return draft.hold(outlet?.blocked ?? 'NO_ACCOUNT');
  const here = viewAt(view, outlet);
  const live = position.open.find(({ child }) => rests(child));
  watchPrices(here, draft, { out: false, intervals: [] });
  if (live !== undefined) {
    draft.hold('LIVE_CHILD');
    if (limitPrice !== null) keepAtLimit(here, draft, live.child, limitPrice);
    else follow(here, draft, live.child);
    return;
  }
  for (const one of outlets) {
    const there = viewAt(view, one);
    if (one.blocked !== null) return draft.hold(one.blocked);
    if (waitsForBudget(there, draft) || waitsAfterRefusal(there, draft) || waitsAfterDrop(there, draft)) return;
    if (!placeSlice(there, draft, one, limitPrice)) return;
  }
}

/** Places the slice that is due; true when a cap leaves no room for it on this account, but may on another. */
function placeSlice(view: View, draft: Draft, outlet: Outlet, limitPrice: Price | null): boolean {
  const terms = sliceTerms(view, outlet, limitPrice);
  if (terms === null) {
    draft.hold(outlet.touch === null ? 'STALE_DATA' : 'OUT_OF_LIMIT');
    return false;
  }
  const { account, minimum } = outlet;
  const { lot } = account.instrument;
  const rate = view.token.rate(terms.price, account.accountId);
  const least = minimumAt(minimum, terms.price, account.instrument);
  const taken = view.position.executed.add(view.position.working);
  const lotsUpTo = (end: Decimal): Quantity => toLots(end.sub(taken), rate, lot);
  const rest = lotsUpTo(view.parent.orderQty);
  if (rest.lt(least)) {
    if (isDust(view, [outlet])) draft.complete('dust');
    else draft.hold('BELOW_MINIMUM');
    return false;
  }
  const cap = childCap(view, outlet, terms.price);
  if (cap !== null && cap.most.lt(least)) {
    draft.hold(cap.reason);
    return true;
  }
  const most = cap === null ? rest : (Dec.min(rest, cap.most) as Quantity);
  const wanted = lotsUpTo(sliceEnd(view, (end) => lotsUpTo(end).gte(least)));
  const dealt = withoutStub(wanted, { rest, cap: most, minimum: least, lot });
  // under a cap of less than two children no stub can be avoided: what it allows is sent, rather than nothing for ever
  const orderQty = dealt.isZero() ? most : dealt;
  draft.place({ accountId: account.accountId, purpose: 'slice', ...terms, orderQty });
  return false;
}

function sliceTerms(view: View, { account, touch }: Outlet, limitPrice: Price | null): LimitTerms | null {
  if (touch === null) return null;
  if (limitPrice !== null) return limitTerms(view, account, touch, limitPrice);
  const price = clipPrice(view, account, touch, view.parent.params.activeLimit);
  return price === null ? null : { price, timeInForce: 'gtx' };
}

/** A slice that its account does not get out binds the order to it no longer than a taker would (algorithms.md 4.9). */
function takeBackUnsent({ position, now, parent }: View, draft: Draft): void {
  for (const { child } of position.open) {
    const patientUntil = child.createdAt + parent.settings.takerPatienceMs;
    if (child.status !== 'pending') continue;
    if (now < patientUntil) draft.wakeAt(patientUntil);
    else draft.cancel(child, 'unsent', 'necessary');
  }
}

/**
 * Where the slice that is due ends, in the target token: the first end that leaves a child's worth before it, at the
 * price that the child will have.
 */
function sliceEnd(view: View, isWorthAChild: (end: Decimal) => boolean): Decimal {
  const { parent, seed, minimumValue, account } = view;
  const whole = parent.orderQty as Quantity;
  const step = parent.sizing === 'quote' || account === null ? QUOTE_STEP : account.instrument.lot;
  const count = icebergCount(whole, parent.params.orderSlices ?? 1, minimumValue);
  let left = whole;
  let end: Decimal = ZERO;
  for (let index = 0; index < count; index += 1) {
    const size = icebergSlice(left, count, index, step, new Dec(draw(seed, 'iceberg', index)));
    left = left.sub(size) as Quantity;
    end = end.add(size);
    if (isWorthAChild(end)) return end;
  }
  return whole;
}

/**
 * An iceberg stays on the account where a slice of it is open or was filled: once it has one, no other account counts,
 * neither for its market nor for its refusals (algorithms.md 4.10).
 */
export function onItsAccount(parent: ExecutionParent): ExecutionParent {
  if (parent.algorithm !== 'iceberg' || parent.accounts.length < 2) return parent;
  let newest: ExecutionChild | null = null;
  for (const child of parent.children) {
    const binds = child.status !== 'closed' || !child.cumQty.isZero();
    if (binds && (newest === null || child.sequence > newest.sequence)) newest = child;
  }
  return newest === null ? parent : { ...parent, accounts: [newest.accountId] };
}

/**
 * Where a slice goes, best first: to the account with the best price to trade at now. One whose minimum child is more than
 * what is left comes last, one that cannot be traded on comes late, and one that lacks balance or has refused before, which
 * the refusals of all then end, after those that may yet do it.
 */
function rankedOutlets(view: View): readonly Outlet[] {
  if (view.outlets.length < 2) return view.outlets;
  const isBuy = view.parent.side === 'buy';
  const ranked = view.outlets.map((outlet) => ({
    outlet,
    isTooBig: Number(isTooMuchFor(view, outlet)),
    isShut: Number(outlet.blocked !== null || outlet.touch === null),
    isPoor: Number(lacksBalance(view, outlet)),
    refusals: refusalsRunning(view.parent, outlet.account.accountId),
    cost: (isBuy ? outlet.touch?.ask : outlet.touch?.bid.neg()) ?? ZERO,
  }));
  ranked.sort(
    (a, b) =>
      a.isTooBig - b.isTooBig ||
      a.isShut - b.isShut ||
      a.isPoor - b.isPoor ||
      a.refusals - b.refusals ||
      a.cost.comparedTo(b.cost),
  );
  return ranked.map(({ outlet }) => outlet);
}

/**
 * A slice that rests at another price, or in another way, than the limit price of now asks for goes there: the price was
 * amended. One that is post-only follows the book as far as the limit lets it.
 */
function keepAtLimit(view: View, draft: Draft, child: ExecutionChild, limitPrice: Price): void {
  const { account, touch } = view;
  const terms = account === null || touch === null ? null : limitTerms(view, account, touch, limitPrice);
  if (account === null || terms === null || draft.isLeaving(child) || isAmending(child)) return;
  if (terms.timeInForce === 'gtx' && child.timeInForce === 'gtx') return keepPostOnly(view, draft, child, limitPrice);
  const isAlike = terms.timeInForce === child.timeInForce;
  if (isAlike && terms.price.eq(child.price)) return;
  const at = mayRePegAt(view, child, false);
  if (at > view.now) return draft.wakeAt(at);
  if (waitsForBudget(view, draft)) return;
  if (!isAlike) return draft.cancel(child, 're_peg', 'normal');
  const left = toToken(child.orderQty.sub(child.cumQty) as Quantity, view.token.rate(child.price, account.accountId));
  moveChild(view, draft, child, terms.price, { room: left, rest: left });
}

/** Moves a slice without a limit price as any resting clip. */
function follow(view: View, draft: Draft, child: ExecutionChild): void {
  const { account, touch } = view;
  const { activeLimit } = view.parent.params;
  if (account === null || touch === null || draft.isLeaving(child) || isAmending(child)) return;
  const price = clipPrice(view, account, touch, activeLimit);
  const at = mayRePegAt(view, child, activeLimit);
  if (activeLimit) draft.wakeAt(Math.max(at, view.now + view.parent.settings.activeLimitRestMs * view.loadFactor));
  if (price === null || !wantsRePeg(view, account, touch, child, price)) return;
  if (at > view.now) return draft.wakeAt(at);
  if (waitsForBudget(view, draft)) return;
  const left = toToken(child.orderQty.sub(child.cumQty) as Quantity, view.token.rate(child.price, account.accountId));
  moveChild(view, draft, child, price, { room: left, rest: left });
}
