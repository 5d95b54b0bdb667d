import { ZERO, type Price } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import type { Position, PositionEnd, PositionState } from './contract.js';
import type { LegAction, PositionChange } from './leg-action.js';
import { exitPaper } from './paper.js';
import { keepLess, ONE } from './size.js';

/** When something happens to a position, and what the market is then. */
export interface Moment {
  readonly at: EpochMs;
  /** What the paper record trades at: the mid, else the last price known; null when there is none. */
  readonly quote: Price | null;
}

/**
 * Ends what is live: on paper at once, with legs once they are flat (`closing`). An armed position, and a paper one of
 * which nothing was ever entered, is cancelled.
 */
export function closePosition(position: Position, reason: PositionEnd, moment: Moment): Position {
  const price = exitPrice(position, moment);
  const paper = price === null ? position.paper : exitPaper(position.paper, position.size, price);
  const closed = { ...position, paper, endReason: reason };
  if (position.legs === null) return endPosition(closed, 'cancelled', reason, moment.at);
  if (position.legs === 0)
    return endPosition(closed, paper.entered.isZero() ? 'cancelled' : 'closed', reason, moment.at);
  return { ...withoutSize(closed), state: 'closing' };
}

/** {@link closePosition} by whoever asks for it, with what the legs do: they exit with `exit` settings. */
export function exitPosition(position: Position, reason: PositionEnd, moment: Moment): PositionChange {
  const ended = closePosition(position, reason, moment);
  const actions: LegAction[] = ended.state === 'closing' ? [{ kind: 'exit_all', purpose: 'exit', items: [] }] : [];
  return { position: ended, actions };
}

/** For good: nothing of it is held any more. */
export function endPosition(
  position: Position,
  state: Extract<PositionState, 'closed' | 'cancelled'>,
  reason: PositionEnd,
  at: EpochMs,
): Position {
  return { ...withoutSize(position), state, endReason: reason, closedAt: at };
}

/** A price is never missing at a close: the best that is known of it. */
export function exitPrice(position: Position, { quote }: Moment): Price | null {
  return quote ?? position.paper.averageEntry ?? position.averageEntry ?? position.reference;
}

function withoutSize(position: Position): Position {
  return {
    ...position,
    openItems: keepLess(position.openItems, ONE),
    size: ZERO,
    paper: { ...position.paper, size: ZERO },
  };
}
