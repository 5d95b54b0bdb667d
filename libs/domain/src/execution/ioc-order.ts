import type { Draft } from './draft.js';
import { rests } from './position.js';
import { NEVER_ARRIVED, isRefused, isUnsent } from './refusals.js';
import { ageMs, hasWaitedInVain, idleMs, sendNow } from './send-now.js';
import { hasOpenTaker, wakeAfterHold } from './taker.js';
import type { View } from './view.js';

/**
 * An IOC order (algorithms.md 4.10): once, what the market gives at the limit price, inside the collar of a market
 * order; the rest lapses. A child that no venue took on is no attempt, and is sent again within ten seconds.
 */
export function workIocOrder(view: View, draft: Draft): void {
  const { params, settings, children, id } = view.parent;
  if (params.limitPrice === null) throw new RangeError(`Order ${id}: an IOC order needs a limit price, had none`);
  if (hasOpenTaker(view)) return draft.hold('LIVE_CHILD');
  const takers = children.filter((child) => !rests(child));
  const tried = takers.some(
    (child) => !child.cumQty.isZero() || !(isRefused(child) || isUnsent(child) || child.closeCode === NEVER_ARRIVED),
  );
  if (tried) return draft.complete('ioc_end');
  const idle = idleMs(view, takers);
  if (idle >= settings.marketWindowMs) return draft.complete('ioc_end');
  if (takers.length > 0) draft.wakeIn(settings.marketWindowMs - idle);
  if (view.blocked !== null) return;
  if (hasWaitedInVain(view, takers)) return draft.complete('ioc_end');
  const reason = sendNow(view, draft, 'ioc');
  if (reason === null) return;
  if (reason === 'COLLAR' || ageMs(view) >= settings.marketWindowMs) return draft.complete('ioc_end');
  draft.hold(reason);
  if (reason === 'VENUE_BACKOFF') wakeAfterHold(view, draft, reason);
  else draft.wakeIn(settings.retryMs);
}
