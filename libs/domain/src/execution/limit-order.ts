import type { Price } from '../numeric/decimal.js';
import type { AccountMarket, ExecutionChild } from './contract.js';
import type { Draft } from './draft.js';
import { mayRest } from './blockage.js';
import { cancelBeyondLimit } from './ceiling.js';
import { withoutStub } from './minimum-child.js';
import { lessAggressive, withinLimit, type Touch } from './passive-price.js';
import { rests, toLots } from './position.js';
import { mayRePegAt, wantsRePeg } from './re-peg.js';
import { waitsAfterRefusal } from './resting.js';
import { remainderOf, type View } from './view.js';

/**
 * A limit order (algorithms.md 4.10): one child at L, good till cancelled, put back when the venue drops
 * it. Under `passive_only` it is post-only and rests one tick from the opposite touch while L would cross.
 */
export function workLimitOrder(view: View, draft: Draft): void {
  const { parent, account, touch, position, minimum } = view;
  const { limitPrice, passiveOnly } = parent.params;
  if (limitPrice === null) throw new RangeError(`Order ${parent.id}: a limit order needs a limit price, had none`);
  cancelBeyondLimit(view, draft);
  cancelExcess(view, draft);
  if (view.blocked !== null || account === null || touch === null) return;
  if (!mayRest(view)) {
    draft.hold('BUDGET');
    return draft.wakeIn(parent.settings.retryMs * view.loadFactor);
  }
  const price = restingPrice(view, account, touch, limitPrice);
  const live = position.open.find(({ child }) => rests(child));
  if (live !== undefined) {
    draft.hold('LIVE_CHILD');
    if (passiveOnly) movePostOnly(view, draft, account, touch, live.child, price);
    return;
  }
  if (waitsAfterRefusal(view, draft) || waitsAfterDrop(view, draft)) return;
  const { lot } = account.instrument;
  const rest = toLots(remainderOf(view).sub(position.working), view.token.rate(price, account.accountId), lot);
  const orderQty = withoutStub(rest, { rest, cap: rest, minimum, lot });
  if (orderQty.isZero()) {
    if (position.open.length === 0) return draft.complete('dust');
    return draft.hold('BELOW_MINIMUM');
  }
  draft.place({
    accountId: account.accountId,
    purpose: 'limit',
    timeInForce: passiveOnly ? 'gtx' : 'gtc',
    price,
    orderQty,
  });
}

/** L on the tick; a post-only child never crosses the book it was decided on. */
function restingPrice(view: View, account: AccountMarket, touch: Touch, limitPrice: Price): Price {
  const { side, params } = view.parent;
  const { tick } = account.instrument;
  const uncrossed = side === 'buy' ? touch.ask.sub(tick) : touch.bid.add(tick);
  return params.passiveOnly
    ? withinLimit(side, uncrossed as Price, limitPrice, tick)
    : lessAggressive(side, limitPrice, tick);
}

function movePostOnly(
  view: View,
  draft: Draft,
  account: AccountMarket,
  touch: Touch,
  child: ExecutionChild,
  price: Price,
): void {
  if (draft.isLeaving(child) || !wantsRePeg(view, account, touch, child, price)) return;
  const at = mayRePegAt(view, child, false);
  if (at > view.now) draft.wakeAt(at);
  else draft.cancel(child, 're_peg', 'normal');
}

/** After an amendment to a smaller quantity: more is working than the order still wants. */
function cancelExcess(view: View, draft: Draft): void {
  if (view.position.working.lte(remainderOf(view))) return;
  for (const { child } of view.position.open) draft.cancel(child, 'ceiling', 'necessary');
}

/** A child that the venue dropped comes back after a moment, so that two sides do not spin. */
function waitsAfterDrop(view: View, draft: Draft): boolean {
  const { children, settings } = view.parent;
  let newest: ExecutionChild | null = null;
  for (const child of children) if (newest === null || child.sequence > newest.sequence) newest = child;
  if (newest === null || newest.closeReason === 'filled' || newest.cancelRequestedAt !== null) return false;
  const until = Math.min(view.now, newest.closedAt ?? newest.createdAt) + settings.retryMs;
  if (until <= view.now) return false;
  draft.hold('VENUE_BACKOFF');
  draft.wakeAt(until);
  return true;
}
