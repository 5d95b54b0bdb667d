import { wakeableSleep } from './wakeable-sleep.js';
import type { Reservation } from './budget.js';

export interface Patience {
  /** Gives up where room is said to come later than this. */
  readonly withinMs: number;
  /** Ends the wait: the last answer is given. */
  readonly over?: AbortSignal | undefined;
  /** Default `performance.now()`. */
  readonly monotonicMs?: () => number;
  /** Default `setTimeout`. */
  readonly sleep?: typeof wakeableSleep;
}

/** Whose turn it is not is told to come back in no time; nobody asks more often than this. */
export const LEAST_WAIT_MS = 50;

/**
 * Asks again when the budget says that there is room, for as long as `withinMs`: for a call that is needed soon, of a
 * limit that is used up and free again all the time. It waits for no ban and no Redis.
 * @returns the last answer
 */
export async function untilGranted(ask: () => Promise<Reservation>, patience: Patience): Promise<Reservation> {
  const { withinMs, over, monotonicMs = () => performance.now(), sleep = wakeableSleep } = patience;
  const giveUpAt = monotonicMs() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer.granted || answer.reason === 'banned' || answer.reason === 'redis_down') return answer;
    const waitMs = Math.max(LEAST_WAIT_MS, answer.retryInMs);
    if (over?.aborted === true || monotonicMs() + waitMs > giveUpAt) return answer;
    await sleep(waitMs, over);
  }
}
