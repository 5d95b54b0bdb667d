export interface SweptLevel {
  readonly ticks: number;
  readonly lots: number;
}

/**
 * What a taker gets from displayed levels, best first: each level's whole size until it has enough or the next level
 * is beyond its limit.
 *
 * @param isBuy whether the levels are asks
 * @param limitTicks null: at any price
 */
export function sweepLevels(
  levels: Iterable<SweptLevel>,
  isBuy: boolean,
  lots: number,
  limitTicks: number | null,
): SweptLevel[] {
  const taken: SweptLevel[] = [];
  let left = lots;
  for (const level of levels) {
    if (left <= 0) break;
    if (limitTicks !== null && (isBuy ? level.ticks > limitTicks : level.ticks < limitTicks)) break;
    const got = Math.min(left, level.lots);
    if (got > 0) taken.push({ ticks: level.ticks, lots: got });
    left -= got;
  }
  return taken;
}
