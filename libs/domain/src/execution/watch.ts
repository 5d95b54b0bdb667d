import type { Side } from '../instrument/instrument.js';
import { Dec, type Price, type Quantity } from '../numeric/decimal.js';
import type { MarketWatch, OwnLevel } from './contract.js';
import type { Draft } from './draft.js';
import type { LimitState } from './limit-watch.js';
import { isUncrossed, midOf, type Touch } from './passive-price.js';
import { rests } from './position.js';
import { rePegThreshold } from './re-peg.js';
import type { Outlet, View } from './view.js';

/**
 * Names what on each account's market is worth a decision before `nextWakeAt` (algorithms.md 5): our resting child is
 * left behind, the market crosses the client's limit, a queue at the touch outweighs the other, or enough is traded. A
 * crossing of the mid is watched by the quote that must move with it.
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
  if (limitPrice !== null) {
    // the market leaves a buy's limit upwards, and a reverse one downwards
    const leaves = isBuy !== params.isReverseLimit ? up : down;
    const mid = midOf(touch);
    const isInside = leaves === up ? limitPrice.gte(mid) : limitPrice.lte(mid);
    const waits = limit.out || (params.isReverseLimit && !isUncrossed(side, limitPrice, touch));
    const towards = isInside ? leaves : !waits ? null : leaves === up ? down : up;
    towards?.push(crossingOf(limitPrice, touch, towards === up));
  }

  const { imbalance, volume } = draft.watches;
  const traded = account.tradedBase;
  const volumeAtLeast =
    volume === null || traded === null ? null : (traded.add(volume.div(view.outlets.length)) as Quantity);
  if (up.length === 0 && down.length === 0 && imbalance.length === 0 && volumeAtLeast === null) return null;
  return {
    accountId: account.accountId,
    bidBelow: down.length === 0 ? null : (Dec.max(...down) as Price),
    askAbove: up.length === 0 ? null : (Dec.min(...up) as Price),
    imbalance,
    own: imbalance.length === 0 ? [] : ownLevels(view, outlet),
    volumeAtLeast,
  };
}

/**
 * The quote at which the mid is across the limit price. That is the limit price while the quote has yet to reach it; once
 * the spread straddles it, what the quote must be beside the other side of the touch, or each tick would look like one.
 */
function crossingOf(limitPrice: Price, { bid, ask }: Touch, isUp: boolean): Price {
  if (isUp ? ask.lte(limitPrice) : bid.gte(limitPrice)) return limitPrice;
  return Dec.max(0, limitPrice.mul(2).sub(isUp ? bid : ask)) as Price;
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
