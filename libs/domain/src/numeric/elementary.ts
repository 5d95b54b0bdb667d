/**
 * exp, log, pow, sinh and square root from the four basic operations of IEEE 754 in a fixed order, which every
 * machine rounds alike. The host's `Math` leaves its results to the implementation (algorithms.md 1, Numbers):
 * with these, a decision replayed elsewhere is the same to the last bit. Relative error below 1e-14.
 */

/** ln 2 as a sum: the first part has few enough digits that a small multiple of it is exact. */
const LN2_HIGH = 0.69314718036912381649;
const LN2_LOW = 1.90821492927058770002e-10;
const LN2 = 0.6931471805599453;
const SQRT_2 = 1.4142135623730951;
const SQRT_HALF = 0.7071067811865476;
const EXP_TERMS = 15;
const LOG_TERMS = 14;
const SINH_TERMS = 10;
const SQRT_STEPS = 6;
const TWO_TO_32 = 4_294_967_296;
/** exp(x) is 0 below the first and infinite above the second. */
const LEAST_EXPONENT = -746;
const LARGEST_EXPONENT = 710;

/** e^x. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < LEAST_EXPONENT) return 0;
  if (x > LARGEST_EXPONENT) return Number.POSITIVE_INFINITY;
  const twos = Math.floor(x / LN2 + 0.5);
  const rest = x - twos * LN2_HIGH - twos * LN2_LOW;
  let sum = 1;
  for (let n = EXP_TERMS; n >= 1; n -= 1) sum = 1 + (rest * sum) / n;
  return timesPowerOfTwo(sum, twos);
}

/** Natural logarithm; minus infinity at 0, NaN below. */
export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  let [mantissa, twos] = [x, 0];
  for (; mantissa >= TWO_TO_32; twos += 32) mantissa /= TWO_TO_32;
  for (; mantissa < 1 / TWO_TO_32; twos -= 32) mantissa *= TWO_TO_32;
  for (; mantissa > SQRT_2; twos += 1) mantissa /= 2;
  for (; mantissa < SQRT_HALF; twos -= 1) mantissa *= 2;
  // ln m = 2 artanh((m - 1) / (m + 1))
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let n = LOG_TERMS; n >= 0; n -= 1) sum = 1 / (2 * n + 1) + square * sum;
  return twos * LN2_HIGH + (twos * LN2_LOW + 2 * s * sum);
}

/** x^y for x >= 0. @throws RangeError for a negative base */
export function pow(x: number, y: number): number {
  if (x < 0) throw new RangeError(`pow needs a base of at least 0, was ${x}`);
  if (y === 0 || x === 1) return 1;
  if (x === 0) return y > 0 ? 0 : Number.POSITIVE_INFINITY;
  return exp(y * log(x));
}

/** (e^x - e^-x) / 2; near zero by its series, where the difference would lose digits. */
export function sinh(x: number): number {
  if (x > -1 && x < 1) {
    const square = x * x;
    let sum = 1;
    for (let n = SINH_TERMS; n >= 1; n -= 1) sum = 1 + (square * sum) / (2 * n * (2 * n + 1));
    return x * sum;
  }
  return (exp(x) - exp(-x)) / 2;
}

/** Square root by Newton's method from a scaled start. NaN below zero. */
export function sqrt(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0 || x === Number.POSITIVE_INFINITY) return x;
  let [mantissa, twos] = [x, 0];
  for (; mantissa >= 4; twos += 1) mantissa /= 4;
  for (; mantissa < 1; twos -= 1) mantissa *= 4;
  let root = (mantissa + 2) / 3;
  for (let step = 0; step < SQRT_STEPS; step += 1) root = (root + mantissa / root) / 2;
  return timesPowerOfTwo(root, twos);
}

function timesPowerOfTwo(value: number, twos: number): number {
  let [scaled, left] = [value, twos];
  for (; left >= 32; left -= 32) scaled *= TWO_TO_32;
  for (; left <= -32; left += 32) scaled /= TWO_TO_32;
  for (; left > 0; left -= 1) scaled *= 2;
  for (; left < 0; left += 1) scaled /= 2;
  return scaled;
}
