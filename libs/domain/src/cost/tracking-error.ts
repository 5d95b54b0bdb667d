import { ZERO, type Decimal } from '../numeric/decimal.js';
import { known, unknown, type Measure } from './measure.js';

/** Where an order stood, and where it should have, for a stretch of active time. Quantities in the target token. */
export interface TrackingPoint {
  /** Length of the stretch, in any unit. */
  readonly dt: Decimal;
  /** X and T. */
  readonly executed: Decimal;
  readonly target: Decimal;
  /** Edges of the band; null where there is none. */
  readonly lower: Decimal | null;
  readonly upper: Decimal | null;
}

/** How an order kept to its plan (algorithms.md 9): shares of Q and of the time, in [0, 1]. */
export interface TrackingError {
  /** Largest abs((X - T) / Q), and the root of its mean square over the time. */
  readonly max: Measure;
  readonly rms: Measure;
  /** Share of the time outside of the band. */
  readonly outside: Measure;
}

/** e = (X - T) / Q as a step function: each point holds for its `dt`. */
export function trackingError(orderQty: Decimal, points: readonly TrackingPoint[]): TrackingError {
  let [time, squares, out, max]: [Decimal, Decimal, Decimal, Decimal] = [ZERO, ZERO, ZERO, ZERO];
  let hasBand = points.length > 0;
  for (const { dt, executed, target, lower, upper } of points) {
    if (!dt.gt(ZERO)) continue;
    const distance = executed.sub(target).abs();
    if (distance.gt(max)) max = distance;
    squares = squares.add(distance.mul(distance).mul(dt));
    time = time.add(dt);
    if (lower === null || upper === null) hasBand = false;
    else if (executed.lt(lower) || executed.gt(upper)) out = out.add(dt);
  }
  if (time.isZero()) {
    const none = unknown('no active time');
    return { max: none, rms: none, outside: none };
  }
  return {
    max: known(max.div(orderQty)),
    rms: known(squares.div(time).sqrt().div(orderQty)),
    outside: hasBand ? known(out.div(time)) : unknown('no band'),
  };
}
