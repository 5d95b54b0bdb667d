export interface TrackingError {
  /** Largest |X - T| / Q over the window. */
  readonly max: number;
  /** Square root of the time mean of its square. */
  readonly rms: number;
}

/** Points at which a target that is no straight line is looked at, besides the fills. */
const GRID = 240;

/**
 * How far what is executed strays from its target over u in [0, 1]: X steps at the fills, T runs straight between the
 * points that are looked at, so both figures are exact for a straight plan.
 *
 * @param fills shares of the order, at the share u of the window, in the order of time
 * @param target planned share at u
 */
export function trackingError(
  fills: readonly { readonly u: number; readonly share: number }[],
  target: (u: number) => number,
): TrackingError {
  const inside = fills.filter(({ u }) => u < 1);
  const grid = Array.from({ length: GRID + 1 }, (_, index) => ({ u: index / GRID, share: 0 }));
  const points = [...grid, ...inside].sort((a, b) => a.u - b.u);
  let [executed, max, squares, before] = [0, 0, 0, { u: 0, error: 0 }];
  for (const { u, share } of points) {
    const due = target(u);
    const error = executed - due;
    squares += ((u - before.u) * (before.error ** 2 + before.error * error + error ** 2)) / 3;
    executed += share;
    before = { u, error: executed - due };
    max = Math.max(max, Math.abs(error), Math.abs(before.error));
  }
  return { max, rms: Math.sqrt(squares) };
}
