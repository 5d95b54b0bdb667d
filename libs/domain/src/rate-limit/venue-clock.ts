import type { ClockSample, ClockState } from './budget-state.js';

/** How long a sample of the venue's clock is trusted. */
export const SAMPLE_LIFE_MS = 60_000;
/** Uncertainty when there is no sample, or the clock of Redis went back. */
export const UNKNOWN_ERROR_MS = 5_000;
/** More are not kept: the newest, worst ones go first. */
export const MAX_SAMPLES = 16;

export interface ClockView {
  /** Venue minus Redis clock. */
  readonly offset: number;
  readonly error: number;
}

/** What is known of the venue's clock at `now` (Redis time): the lowest-error sample of the last 60 s. */
export function clockView(clock: ClockState, now: number): ClockView {
  if (now >= clock.lastNow) {
    const best = clock.samples.find((sample) => sample.at >= now - SAMPLE_LIFE_MS);
    if (best) return { offset: best.offset, error: best.error };
  }
  return { offset: clock.offset, error: UNKNOWN_ERROR_MS };
}

/** Notes that the script ran at `now`; samples taken against a clock that has since gone back are worthless. */
export function noteTime(clock: ClockState, now: number): void {
  if (now < clock.lastNow) {
    clock.samples = [];
    clock.backs += 1;
  }
  clock.lastNow = now;
}

/**
 * A venue time read between the sending and the answer of a call bounds the offset to
 * [venueMs - repliedAt, venueMs - sentAt]; `slackMs` widens it where the venue's figure is coarse
 * (a `Date` header). One millisecond is for rounding.
 */
export function addSample(
  clock: ClockState,
  sentAt: number,
  repliedAt: number,
  venueMs: number,
  slackMs: number,
): void {
  const sample: ClockSample = {
    offset: venueMs - Math.floor((sentAt + repliedAt) / 2),
    error: Math.ceil((repliedAt - sentAt) / 2) + slackMs + 1,
    at: repliedAt,
  };
  const kept = clock.samples.filter((s) => s.at >= repliedAt - SAMPLE_LIFE_MS && s.error < sample.error);
  clock.samples = [...kept.slice(0, MAX_SAMPLES - 1), sample];
  clock.offset = (clock.samples[0] as ClockSample).offset;
}
