import { Dec, type EpochMs } from '#domain';
import type { Field } from '../common/field.js';
import { NOT_NEGATIVE } from '../common/ranges.js';

/** Clocks of senders may be ahead by this. */
const AHEAD_MS = 60_000;

/**
 * Records a fault when the alert is older than it may be (signal-apis.md 4.2). Exits get old only when the body itself says
 * so; a time in the future proves nothing.
 * @param maxLagS of the strategy, where the alert has none
 * @param now of the database
 */
export function judgeAge(root: Field, isExit: boolean, maxLagS: number, now: EpochMs): void {
  const sent = root.firstOf(['timestamp', 'timenow', 'alert_time']);
  const maxLag = root.at('max_lag');
  if (sent.isAbsent && !maxLag.isAbsent) maxLag.warn('is ignored, there is no timestamp');
  if (isExit && maxLag.isAbsent) return;
  const sentAt = sent.instant();
  const lag = maxLag.decimal(NOT_NEGATIVE) ?? new Dec(maxLagS);
  if (sentAt === undefined) return;
  const ageMs = now - sentAt;
  if (ageMs < -AHEAD_MS) sent.warn(`is ${seconds(-ageMs)} s in the future, its age is not looked at`);
  else if (lag.mul(1000).lt(ageMs))
    sent.complain(`must be at most ${lag.toFixed()} s old, was ${seconds(ageMs)} s old`, 'expired');
}

const seconds = (ms: number): string => (ms / 1000).toFixed(0);
