import { fault, type Denial } from './denial.js';
import { collarPrice, judgeReference, worseByPct } from './gate-reference.js';
import type { GateInput } from './gate-input.js';

/** RC-04: no order is measured by a market that is old, crossed or jumping; only what shrinks a position passes a jump. */
export function checkReference({ reference, limits, now, child }: GateInput): Denial | null {
  const judged = judgeReference(reference, limits, now);
  if (judged.kind === 'stale')
    return fault(
      'REFERENCE_STALE',
      judged.ageMs === null
        ? 'there is no reference price'
        : `reference must have a live book of at most ${limits.referenceMaxAgeMs} ms, was ${judged.ageMs} ms old`,
      String(limits.referenceMaxAgeMs),
      judged.ageMs === null ? null : String(judged.ageMs),
      { mid: null, ageMs: judged.ageMs },
    );
  if (judged.kind === 'crossed')
    return fault(
      'REFERENCE_CROSSED',
      `best bid must be below best ask, were ${judged.bid.toFixed()} and ${judged.ask.toFixed()}`,
      judged.ask.toFixed(),
      judged.bid.toFixed(),
      { mid: null, ageMs: judged.ageMs },
    );
  if (child.isReducing || judged.jumpPct === null || judged.jumpPct.lte(limits.referenceJumpPct)) return null;
  return fault(
    'REFERENCE_JUMPED',
    `reference must be within ${limits.referenceJumpPct.toFixed()} % of its median of 60 s, was ${judged.jumpPct.toFixed(4)} % away`,
    limits.referenceJumpPct.toFixed(),
    judged.jumpPct.toFixed(),
    { mid: judged.mid.toFixed(), ageMs: judged.ageMs },
  );
}

/** RC-03: the price is at most so much worse than the reference now, and than the reference ten minutes ago. */
export function checkCollar({ reference, limits, now, child }: GateInput): Denial | null {
  const judged = judgeReference(reference, limits, now);
  if (judged.kind !== 'accepted') return null; // RC-04 has spoken
  const { side, price } = child;
  const told = { mid: judged.mid.toFixed(), ageMs: judged.ageMs };
  if (worseByPct(side, price, judged.mid).gt(limits.collarPct)) {
    const limit = collarPrice(side, judged.mid, limits.collarPct).toFixed();
    return fault(
      'PRICE_OUTSIDE_COLLAR',
      `price must not be worse than ${limit}, ${limits.collarPct.toFixed()} % from the reference, was ${price.toFixed()}`,
      limit,
      price.toFixed(),
      told,
    );
  }
  const before = reference?.windowMid ?? null;
  if (before === null || worseByPct(side, price, before).lte(limits.driftPct)) return null;
  const limit = collarPrice(side, before, limits.driftPct).toFixed();
  return fault(
    'PRICE_DRIFT_EXCEEDED',
    `price must not be worse than ${limit}, ${limits.driftPct.toFixed()} % from the reference of ten minutes ago, was ${price.toFixed()}`,
    limit,
    price.toFixed(),
    told,
  );
}
