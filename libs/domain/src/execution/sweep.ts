import { ceilTo, Dec, floorTo, ZERO, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import { childCap } from './child-caps.js';
import type { BookLevel, HoldReason } from './contract.js';
import { draw } from './draw.js';
import type { Touch } from './passive-price.js';
import { toLots, toToken } from './position.js';
import { collarBps, hasJumped, takerWorstPrice, visibleDepth } from './price-protection.js';
import { remainderOf, type Outlet, type View } from './view.js';

const BPS = new Dec(10_000);

/** What a taker may do on one account. */
export interface Offer {
  readonly outlet: Outlet;
  /** Worst price: the limit of the child. */
  readonly price: Price;
  /** What one base unit counts in the target token; null stands for one. */
  readonly rate: Decimal | null;
  /** Displayed at `price` or better. */
  readonly visible: Quantity;
  /** The part of that which the account takes, and not above what it may take at all. */
  readonly depth: Quantity;
  /** What the account may take at all; null without such a cap. */
  readonly most: Quantity | null;
}

/** What differs from one kind of taker to another. */
export interface OfferRules {
  /** Twice the collar. Default false. */
  readonly inFinisher?: boolean;
  /** In place of the collar by volatility. */
  readonly collarBps?: Decimal;
  /** Trades while the mid is far from its last minute. Default false. */
  readonly ignoresJump?: boolean;
  /** Trades on a book that shows less than a minimum child. Default false. */
  readonly ignoresDepth?: boolean;
}

/** An offer with the part of the size that it should bring, in the target token. */
export interface SweptOffer extends Offer {
  readonly wanted: Decimal;
}

/** What takers may do on these accounts; the reason when nothing on any (algorithms.md 4.6). */
export function offersOf(view: View, outlets: readonly Outlet[], rules: OfferRules): readonly Offer[] | HoldReason {
  let reason: HoldReason = 'DEPTH';
  const offers: Offer[] = [];
  for (const outlet of outlets) {
    const offer = offerOf(view, outlet, rules);
    if (typeof offer !== 'string') offers.push(offer);
    else if (offer !== 'DEPTH') reason = offer;
  }
  return offers.length === 0 ? reason : offers;
}

function offerOf(view: View, outlet: Outlet, rules: OfferRules): Offer | HoldReason {
  const { account, touch, minimum } = outlet;
  if (touch === null) return 'STALE_DATA';
  const { side, params, settings } = view.parent;
  if (!(rules.ignoresJump ?? false) && hasJumped(touch, account.medianMid, settings.priceJumpRatio))
    return 'PRICE_JUMP';
  const worst = takerWorstPrice(touch, {
    side,
    tick: account.instrument.tick,
    collarBps: rules.collarBps ?? collarBps(touch, account.sigmaBps.s10, rules.inFinisher ?? false),
    limitPrice: params.limitPrice,
    isReverse: params.isReverseLimit,
    priceCollar: account.priceCollar,
  });
  if (worst === null) return 'COLLAR';
  const price = priceForMinimum(view, outlet, touch, worst);
  const visible = visibleDepth(side, side === 'buy' ? account.asks : account.bids, price);
  if (!(rules.ignoresDepth ?? false) && visible.lt(minimum)) return 'DEPTH';
  const cap = childCap(view, outlet, price);
  if (cap !== null && cap.most.lt(minimum)) return cap.reason;
  const depth = cap === null ? visible : (Dec.min(visible, cap.most) as Quantity);
  return { outlet, price, rate: view.token.rate(price, account.accountId), visible, depth, most: cap?.most ?? null };
}

/**
 * The worst price, or a nearer one at which the venue takes all that is left: priced at the far end of the collar too few
 * lots of a small quote-sized buy remain, and a small sell is worth less than the venue's least notional.
 */
function priceForMinimum(view: View, { account, minimum }: Outlet, touch: Touch, worst: Price): Price {
  const { tick, lot, minNotional } = account.instrument;
  const rest = remainderOf(view);
  const lots = toLots(rest, view.token.rate(worst, account.accountId), lot);
  if (view.parent.side === 'sell') {
    if (lots.isZero() || lots.mul(worst).gte(minNotional)) return worst;
    const nearer = ceilTo(minNotional.div(lots) as Price, tick);
    return nearer.lte(touch.bid) ? nearer : worst;
  }
  if (view.token.sizing === 'base' || lots.gte(minimum)) return worst;
  const nearer = floorTo(rest.div(minimum) as Price, tick);
  return nearer.gte(touch.ask) ? nearer : worst;
}

/**
 * Deals a size to the offers: all levels of all venues in the order of their price with the taker fee added (buy) or
 * deducted (sell), until the size is reached (algorithms.md 4.9). Best first; an offer that would get less than its
 * minimum child is left out, and the others share its part.
 */
export function sweep(view: View, offers: readonly Offer[], wanted: Decimal): readonly SweptOffer[] {
  if (offers.length === 1) return offers.map((offer) => ({ ...offer, wanted }));
  let pool = offers;
  for (;;) {
    const swept = walk(view, dealBooks(view, pool), wanted);
    const small = swept.find(({ outlet, wanted: part }) => part.lt(outlet.minimumValue));
    if (small === undefined || pool.length === 1) return swept;
    pool = pool.filter(({ outlet }) => outlet !== small.outlet);
  }
}

/**
 * Accounts of one venue see one book, which counts once: the one with the most free balance takes what it shows, ties by
 * draw, and the next what is left of it where that one may not take all.
 */
function dealBooks(view: View, offers: readonly Offer[]): readonly BookedOffer[] {
  const turn = Math.floor(draw(view.seed, 'account', view.parent.nextSequence) * offers.length);
  const ranked = [...offers.slice(turn), ...offers.slice(0, turn)].sort((a, b) => freeOf(b).comparedTo(freeOf(a)));
  const taken = new Map<string, Decimal>();
  const booked = new Map<Offer, BookedOffer>();
  for (const offer of ranked) {
    const { venue, symbol } = offer.outlet.account.instrument;
    const ahead = taken.get(`${symbol}.${venue}`) ?? ZERO;
    const shown = Dec.max(ZERO, offer.visible.sub(ahead));
    const depth = (offer.most === null ? shown : Dec.min(shown, offer.most)) as Quantity;
    taken.set(`${symbol}.${venue}`, ahead.add(depth));
    if (!depth.isZero() || ahead.isZero()) booked.set(offer, { ...offer, depth, ahead });
  }
  return offers.flatMap((offer) => booked.get(offer) ?? []);
}

const freeOf = ({ outlet }: Offer): Decimal => outlet.account.freeBalance ?? ZERO;

/** With what accounts before it take of the same book. */
interface BookedOffer extends Offer {
  readonly ahead: Decimal;
}

interface PricedLevel {
  readonly offer: BookedOffer;
  readonly cost: Decimal;
  readonly qty: Quantity;
}

function walk(view: View, pool: readonly BookedOffer[], wanted: Decimal): readonly SweptOffer[] {
  const isBuy = view.parent.side === 'buy';
  const levels = pool.flatMap((offer) => levelsOf(offer, isBuy));
  levels.sort(
    (a, b) =>
      (isBuy ? a.cost.comparedTo(b.cost) : b.cost.comparedTo(a.cost)) || a.offer.ahead.comparedTo(b.offer.ahead),
  );
  const parts = new Map<Offer, Decimal>();
  let left = wanted;
  for (const { offer, qty } of levels) {
    if (left.lte(ZERO)) break;
    const value = Dec.min(left, toToken(qty, offer.rate));
    parts.set(offer, (parts.get(offer) ?? ZERO).add(value));
    left = left.sub(value);
  }
  return [...parts].map(([offer, part]) => ({ ...offer, wanted: part }));
}

function levelsOf(offer: BookedOffer, isBuy: boolean): readonly PricedLevel[] {
  const { account } = offer.outlet;
  const fee = account.fees?.takerBps ?? ZERO;
  const factor = isBuy ? BPS.add(fee) : BPS.sub(fee);
  const levels: PricedLevel[] = [];
  let left = offer.depth;
  let { ahead } = offer;
  for (const { price, qty } of isBuy ? account.asks : account.bids) {
    if (left.lte(ZERO) || isBeyond(price, offer.price, isBuy)) break;
    const skipped = Dec.min(ahead, qty);
    ahead = ahead.sub(skipped);
    const here = Dec.min(left, qty.sub(skipped)) as Quantity;
    if (here.isZero()) continue;
    levels.push({ offer, cost: price.mul(factor), qty: here });
    left = left.sub(here) as Quantity;
  }
  return levels;
}

const isBeyond = (price: BookLevel['price'], worst: Price, isBuy: boolean): boolean =>
  isBuy ? price.gt(worst) : price.lt(worst);
