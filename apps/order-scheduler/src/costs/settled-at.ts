import { addMs, type EpochMs } from '#domain';

/** The mid half a minute after the last fill is known by then: its sample is written within ten seconds. */
const SETTLED_AFTER_MS = 45_000;

/** When what an order that has ended cost is known whole. */
export const settledAt = (endedAt: EpochMs): EpochMs => addMs(endedAt, SETTLED_AFTER_MS);

const STORED_AGAIN_MS = 60_000;
const TRIED_FOR_MS = 10 * 60_000;

/** When the whole cost is computed again unless it is stored by then; null once it was tried often enough. */
export const storedAgainAt = (settled: EpochMs, now: EpochMs): EpochMs | null =>
  now - settled < TRIED_FOR_MS ? addMs(now, STORED_AGAIN_MS) : null;
