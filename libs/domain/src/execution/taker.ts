import { Dec, ZERO, ZERO_QUANTITY, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import type { AccountId } from '../parent-order/ids.js';
import { childCap } from './child-caps.js';
import type { ChildPurpose, HoldReason } from './contract.js';
import type { Draft } from './draft.js';
import { withoutStub } from './minimum-child.js';
import { takingOutlets } from './outlets.js';
import { rests, toLots, toToken } from './position.js';
import { offersOf, sweep, type OfferRules, type SweptOffer } from './sweep.js';
import { viewAt, withoutChildren, withPlaced, type Outlet, type View } from './view.js';

/** Bounds of the takers of one decision, in the target token. */
export interface TakerBounds {
  /** Executed plus working may reach this. */
  readonly ceiling: Decimal;
  /** True when a single minimum child may pass the ceiling (the exception of algorithms.md 3). */
  readonly minimumMayPass: boolean;
  /** Q: nothing passes it. */
  readonly orderQty: Decimal;
  /** What the pace of takers leaves; null without such a cap. */
  readonly pace: Decimal | null;
}

/** What differs from one kind of taker to another. */
export interface TakerRules extends Pick<OfferRules, 'inFinisher'> {
  /** Accounts that it may be sent to. Default all that may be taken on. */
  readonly outlets?: readonly Outlet[];
}

/** One immediate-or-cancel child on one account. */
export interface TakerChild {
  readonly accountId: AccountId;
  readonly price: Price;
  readonly orderQty: Quantity;
}

export type TakerPlan =
  | { readonly kind: 'send'; readonly children: readonly TakerChild[] }
  /** It would fit once the resting children are gone, or beside them once the ceiling is at `fitsAt`. */
  | { readonly kind: 'clear'; readonly fitsAt: Decimal | null }
  /** `fitsAt`: the ceiling at which it would fit; null where the ceiling is not what stops it. */
  | { readonly kind: 'hold'; readonly reason: HoldReason; readonly fitsAt: Decimal | null };

const hold = (reason: HoldReason): TakerPlan => ({ kind: 'hold', reason, fitsAt: null });

/** True while some taker of the order is not closed. */
export function hasOpenTaker(view: View): boolean {
  return view.position.open.some(({ child }) => !rests(child));
}

/**
 * True while a taker is under way: no other is sent beside it. One without an outcome for longer than any round trip
 * counts in W, and keeps its own account back, but not the others (algorithms.md 4.9).
 */
export function awaitsTaker({ position, now, parent }: View): boolean {
  return position.open.some(({ child }) => !rests(child) && now < child.createdAt + parent.settings.takerPatienceMs);
}

/** Those of `outlets` on whose account no taker is open. */
export function withoutOpenTaker({ position }: View, outlets: readonly Outlet[]): readonly Outlet[] {
  return outlets.filter(
    ({ account }) => !position.open.some(({ child }) => !rests(child) && child.accountId === account.accountId),
  );
}

/**
 * Loses patience with takers in time. What did not leave us is taken back: the gateway is away, the account may not
 * trade, or has no budget; its price is that of a book that is stale by now (algorithms.md 4.6, 4.11).
 */
export function cancelUnsentTakers({ position, now, parent }: View, draft: Draft): void {
  for (const { child } of position.open) {
    if (rests(child)) continue;
    const patientUntil = child.createdAt + parent.settings.takerPatienceMs;
    if (now < patientUntil) draft.wakeAt(patientUntil);
    else if (child.status === 'pending') draft.cancel(child, 'unsent', 'necessary');
  }
}

/** When the newest taker was decided; null before the first. */
export function lastTakerAt(view: View): number | null {
  let latest: number | null = null;
  for (const child of view.parent.children)
    if (!rests(child) && (latest === null || child.createdAt > latest)) latest = child.createdAt;
  return latest;
}

/**
 * Sizes and prices the immediate-or-cancel children that should bring `wanted` (target token): over all accounts in
 * the order of price with fee, inside collar, limit, visible depth, ceiling and lots (algorithms.md 4.5, 4.6, 4.9).
 */
export function planTaker(view: View, wanted: Decimal, bounds: TakerBounds, rules: TakerRules): TakerPlan {
  if (view.blocked !== null) return hold(view.blocked);
  const open = rules.outlets ?? takingOutlets(view);
  if (open.length === 0) return hold('VENUE_BACKOFF');
  const outlets = withoutOpenTaker(view, open);
  if (awaitsTaker(view) || outlets.length === 0) return hold('LIVE_CHILD');
  const resting = view.position.open.filter(({ child }) => rests(child));
  const alone = attempt(withoutChildren(view, resting), outlets, wanted, bounds, rules);
  if (typeof alone === 'string') return hold(alone);
  if (alone.children.length === 0) return { kind: 'hold', reason: 'CEILING', fitsAt: alone.fitsAt };
  if (resting.length === 0) return { kind: 'send', children: alone.children };
  const beside = attempt(view, outlets, wanted, bounds, rules);
  if (typeof beside === 'string') return { kind: 'clear', fitsAt: null };
  return beside.children.length === 0
    ? { kind: 'clear', fitsAt: beside.fitsAt }
    : { kind: 'send', children: beside.children };
}

/** The children that fit, and the ceiling at which one would; the reason where the ceiling is not what stops them. */
function attempt(
  view: View,
  outlets: readonly Outlet[],
  wanted: Decimal,
  bounds: TakerBounds,
  rules: TakerRules,
): { readonly children: readonly TakerChild[]; readonly fitsAt: Decimal } | HoldReason {
  const found = offersOf(view, outlets, rules);
  if (typeof found === 'string') return found;
  const affordsPace = ({ outlet, rate }: SweptOffer): boolean =>
    bounds.pace === null || toLots(bounds.pace, rate, outlet.account.instrument.lot).gte(outlet.minimum);
  const offers = sweep(view, found, wanted).filter(affordsPace);
  const [first] = offers;
  if (first === undefined) return 'PACE';
  return { children: childrenOf(view, offers, bounds), fitsAt: fitsAt(view, first, bounds) };
}

/** Places the children of a plan; answers with the view in which they work. */
export function sendTakers(
  view: View,
  draft: Draft,
  children: readonly TakerChild[],
  purpose: Extract<ChildPurpose, 'catch_up' | 'timed' | 'finisher' | 'market' | 'ioc'>,
): View {
  let after = view;
  for (const child of children) after = withPlaced(after, draft.place({ ...child, purpose, timeInForce: 'ioc' }));
  return after;
}

/** One child per offer; what an account cannot take goes on to the next. */
function childrenOf(view: View, offers: readonly SweptOffer[], bounds: TakerBounds): readonly TakerChild[] {
  const children: TakerChild[] = [];
  let [now, pace, carry] = [view, bounds.pace, ZERO];
  for (const offer of offers) {
    const here = viewAt(now, offer.outlet);
    const goal = offer.wanted.add(carry);
    const orderQty = sizeOf(here, offer, goal, { ...bounds, pace });
    const value = toToken(orderQty, offer.rate);
    carry = Dec.max(ZERO, goal.sub(value));
    if (orderQty.isZero()) continue;
    const child = { accountId: offer.outlet.account.accountId, price: offer.price, orderQty };
    children.push(child);
    if (pace !== null) pace = pace.sub(value);
    now = withPlaced(now, { ...child, sequence: 0, purpose: 'catch_up', timeInForce: 'ioc', reduceOnly: false });
  }
  return children;
}

function sizeOf(view: View, offer: SweptOffer, wanted: Decimal, bounds: TakerBounds): Quantity {
  const { rate, outlet, price } = offer;
  const { minimum } = outlet;
  // what an earlier child of the same decision takes of the order's caps is no longer there for this one
  const depth = Dec.min(offer.depth, childCap(view, outlet, price)?.most ?? offer.depth) as Quantity;
  const { lot } = outlet.account.instrument;
  const used = view.position.executed.add(view.position.working);
  const rest = toLots(bounds.orderQty.sub(used), rate, lot);
  const room = roomBeside(view, used, bounds, rate, lot);
  const pace = bounds.pace === null ? depth : toLots(bounds.pace, rate, lot);
  const goal = Dec.max(toLots(wanted, rate, lot), minimum) as Quantity;
  return withoutStub(goal, { rest, cap: Dec.min(depth, room, pace) as Quantity, minimum, lot });
}

/** The ceiling for a minimum child, or for the whole rest where that would leave a stub. */
function fitsAt(view: View, { outlet, rate }: SweptOffer, bounds: TakerBounds): Decimal {
  const used = view.position.executed.add(view.position.working);
  const rest = toLots(bounds.orderQty.sub(used), rate, outlet.account.instrument.lot);
  return used.add(toToken(rest.lt(outlet.minimum.mul(2)) ? rest : outlet.minimum, rate));
}

function roomBeside(view: View, used: Decimal, bounds: TakerBounds, rate: Decimal | null, lot: Quantity): Quantity {
  const room = toLots(bounds.ceiling.sub(used), rate, lot);
  if (room.gte(view.minimum) || !bounds.minimumMayPass || !view.position.working.isZero()) return room;
  return bounds.orderQty.sub(used).lt(view.minimumValue) ? ZERO_QUANTITY : view.minimum;
}

/** When to try again what the market or the venue did not allow; rooms, paces and open takers wake elsewhere. */
export function wakeAfterHold(view: View, draft: Draft, reason: HoldReason): void {
  const { retryMs, priceJumpWaitMs } = view.parent.settings;
  if (reason === 'VENUE_BACKOFF') {
    for (const { wait } of view.outlets) if (wait?.reason === 'VENUE_BACKOFF') draft.wakeAt(wait.until);
  } else if (reason === 'PRICE_JUMP') draft.wakeIn(priceJumpWaitMs);
  else if (reason === 'COLLAR' || reason === 'DEPTH' || reason === 'STALE_DATA') draft.wakeIn(retryMs);
}
