import { ZERO, type Decimal } from '../numeric/decimal.js';
import type { ExecutionChild } from './contract.js';
import type { Draft } from './draft.js';
import { rests, toToken } from './position.js';
import { NEVER_ARRIVED, isRefused, isUnsent } from './refusals.js';
import { ageMs, hasWaitedInVain, idleMs, sendNow } from './send-now.js';
import { hasOpenTaker, wakeAfterHold } from './taker.js';
import type { View } from './view.js';

/**
 * An IOC order (algorithms.md 4.10): once, what the market gives at the limit price, inside the collar of a market
 * order; the rest lapses. A child that no venue took on is no attempt: what it should have brought is sent again within ten
 * seconds, whatever other accounts took of the order.
 */
export function workIocOrder(view: View, draft: Draft): void {
  const { params, settings, children, id } = view.parent;
  if (params.limitPrice === null) throw new RangeError(`Order ${id}: an IOC order needs a limit price, had none`);
  if (hasOpenTaker(view)) return draft.hold('LIVE_CHILD');
  const takers = children.filter((child) => !rests(child));
  const untried = untriedOf(view, takers);
  if (untried?.isZero() === true) return draft.complete('ioc_end');
  const idle = idleMs(view, takers);
  if (idle >= settings.marketWindowMs) return draft.complete('ioc_end');
  if (takers.length > 0) draft.wakeIn(settings.marketWindowMs - idle);
  if (view.blocked !== null) return;
  if (hasWaitedInVain(view, takers)) return draft.complete('ioc_end');
  const reason = sendNow(view, draft, 'ioc', untried);
  if (reason === null) return;
  if (reason === 'COLLAR' || (reason !== 'PRICE_JUMP' && ageMs(view) >= settings.marketWindowMs))
    return draft.complete('ioc_end');
  draft.hold(reason);
  if (reason === 'VENUE_BACKOFF') wakeAfterHold(view, draft, reason);
  else draft.wakeIn(settings.retryMs);
}

/**
 * What is still to be tried, in the target token: of the newest children those that no venue took on. Null for all that is
 * left, while none was taken on by any.
 */
function untriedOf({ token }: View, takers: readonly ExecutionChild[]): Decimal | null {
  if (takers.every(isNoAttempt)) return null;
  const newest = Math.max(...takers.map(({ createdAt }) => createdAt));
  return takers
    .filter((child) => child.createdAt === newest && isNoAttempt(child))
    .reduce<Decimal>(
      (sum, { orderQty, price, accountId }) => sum.add(toToken(orderQty, token.rate(price, accountId))),
      ZERO,
    );
}

const isNoAttempt = (child: ExecutionChild): boolean =>
  child.cumQty.isZero() && (isRefused(child) || isUnsent(child) || child.closeCode === NEVER_ARRIVED);
