import { Dec, type Quantity } from '../numeric/decimal.js';
import { activeMs } from '../trajectory/active-time.js';
import { epochMs } from '../time/clock.js';
import type { ExecutionChild, Interval } from './contract.js';
import type { Draft } from './draft.js';
import { rests, toLots } from './position.js';
import { hasJumped, takerWorstPrice } from './price-protection.js';
import { waitsAfterRefusal } from './resting.js';
import { hasOpenTaker, lastTakerAt } from './taker.js';
import { remainderOf, type View } from './view.js';

/**
 * A market order (algorithms.md 4.10): one immediate-or-cancel child for all that is left, 300 bps beyond
 * the touch at worst, sent again a few times within ten seconds; then the order ends with what it has.
 */
export function workMarketOrder(view: View, draft: Draft): void {
  const { parent, now, account, touch } = view;
  const { settings, params, side } = parent;
  const takers = parent.children.filter((child) => !rests(child));
  if (hasOpenTaker(view)) return draft.hold('LIVE_CHILD');
  if (takers.length > settings.maxMarketReissues) return draft.complete('ioc_end');
  const idle = idleMs(view, takers);
  if (idle >= settings.marketWindowMs) return draft.complete('ioc_end');
  if (takers.length > 0) draft.wakeIn(settings.marketWindowMs - idle);
  if (view.blocked !== null || account === null || touch === null) return;
  if (waitsAfterRefusal(view, draft)) return;
  const again = nextTryAt(view, takers);
  if (again > now) {
    draft.hold('PACE');
    return draft.wakeAt(again);
  }
  // the wait is counted from the activation, so that a lasting move cannot keep the order from trading
  const settled = parent.activatedAt + settings.priceJumpWaitMs;
  if (now < settled && hasJumped(touch, account.medianMid, settings.priceJumpRatio)) {
    draft.hold('PRICE_JUMP');
    return draft.wakeAt(settled);
  }
  const { tick, lot } = account.instrument;
  const price = takerWorstPrice(touch, {
    side,
    tick,
    collarBps: new Dec(settings.marketCollarBps),
    limitPrice: params.limitPrice,
  });
  if (price === null) {
    draft.hold('COLLAR');
    return draft.wakeIn(settings.retryMs);
  }
  const left = remainderOf(view).sub(view.position.working);
  const orderQty: Quantity = toLots(left, view.token.rate(price, account.accountId), lot);
  if (orderQty.gte(view.minimum)) {
    draft.place({ accountId: account.accountId, purpose: 'market', timeInForce: 'ioc', price, orderQty });
    return;
  }
  if (view.position.open.length === 0) return draft.complete('dust');
  draft.hold('BELOW_MINIMUM');
}

/** Active time since the first child in which none was at the venue: time in unknown is not held against it. */
function idleMs(view: View, takers: readonly ExecutionChild[]): number {
  if (takers.length === 0) return 0;
  const first = Math.min(...takers.map((child) => child.createdAt));
  const atVenue = takers.map((child): Interval => ({
    from: child.createdAt,
    to: child.status === 'closed' ? epochMs(Math.max(child.createdAt, child.closedAt ?? child.createdAt)) : null,
  }));
  return activeMs(epochMs(first), view.now, [...view.parent.paused, ...atVenue]);
}

/** A child that filled something is followed at once, one that filled nothing after a second. */
function nextTryAt(view: View, takers: readonly ExecutionChild[]): number {
  const last = lastTakerAt(view);
  if (last === null) return view.now;
  const newest = takers.reduce((a, b) => (b.sequence > a.sequence ? b : a));
  const { minWakeGapMs, retryMs } = view.parent.settings;
  return last + (newest.cumQty.isZero() ? retryMs : minWakeGapMs);
}
