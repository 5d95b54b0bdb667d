import type { Brand } from '../numeric/decimal.js';

/** Milliseconds since 1970-01-01 UTC, whole. */
export type EpochMs = Brand<number, 'EpochMs'>;

/** @throws RangeError when the value is not a whole number of milliseconds */
export function epochMs(value: number): EpochMs {
  if (!Number.isSafeInteger(value)) throw new RangeError(`Invalid time: must be whole milliseconds, was ${value}`);
  return value as EpochMs;
}

export function addMs(at: EpochMs, ms: number): EpochMs {
  return epochMs(Math.round(at + ms));
}

/** The instant that decisions are made on; in production the database's, in tests a manual one. */
export interface Clock {
  now(): EpochMs;
}
