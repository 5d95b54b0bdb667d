import type { Price } from '../numeric/decimal.js';
import type { Draft } from './draft.js';
import { violatesLimit } from './price-protection.js';
import type { View } from './view.js';

/**
 * Says which children closed since the last decision were filled better than a reverse limit lets an order ask for:
 * the venue's own improvement, which is taken and told (algorithms.md 4.6).
 */
export function noteImprovements({ parent }: View, draft: Draft): void {
  const { params, lastDecisionAt, side } = parent;
  if (!params.isReverseLimit || params.limitPrice === null) return;
  for (const { sequence, cumQty, cumNotional, closedAt } of parent.children) {
    if (closedAt === null || cumQty.isZero() || (lastDecisionAt !== null && closedAt <= lastDecisionAt)) continue;
    const price = cumNotional.div(cumQty) as Price;
    if (violatesLimit(side, price, params.limitPrice, true))
      draft.annotate({ kind: 'price_improved', sequence, price });
  }
}
