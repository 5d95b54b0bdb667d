import { MAX_FAIR_WEIGHT } from '#domain';
import { untilGranted, type Budget, type CallPriority, type Patience, type Reservation } from '#venues';

/** Longer than the five turns that another may take before ours (fair-share.ts), of a limit of one call a second too. */
const PATIENCE_MS = 8_000;
/** Trading stops without the venue's time: it comes before market data and sessions that are opened. */
const TURN = { turnOf: 'venue-time', weight: MAX_FAIR_WEIGHT };

export interface TimeWanted {
  /** An account cannot go on without it. */
  readonly isAwaited: boolean;
  /** Told when counts are lost. */
  readonly onLost?: () => void;
  readonly over?: AbortSignal;
}

/**
 * The right to ask a venue for its time. Where market data wants all that a limit has, the look takes turns with it and
 * waits for its own. One that an account waits for may go as far as look-ups of unknown orders, which can conclude nothing
 * without the time, and then into the emergency share, which also pays where counts are lost. Of a small limit that share
 * rounds to nothing for one of several processes, so that it must never be the only way.
 */
export function reserveTime(
  budget: Pick<Budget, 'reserve'>,
  call: string,
  { isAwaited, onLost, over }: TimeWanted,
  patience: Omit<Patience, 'withinMs' | 'over'> = {},
): Promise<Reservation> {
  const ask = async (): Promise<Reservation> => {
    const asked = await budget.reserve(call, {}, 'query', TURN);
    if (asked.granted || asked.reason === 'banned' || asked.reason === 'redis_down') return asked;
    const isLost = asked.cold.length > 0;
    if (isLost) onLost?.();
    const further: readonly CallPriority[] = isLost ? ['probe'] : isAwaited ? ['reduce', 'probe'] : [];
    for (const priority of further) {
      const more = await budget.reserve(call, {}, priority);
      if (more.granted) return more;
    }
    return asked;
  };
  return untilGranted(ask, { ...patience, withinMs: PATIENCE_MS, ...(over && { over }) });
}
