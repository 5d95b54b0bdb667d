import { exp } from './elementary.js';

const TWO_OVER_SQRT_PI = 1.1283791670955126;
const SQRT_HALF = 0.7071067811865476;
/** Beyond it erf is 1 in a double. */
const SATURATED = 6;

/**
 * The error function, by its series of positive terms
 * erf(x) = 2/sqrt(pi) * e^(-x^2) * sum of 2^n x^(2n+1) / (1*3*...*(2n+1)), in a fixed order. Absolute error below 1e-14.
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < 0) return -erf(-x);
  if (x >= SATURATED) return 1;
  const square = x * x;
  let [term, sum, before] = [x, x, 0];
  for (let n = 1; sum !== before; n += 1) {
    before = sum;
    term = (term * 2 * square) / (2 * n + 1);
    sum += term;
  }
  return Math.min(1, TWO_OVER_SQRT_PI * exp(-square) * sum);
}

/** Phi(z): the share of a normal distribution below z standard deviations. */
export function normalCdf(z: number): number {
  return 0.5 * (1 + erf(z * SQRT_HALF));
}
