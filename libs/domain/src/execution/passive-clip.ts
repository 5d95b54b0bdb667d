import { Dec, floorTo, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import { exactShare } from '../trajectory/curve.js';
import { childCap } from './child-caps.js';
import type { AccountMarket, ChildPurpose, Intent } from './contract.js';
import type { Draft } from './draft.js';
import { signedDraw } from './draw.js';
import { minimumAt, withoutStub } from './minimum-child.js';
import { isUncrossed, moreAggressive, passivePrice, type Touch } from './passive-price.js';
import { withinCollar } from './price-protection.js';
import { toLots } from './position.js';
import type { View } from './view.js';

const SIZE_JITTER = 0.2;
const OF_DISPLAYED = new Dec('0.25');

/** What one resting clip may be, in the target token. */
export interface ClipBounds {
  readonly nominalSlice: Decimal;
  /** Room under the ceiling for the new child. */
  readonly room: Decimal;
  /** Q - X - W. */
  readonly rest: Decimal;
  /** Exactly one minimum child, past the ceiling (the exception of algorithms.md 3). */
  readonly minimumOnly: boolean;
}

/**
 * Price of a clip on the touch of the view's account (algorithms.md 4.2), inside the account's price collar. Under a
 * reverse limit no better than L; null when that would cross the book (4.6).
 */
export function clipPrice(view: View, account: AccountMarket, touch: Touch, atMid: boolean): Price | null {
  const { side, params } = view.parent;
  const { limitPrice, isReverseLimit, passiveness } = params;
  const { tick } = account.instrument;
  const price = passivePrice(touch, {
    side,
    tick,
    sigma5Bps: account.sigmaBps.s5,
    passiveness,
    atMid,
    limitPrice: isReverseLimit ? null : limitPrice,
  });
  const inside = withinCollar(side, price, account.priceCollar, tick);
  if (!isReverseLimit || limitPrice === null) return inside;
  const worse = moreAggressive(side, limitPrice, tick);
  const bounded = (side === 'buy' ? Dec.max(inside, worse) : Dec.min(inside, worse)) as Price;
  const isAllowed = withinCollar(side, bounded, account.priceCollar, tick).eq(bounded);
  return isAllowed && isUncrossed(side, bounded, touch) ? bounded : null;
}

/**
 * Places one post-only clip on the view's account, sized by algorithms.md 4.1; null when not even a minimum child fits.
 * The draw of the size comes before the caps, so that it never leaves the band.
 */
export function placeClip(
  view: View,
  draft: Draft,
  price: Price,
  bounds: ClipBounds,
  purpose: Extract<ChildPurpose, 'clip' | 'finisher'>,
): Extract<Intent, { kind: 'place' }> | null {
  const { account, outlet } = view;
  if (account === null || outlet === null) return null;
  const { lot } = account.instrument;
  const rate = view.token.rate(price, account.accountId);
  const minimum = minimumAt(view.minimum, price, account.instrument);
  const rest = toLots(bounds.rest, rate, lot);
  const room = bounds.minimumOnly ? minimum : toLots(bounds.room, rate, lot);
  const outside = childCap(view, outlet, price);
  if (outside !== null && outside.most.lt(minimum)) {
    draft.hold(outside.reason);
    return null;
  }
  const cap = Dec.min(
    displayedCap(view, account, minimum),
    clipCap(view, draft, price, minimum, lot) ?? rest,
    room,
    outside?.most ?? rest,
  ) as Quantity;
  const jitter = exactShare(1 + SIZE_JITTER * signedDraw(view.seed, 'size', draft.nextSequence));
  const wanted = Dec.max(toLots(bounds.nominalSlice.mul(jitter), rate, lot), minimum) as Quantity;
  const orderQty = withoutStub(wanted, { rest, cap, minimum, lot });
  if (orderQty.isZero()) return null;
  return draft.place({ accountId: account.accountId, purpose, timeInForce: 'gtx', price, orderQty });
}

/** A quarter of what is displayed at our touch, at least m. */
function displayedCap(view: View, account: AccountMarket, minimum: Quantity): Quantity {
  const level = view.parent.side === 'buy' ? account.bids[0] : account.asks[0];
  return Dec.max(minimum, level === undefined ? minimum : level.qty.mul(OF_DISPLAYED)) as Quantity;
}

/** The client's largest clip, null without one; raised to m, and said so, when it lies below. */
function clipCap(view: View, draft: Draft, price: Price, minimum: Quantity, lot: Quantity): Quantity | null {
  const { maxClipNotional } = view.parent.params;
  if (maxClipNotional === null) return null;
  const largest = floorTo(maxClipNotional.div(price) as Quantity, lot);
  if (largest.gte(minimum)) return largest;
  draft.annotate({ kind: 'clip_raised', from: largest, to: minimum });
  return minimum;
}
