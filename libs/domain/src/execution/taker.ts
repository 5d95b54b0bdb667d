import { Dec, ZERO, ZERO_QUANTITY, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import type { HoldReason } from './contract.js';
import type { Draft } from './draft.js';
import { exposureLots } from './exposure-lots.js';
import { withoutStub } from './minimum-child.js';
import { rests, toLots, toToken } from './position.js';
import { collarBps, hasJumped, takerWorstPrice, visibleDepth } from './price-protection.js';
import type { View } from './view.js';

/** Bounds of one taker, in the target token. */
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

export type TakerPlan =
  | { readonly kind: 'send'; readonly price: Price; readonly orderQty: Quantity; readonly clearsFirst: boolean }
  /** It would fit once the resting children are gone, or beside them once the ceiling is at `fitsAt`. */
  | { readonly kind: 'clear'; readonly fitsAt: Decimal }
  /** `fitsAt`: the ceiling at which it would fit; null where the ceiling is not what stops it. */
  | { readonly kind: 'hold'; readonly reason: HoldReason; readonly fitsAt: Decimal | null };

const hold = (reason: HoldReason): TakerPlan => ({ kind: 'hold', reason, fitsAt: null });

/** True while some taker of the order is not closed: no other is sent beside it. */
export function hasOpenTaker(view: View): boolean {
  return view.position.open.some(({ child }) => !rests(child));
}

/** When the newest taker was decided; null before the first. */
export function lastTakerAt(view: View): number | null {
  let latest: number | null = null;
  for (const child of view.parent.children)
    if (!rests(child) && (latest === null || child.createdAt > latest)) latest = child.createdAt;
  return latest;
}

/**
 * Sizes and prices one immediate-or-cancel child that should bring `wanted` (target token), inside collar,
 * limit, visible depth, ceiling and lots (algorithms.md 4.5, 4.6).
 */
export function planTaker(view: View, wanted: Decimal, bounds: TakerBounds, inFinisher: boolean): TakerPlan {
  const { account, touch, parent, position, minimum } = view;
  if (account === null || touch === null) return hold(view.blocked ?? 'STALE_DATA');
  const { side, params, settings } = parent;
  if (view.refusals.kind === 'wait' && view.refusals.reason === 'VENUE_BACKOFF') return hold('VENUE_BACKOFF');
  if (hasOpenTaker(view)) return hold('LIVE_CHILD');
  if (hasJumped(touch, account.medianMid, settings.priceJumpRatio)) return hold('PRICE_JUMP');
  const { tick, lot } = account.instrument;
  const collar = collarBps(touch, account.sigmaBps.s10, inFinisher);
  const price = takerWorstPrice(touch, { side, tick, collarBps: collar, limitPrice: params.limitPrice });
  if (price === null) return hold('COLLAR');
  const depth = visibleDepth(side, side === 'buy' ? account.asks : account.bids, price);
  if (depth.lt(minimum)) return hold('DEPTH');

  const rate = view.token.rate(price, account.accountId);
  const pace = bounds.pace === null ? null : toLots(bounds.pace, rate, lot);
  if (pace !== null && pace.lt(minimum)) return hold('PACE');
  const goal = Dec.max(toLots(wanted, rate, lot), minimum) as Quantity;
  const restingQty = position.open.reduce<Decimal>(
    (sum, { child }) => (rests(child) ? sum.add(child.orderQty).sub(child.cumQty) : sum),
    ZERO,
  );
  const sizeBeside = (working: Decimal): Quantity => {
    const used = position.executed.add(working);
    const rest = toLots(bounds.orderQty.sub(used), rate, lot);
    const room = roomBeside(view, used, working, bounds, rate, lot);
    const freed = working.eq(position.working) ? ZERO : restingQty;
    const cap = Dec.min(depth, room, pace ?? depth, exposureLots(view, lot, freed) ?? room) as Quantity;
    return withoutStub(goal, { rest, cap, minimum, lot });
  };

  // a minimum child, or the whole rest where that would leave a stub
  const fitsAt = (working: Decimal): Decimal => {
    const used = position.executed.add(working);
    const rest = toLots(bounds.orderQty.sub(used), rate, lot);
    return used.add(toToken(rest.lt(minimum.mul(2)) ? rest : minimum, rate));
  };

  const resting = position.open.reduce((sum, { child, value }) => (rests(child) ? sum.add(value) : sum), ZERO);
  const alone = sizeBeside(position.working.sub(resting));
  if (alone.isZero()) return { kind: 'hold', reason: 'CEILING', fitsAt: fitsAt(position.working.sub(resting)) };
  if (resting.isZero()) return { kind: 'send', price, orderQty: alone, clearsFirst: false };
  const beside = sizeBeside(position.working);
  return beside.isZero()
    ? { kind: 'clear', fitsAt: fitsAt(position.working) }
    : { kind: 'send', price, orderQty: beside, clearsFirst: true };
}

function roomBeside(
  view: View,
  used: Decimal,
  working: Decimal,
  bounds: TakerBounds,
  rate: Decimal | null,
  lot: Quantity,
): Quantity {
  const room = toLots(bounds.ceiling.sub(used), rate, lot);
  if (room.gte(view.minimum) || !bounds.minimumMayPass || !working.isZero()) return room;
  return bounds.orderQty.sub(used).lt(view.minimumValue) ? ZERO_QUANTITY : view.minimum;
}

/** When to try again what the market or the venue did not allow; rooms, paces and open takers wake elsewhere. */
export function wakeAfterHold(view: View, draft: Draft, reason: HoldReason): void {
  const { retryMs, priceJumpWaitMs } = view.parent.settings;
  if (reason === 'VENUE_BACKOFF' && view.refusals.kind === 'wait') draft.wakeAt(view.refusals.until);
  else if (reason === 'PRICE_JUMP') draft.wakeIn(priceJumpWaitMs);
  else if (reason === 'COLLAR' || reason === 'DEPTH' || reason === 'STALE_DATA') draft.wakeIn(retryMs);
}
