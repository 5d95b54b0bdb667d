import { Dec, type Price } from '../numeric/decimal.js';
import type { Draft } from './draft.js';
import type { LimitState } from './limit-watch.js';
import { midOf } from './passive-price.js';
import { rests } from './position.js';
import { rePegThreshold } from './re-peg.js';
import type { View } from './view.js';

/**
 * Names the prices whose crossing is worth a decision before `nextWakeAt` (algorithms.md 5): our resting
 * child is left behind by the market, or the market crosses the client's limit. A crossing of the mid is
 * watched by the quote that must move with it.
 */
export function watchPrices(view: View, draft: Draft, limit: LimitState): void {
  const { account, touch, parent, position } = view;
  if (account === null || touch === null) return;
  const { limitPrice } = parent.params;
  const away: Price[] = [];
  const live = position.open.find(({ child }) => rests(child) && !draft.isLeaving(child));
  const move = rePegThreshold(account, touch);
  const isBuy = parent.side === 'buy';
  if (live !== undefined) {
    const mark = isBuy
      ? Dec.max(live.child.price, touch.ask).add(move)
      : Dec.min(live.child.price, touch.bid).sub(move);
    if (mark.gt(0)) away.push(mark as Price);
  }
  if (limitPrice !== null && !limit.out && (isBuy ? limitPrice.gte(midOf(touch)) : limitPrice.lte(midOf(touch))))
    away.push(limitPrice);
  const spreadWatch = view.exposure?.spreadWatch ?? null;
  if (spreadWatch !== null) away.push(spreadWatch);
  const worse = away.length === 0 ? null : ((isBuy ? Dec.min(...away) : Dec.max(...away)) as Price);
  const back = limitPrice !== null && limit.out ? limitPrice : null;
  if (worse === null && back === null) return;
  draft.annotate({
    kind: 'watch',
    bidBelow: isBuy ? back : worse,
    askAbove: isBuy ? worse : back,
  });
}
