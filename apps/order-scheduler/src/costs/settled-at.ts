import { addMs, type EpochMs } from '#domain';

/** The mid half a minute after the last fill is known by then: its sample is written within ten seconds. */
const SETTLED_AFTER_MS = 45_000;

/** When what an order that has ended cost is known whole. */
export const settledAt = (endedAt: EpochMs): EpochMs => addMs(endedAt, SETTLED_AFTER_MS);
