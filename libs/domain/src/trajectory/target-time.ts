import { normalCdf } from '../numeric/normal.js';
import { epochMs, type EpochMs } from '../time/clock.js';
import type { Curve } from './curve.js';

/** The window spans five standard deviations to either side: sigma is a tenth of it. */
const REACH = 5;
const SIGMA = 0.1;
const BELOW = normalCdf(-REACH);
const INSIDE = normalCdf(REACH) - BELOW;

/** Where the window begins that is `durationMs` long and centred on the target time. */
export function targetWindowStart(targetTime: EpochMs, durationMs: number): EpochMs {
  return epochMs(Math.floor(targetTime - durationMs / 2));
}

/** F(u) = (Phi(z) - Phi(-5)) / (Phi(5) - Phi(-5)), z = (u - 0.5) / 0.1 (algorithms.md 2.4). */
export const targetTimeCurve: Curve = (u) => {
  if (u <= 0) return 0;
  if (u >= 1) return 1;
  return Math.min(1, Math.max(0, (normalCdf((u - 0.5) / SIGMA) - BELOW) / INSIDE));
};
