import { Dec, epochMs, type EpochMs } from '#domain';
import { LosslessNumber } from 'lossless-json';
import { readDecimal, readTimeMicros, toEpochMs } from '#order-intake';
import type { Json } from './json.js';

/** Epochs below are in seconds, others in milliseconds (signal-apis.md 0 rule 3). */
const MILLISECONDS_FROM = new Dec('1e11');
/** 10000-01-01: later times have no ISO form of four digits. */
const END_OF_TIME_MS = 253_402_300_800_000;

export const INSTANT_TEXT = 'must be a time, ISO-8601 or epoch seconds or milliseconds';

/** ISO-8601 or an epoch, as number or text; what is finer than a millisecond is cut off. Null when it is no time. */
export function readInstant(raw: Json): EpochMs | null {
  if (typeof raw !== 'string' && !(raw instanceof LosslessNumber)) return null;
  const epoch = readDecimal(typeof raw === 'string' ? raw.trim() : raw);
  if (epoch !== null) {
    const ms = (epoch.lt(MILLISECONDS_FROM) ? epoch.mul(1000) : epoch).floor().toNumber();
    return isInRange(ms) ? epochMs(ms) : null;
  }
  const micros = typeof raw === 'string' ? readTimeMicros(raw) : null;
  if (micros === null) return null;
  const at = toEpochMs(micros);
  return isInRange(at) ? at : null;
}

const isInRange = (ms: number): boolean => ms >= 0 && ms < END_OF_TIME_MS;
