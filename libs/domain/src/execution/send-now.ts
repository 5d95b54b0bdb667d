import { Dec, ZERO, type Decimal, type Quantity } from '../numeric/decimal.js';
import { activeMs } from '../trajectory/active-time.js';
import { epochMs } from '../time/clock.js';
import { lastSeenAt } from './blockage.js';
import type { ExecutionChild, HoldReason, Interval } from './contract.js';
import type { Draft } from './draft.js';
import { isDust } from './dust.js';
import { takingOutlets } from './outlets.js';
import { toLots, toToken } from './position.js';
import { isUnsent } from './refusals.js';
import { offersOf, sweep, type Offer } from './sweep.js';
import { withoutOpenTaker } from './taker.js';
import { remainderOf, type View } from './view.js';

/**
 * Sends all that is left as immediate-or-cancel children at the collar of a market order, dealt to the accounts by
 * what their books show; what no book shows goes to the best of them. Null when sent, or when the order ended as dust, else what stands
 * against it.
 *
 * @param most the part of what is left that may be sent, in the target token; null for all of it
 */
export function sendNow(
  view: View,
  draft: Draft,
  purpose: 'market' | 'ioc',
  most: Decimal | null = null,
): HoldReason | null {
  const { settings, jumpedSince = null } = view.parent;
  // the wait is counted from where the jump was first seen, so that a lasting move cannot keep the order from trading
  const settled = (jumpedSince ?? view.now) + settings.priceJumpWaitMs;
  const open = takingOutlets(view);
  const outlets = withoutOpenTaker(view, open);
  if (outlets.length === 0) return open.length === 0 ? 'VENUE_BACKOFF' : 'LIVE_CHILD';
  const offers = offersOf(view, outlets, {
    collarBps: new Dec(settings.marketCollarBps),
    ignoresJump: view.now >= settled,
    ignoresDepth: true,
  });
  if (typeof offers === 'string') {
    if (offers !== 'PRICE_JUMP') return offers;
    if (jumpedSince === null) draft.annotate({ kind: 'jumped', since: view.now });
    draft.wakeAt(settled);
    return offers;
  }
  const rest = remainderOf(view).sub(view.position.working);
  const left = most === null ? rest : Dec.min(rest, most);
  const swept = sweep(view, offers, left);
  const others = offers.filter(({ outlet }) => !swept.some((one) => one.outlet === outlet));
  // what no book shows begins with the first; what an account may not take goes on to the next
  let carry = Dec.max(
    ZERO,
    swept.reduce<Decimal>((unseen, { wanted }) => unseen.sub(wanted), left),
  );
  let sent: Decimal = ZERO;
  const offered = [...swept, ...others.map((one) => ({ ...one, wanted: ZERO }))];
  for (const [index, offer] of offered.entries()) {
    const { account, minimum } = offer.outlet;
    const { lot } = account.instrument;
    const wanted = offer.wanted.add(carry);
    const fits = Dec.min(wanted, left.sub(sent));
    const whole = toLots(fits, offer.rate, lot);
    const isCapped = offer.most !== null && whole.gt(offer.most);
    const orderQty = isCapped ? cappedQty(offer, offer.most, left.sub(sent), offered.slice(index + 1)) : whole;
    carry = wanted;
    if (orderQty.lt(minimum)) continue;
    draft.place({ accountId: account.accountId, purpose, timeInForce: 'ioc', price: offer.price, orderQty });
    sent = sent.add(toToken(orderQty, offer.rate));
    carry = Dec.max(ZERO, wanted.sub(toToken(orderQty, offer.rate)));
  }
  if (!sent.isZero()) return null;
  // what keeps an account back at this moment may pass
  const tried = offers.map(({ outlet }) => outlet);
  if (most !== null || !isDust(view, tried)) return 'BELOW_MINIMUM';
  draft.complete('dust');
  return null;
}

/**
 * What its cap allows an account to take of `left`, so much less that what remains is enough for one of the `next`
 * (algorithms.md 1); all that it allows where that is too little for a child.
 */
function cappedQty({ outlet, rate }: Offer, most: Quantity, left: Decimal, next: readonly Offer[]): Quantity {
  const rest = left.sub(toToken(most, rate));
  const [first, ...others] = next.map((offer) => toToken(offer.outlet.minimum, offer.rate));
  if (first === undefined || rest.lte(ZERO)) return most;
  const least = Dec.min(first, ...others);
  if (rest.gte(least)) return most;
  const shrunk = toLots(left.sub(least), rate, outlet.account.instrument.lot);
  return shrunk.lt(outlet.minimum) ? most : shrunk;
}

/**
 * Active time since the order began in which no child was at the venue: time in unknown is not held against it. Counted
 * from the first child where that came after the window: what kept it back that long gives it the window anew.
 */
export function idleMs(view: View, takers: readonly ExecutionChild[]): number {
  if (takers.length === 0) return 0;
  const { activatedAt, paused, settings } = view.parent;
  const first = epochMs(Math.min(...takers.map((child) => child.createdAt)));
  const from = activeMs(activatedAt, first, paused) < settings.marketWindowMs ? activatedAt : first;
  const atVenue = takers.filter(hasLeft).map((child): Interval => ({
    from: child.createdAt,
    to: child.status === 'closed' ? epochMs(Math.max(child.createdAt, child.closedAt ?? child.createdAt)) : null,
  }));
  return activeMs(from, view.now, [...paused, ...atVenue]);
}

/**
 * True when there was the whole window for a first child and the market left no room for one. An order whose venue
 * was away, that waits for a jump of the price, or that nobody looked after, has not had it yet.
 */
export function hasWaitedInVain(view: View, takers: readonly ExecutionChild[]): boolean {
  const { blockedSince = null, jumpedSince = null, settings } = view.parent;
  const wasKeptBack =
    blockedSince !== null || jumpedSince !== null || view.now - lastSeenAt(view) > settings.minOutageMs;
  return takers.length === 0 && !wasKeptBack && ageMs(view) >= settings.marketWindowMs;
}

/** Active time since the order began. */
export function ageMs({ parent, now }: View): number {
  return activeMs(parent.activatedAt, now, parent.paused);
}

/** False while, and if, only we know of the child. */
const hasLeft = (child: ExecutionChild): boolean => child.status !== 'pending' && !isUnsent(child);
