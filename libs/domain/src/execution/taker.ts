import { Dec, ZERO, ZERO_QUANTITY, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import type { HoldReason } from './contract.js';
import { withoutStub } from './minimum-child.js';
import { rests, toLots } from './position.js';
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
  /** It would fit once the resting children are gone. */
  | { readonly kind: 'clear' }
  | { readonly kind: 'hold'; readonly reason: HoldReason };

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
  if (account === null || touch === null) return { kind: 'hold', reason: view.blocked ?? 'STALE_DATA' };
  const { side, params, settings } = parent;
  if (view.refusals.kind === 'wait' && view.refusals.reason === 'VENUE_BACKOFF')
    return { kind: 'hold', reason: 'VENUE_BACKOFF' };
  if (hasOpenTaker(view)) return { kind: 'hold', reason: 'LIVE_CHILD' };
  if (hasJumped(touch, account.medianMid, settings.priceJumpRatio)) return { kind: 'hold', reason: 'PRICE_JUMP' };
  const { tick, lot } = account.instrument;
  const collar = collarBps(touch, account.sigmaBps.s10, inFinisher);
  const price = takerWorstPrice(touch, { side, tick, collarBps: collar, limitPrice: params.limitPrice });
  if (price === null) return { kind: 'hold', reason: 'COLLAR' };
  const depth = visibleDepth(side, side === 'buy' ? account.asks : account.bids, price);
  if (depth.lt(minimum)) return { kind: 'hold', reason: 'DEPTH' };

  const rate = view.token.rate(price, account.accountId);
  const pace = bounds.pace === null ? null : toLots(bounds.pace, rate, lot);
  if (pace !== null && pace.lt(minimum)) return { kind: 'hold', reason: 'PACE' };
  const goal = Dec.max(toLots(wanted, rate, lot), minimum) as Quantity;
  const sizeBeside = (working: Decimal): Quantity => {
    const used = position.executed.add(working);
    const rest = toLots(bounds.orderQty.sub(used), rate, lot);
    const room = roomBeside(view, used, working, bounds, rate, lot);
    const cap = Dec.min(depth, room, pace ?? depth) as Quantity;
    return withoutStub(goal, { rest, cap, minimum, lot });
  };

  const resting = position.open.reduce((sum, { child, value }) => (rests(child) ? sum.add(value) : sum), ZERO);
  const alone = sizeBeside(position.working.sub(resting));
  if (alone.isZero()) return { kind: 'hold', reason: 'CEILING' };
  if (resting.isZero()) return { kind: 'send', price, orderQty: alone, clearsFirst: false };
  const beside = sizeBeside(position.working);
  return beside.isZero() ? { kind: 'clear' } : { kind: 'send', price, orderQty: beside, clearsFirst: true };
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
