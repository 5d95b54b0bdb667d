import { sinh, sqrt } from '../numeric/elementary.js';
import { twapCurve, type Curve } from './curve.js';

/** k of a straight line: below it the formula is 0 / 0. */
const STRAIGHT = 1e-6;
const RISK_AVERSION_PER_BP = 0.01;
const IMPACT_BPS = 100;
const LEAST_URGENCY = 0.5;
const LARGEST_URGENCY = 6;
/** Urgency of an order whose market is not known well enough. */
export const DEFAULT_URGENCY = 2;

/** F(u) = 1 - sinh(k(1-u)) / sinh(k) (algorithms.md 2.3): the higher the urgency k, the earlier. */
export function arrivalPriceCurve(urgency: number): Curve {
  if (urgency < STRAIGHT) return twapCurve;
  const whole = sinh(urgency);
  return (u) => {
    if (u <= 0) return 0;
    return u >= 1 ? 1 : Math.max(0, 1 - sinh(urgency * (1 - u)) / whole);
  };
}

/** What the urgency depends on; null where less than 12 h of the market are known. */
export interface UrgencyInput {
  /** sigma_D: standard deviation of the return over the duration, in bps. */
  readonly sigmaBps: number;
  /** phi: the order's quantity over the volume expected in its duration. */
  readonly participation: number;
}

/**
 * k = clamp(sqrt(lambda * sigma_D^2 / (c * phi)), 0.5, 6): the Almgren-Chriss balance of impact against risk
 * (algorithms.md 2.3).
 */
export function urgencyOf(input: UrgencyInput | null): number {
  if (input === null) return DEFAULT_URGENCY;
  const { sigmaBps, participation } = input;
  const risk = RISK_AVERSION_PER_BP * sigmaBps * sigmaBps;
  const impact = IMPACT_BPS * participation;
  if (impact <= 0) return risk > 0 ? LARGEST_URGENCY : LEAST_URGENCY;
  return Math.min(LARGEST_URGENCY, Math.max(LEAST_URGENCY, sqrt(risk / impact)));
}
