import type { Side } from '../instrument/instrument.js';
import { ceilTo, Dec, floorTo, type Price, type Quantity } from '../numeric/decimal.js';
import type { MarketWatch, OwnLevel } from './contract.js';
import type { Draft } from './draft.js';
import type { LimitState } from './limit-watch.js';
import { isUncrossed, midOf, type Touch } from './passive-price.js';
import { rests } from './position.js';
import { rePegThreshold } from './re-peg.js';
import type { Outlet, View } from './view.js';

/**
 * Names what on each account's market is worth a decision before `nextWakeAt` (algorithms.md 5): our resting child is
 * left behind, the market crosses the client's limit, a queue at the touch outweighs the other, or enough is traded.
 */
export function watchPrices(view: View, draft: Draft, limit: LimitState): void {
  for (const outlet of view.outlets) {
    const watch = watchOn(view, outlet, draft, limit);
    if (watch !== null) draft.annotate({ kind: 'watch', ...watch });
  }
}

function watchOn(view: View, outlet: Outlet, draft: Draft, limit: LimitState): MarketWatch | null {
  const { account, touch } = outlet;
  if (touch === null) return null;
  const { side, params } = view.parent;
  const { limitPrice } = params;
  const up: Price[] = [];
  const down: Price[] = [];
  const isBuy = side === 'buy';
  const away = isBuy ? up : down;

  const live = view.position.open.find(
    ({ child }) => rests(child) && child.accountId === account.accountId && !draft.isLeaving(child),
  );
  if (live !== undefined) {
    const move = rePegThreshold(account, touch);
    const mark = isBuy
      ? Dec.max(live.child.price, touch.ask).add(move)
      : Dec.min(live.child.price, touch.bid).sub(move);
    if (mark.gt(0)) away.push(mark as Price);
  }
  const spreadWatch = view.exposure?.spreadWatch ?? null;
  if (spreadWatch !== null) away.push(spreadWatch);
  const mids = limitPrice === null ? NO_MIDS : midsAcross(view, outlet, touch, limit, { limitPrice, up, down });

  const { imbalance, volume } = draft.watches;
  const traded = account.tradedBase;
  const volumeAtLeast =
    volume === null || traded === null ? null : (traded.add(volume.div(view.outlets.length)) as Quantity);
  const watchesMid = mids.midBelow !== null || mids.midAbove !== null;
  const watchesQuotes = up.length > 0 || down.length > 0;
  if (!watchesQuotes && !watchesMid && imbalance.length === 0 && volumeAtLeast === null) return null;
  return {
    accountId: account.accountId,
    bidBelow: down.length === 0 ? null : (Dec.max(...down) as Price),
    askAbove: up.length === 0 ? null : (Dec.min(...up) as Price),
    ...mids,
    imbalance,
    own: imbalance.length === 0 && !watchesMid ? [] : ownLevels(view, outlet),
    volumeAtLeast,
  };
}

type MidEdges = Pick<MarketWatch, 'midBelow' | 'midAbove'>;
const NO_MIDS: MidEdges = { midBelow: null, midAbove: null };

/**
 * What tells that the mid is across the client's limit: the quote that has to be across first is added to `up` or `down`;
 * once the spread straddles the limit, either quote may do it, and the mid itself is watched.
 */
function midsAcross(
  { parent: { side, params } }: View,
  { account }: Outlet,
  touch: Touch,
  limit: LimitState,
  { limitPrice, up, down }: { readonly limitPrice: Price; readonly up: Price[]; readonly down: Price[] },
): MidEdges {
  // the market leaves a buy's limit upwards, and a reverse one downwards
  const leavesUp = (side === 'buy') !== params.isReverseLimit;
  const mid = midOf(touch);
  const isInside = leavesUp ? limitPrice.gte(mid) : limitPrice.lte(mid);
  const waits = limit.out || (params.isReverseLimit && !isUncrossed(side, limitPrice, touch));
  if (!isInside && !waits) return NO_MIDS;
  const goesUp = isInside === leavesUp;
  if (goesUp ? touch.ask.lte(limitPrice) : touch.bid.gte(limitPrice)) {
    (goesUp ? up : down).push(limitPrice);
    return NO_MIDS;
  }
  const edge = edgeOf(limitPrice, account.instrument.tick, leavesUp);
  return goesUp ? { midBelow: null, midAbove: edge } : { midBelow: edge, midAbove: null };
}

/** Between the last mid inside the limit and the first outside: mids lie half a tick apart. */
function edgeOf(limitPrice: Price, tick: Price, leavesUp: boolean): Price {
  const [half, quarter] = [tick.div(2), tick.div(4)];
  const edge = leavesUp ? floorTo(limitPrice, half).add(quarter) : ceilTo(limitPrice, half).sub(quarter);
  return edge as Price;
}

/** What `withoutOwnOrders` takes out of the account's book, of this account alone. */
function ownLevels({ parent, position }: View, { account }: Outlet): readonly OwnLevel[] {
  return position.open
    .filter(({ child }) => rests(child) && child.status === 'working' && child.accountId === account.accountId)
    .map(({ child }) => ({
      side: parent.side,
      price: child.price,
      qty: child.orderQty.sub(child.cumQty) as Quantity,
    }));
}

/** The side against which the queue of `side` thins out. */
export function otherSide(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy';
}
