import type { EpochMs, MarketSnapshot, Price } from '#domain';
import { isFit } from './opening.js';

/** A market that is first looked at later than this tells nothing of the end. */
const AT_THE_END_MS = 10_000;

/** The mid at an order's end; null where the market was not fit to trade on, as for its begin, or is only seen long after. */
export function endMid(snapshot: MarketSnapshot | null, endedAt: EpochMs, now: EpochMs): Price | null {
  return isFit(snapshot, now) && now - endedAt <= AT_THE_END_MS ? snapshot.mid : null;
}
