import type { Decimal as DecimalBase } from 'decimal.js';

/** decimal.js keeps a number as words of seven digits; the first holds those of the highest exponent. */
const WORD_DIGITS = 7;
const WORD = 10_000_000;
/** Results of so many words are at most 56 digits long: none is rounded at a precision of 60. */
const MOST_WORDS = 8;

/** A finite number other than zero: sign, exponent of the first word, words. */
interface Words {
  readonly s: number;
  readonly k: number;
  readonly d: readonly number[];
}

/**
 * Gives the numbers of a constructor of our own a prototype of their own, in which comparing, adding, subtracting and
 * multiplying finite numbers of ordinary length copies no operand and rounds nothing. decimal.js copies the right-hand
 * side of each operation, which was half of what a decision costs. Results are the same to the last digit; everything
 * else goes the library's way.
 *
 * @throws RangeError when the constructor rounds what fits its longest exact result
 */
export function withExactPaths<C extends typeof DecimalBase>(Ctor: C): C {
  if (Ctor.precision < WORD_DIGITS * MOST_WORDS)
    throw new RangeError(`Precision must be at least ${WORD_DIGITS * MOST_WORDS} digits, was ${Ctor.precision}`);
  const base = Ctor.prototype;

  /** Shaped as decimal.js shapes its own. */
  function Exact(this: Record<string, unknown>, s: number, e: number, d: number[]): void {
    this['constructor'] = Ctor;
    this['s'] = s;
    this['e'] = e;
    this['d'] = d;
  }
  const make = Exact as unknown as new (s: number, e: number, d: number[]) => DecimalBase;
  const isOurs = (value: DecimalBase.Value): value is DecimalBase =>
    (value as { constructor?: unknown }).constructor === Ctor && !Number.isNaN((value as DecimalBase).e);
  const build = (s: number, k: number, d: number[]): DecimalBase => {
    let from = 0;
    while (d[from] === 0) from += 1;
    let to = d.length;
    while (to > from && d[to - 1] === 0) to -= 1;
    if (from === to) return new Ctor(0);
    const words = from === 0 && to === d.length ? d : d.slice(from, to);
    return new make(s, (k - from) * WORD_DIGITS + digitsOf(at(words, 0)) - 1, words);
  };

  /** Of a whole number of the word `last`, below 2^53. */
  const fromWhole = (value: number, last: number): DecimalBase => {
    if (value === 0) return new Ctor(0);
    const size = Math.abs(value);
    const high = Math.floor(size / WORD);
    const low = size - high * WORD;
    const s = value < 0 ? -1 : 1;
    if (high === 0) return new make(s, last * WORD_DIGITS + digitsOf(low) - 1, [low]);
    if (high >= WORD) return build(s, last + 2, [1, high - WORD, low]);
    return new make(s, (last + 1) * WORD_DIGITS + digitsOf(high) - 1, low === 0 ? [high] : [high, low]);
  };

  function cmp(this: DecimalBase, y: DecimalBase.Value): number {
    return isOurs(this) && isOurs(y) ? compare(this, y) : base.cmp.call(this, y);
  }
  const sum = (x: DecimalBase, y: DecimalBase, sign: 1 | -1): DecimalBase | null => {
    if (y.d[0] === 0) return x.d[0] !== 0 && x.d.length <= MOST_WORDS ? x : null;
    if (x.d[0] === 0) return sign === 1 && y.d.length <= MOST_WORDS ? y : null;
    const kx = exponentOf(x);
    const ky = exponentOf(y);
    const last = Math.min(kx - x.d.length, ky - y.d.length) + 1;
    // most money fits two words: there both are whole numbers of the last one
    if (Math.max(kx, ky) - last < 2)
      return fromWhole(x.s * inLast(x, kx, last) + sign * y.s * inLast(y, ky, last), last);
    const one = wordsOf(x);
    const other = wordsOf(y);
    const first = Math.max(one.k, other.k);
    const length = first - Math.min(lastOf(one), lastOf(other)) + 1;
    if (length >= MOST_WORDS) return null;
    if (one.s === sign * other.s) return build(one.s, first + 1, added(one, other, first, length));
    const order = compareSizes(x, y);
    if (order === 0) return new Ctor(0);
    const s = order > 0 ? one.s : -one.s;
    return build(s, first, order > 0 ? less(one, other, first, length) : less(other, one, first, length));
  };
  function add(this: DecimalBase, y: DecimalBase.Value): DecimalBase {
    return (isOurs(this) && isOurs(y) ? sum(this, y, 1) : null) ?? base.add.call(this, y);
  }
  function sub(this: DecimalBase, y: DecimalBase.Value): DecimalBase {
    return (isOurs(this) && isOurs(y) ? sum(this, y, -1) : null) ?? base.sub.call(this, y);
  }
  function mul(this: DecimalBase, y: DecimalBase.Value): DecimalBase {
    if (!isOurs(this) || !isOurs(y) || this.d[0] === 0 || y.d[0] === 0) return base.mul.call(this, y);
    const k = exponentOf(this) + exponentOf(y);
    const length = this.d.length + y.d.length;
    if (length === 2) return fromWhole(this.s * y.s * at(this.d, 0) * at(y.d, 0), k);
    if (length > MOST_WORDS) return base.mul.call(this, y);
    return build(this.s * y.s, k + 1, product(this.d, y.d));
  }

  /** As the library has it: of equal zeros the one with the sign of `wanted` counts, and nothing after a NaN does. */
  const extreme = (values: readonly DecimalBase.Value[], wanted: 1 | -1): DecimalBase | null => {
    const [first, ...others] = values;
    if (first === undefined || !isOurs(first)) return null;
    let best: DecimalBase = first;
    for (const other of others) {
      if (!isOurs(other)) return null;
      const order = compare(best, other);
      if (order === -wanted || (order === 0 && best.s === -wanted)) best = other;
    }
    return best;
  };
  const max = Ctor.max.bind(Ctor);
  const min = Ctor.min.bind(Ctor);
  Ctor.max = (...values) => extreme(values, 1) ?? max(...values);
  Ctor.min = (...values) => extreme(values, -1) ?? min(...values);

  const prototype = Object.assign(Object.create(base) as DecimalBase, {
    cmp,
    comparedTo: cmp,
    add,
    plus: add,
    sub,
    minus: sub,
    mul,
    times: mul,
  });
  Ctor.prototype = prototype;
  make.prototype = prototype;
  return Ctor;
}

/** A number of at most two words as a whole number of the word `last`. */
function inLast({ d }: DecimalBase, k: number, last: number): number {
  const value = d.length === 1 ? at(d, 0) : at(d, 0) * WORD + at(d, 1);
  return k - d.length + 1 === last ? value : value * WORD;
}

/** The word at a place that there is. */
const at = (words: readonly number[], index: number): number => words[index] as number;
const exponentOf = (x: DecimalBase): number => Math.floor(x.e / WORD_DIGITS);
const wordsOf = (x: DecimalBase): Words => ({ s: x.s, k: exponentOf(x), d: x.d });
/** The exponent of the last word. */
const lastOf = ({ k, d }: Words): number => k - d.length + 1;

function digitsOf(word: number): number {
  let digits = 1;
  for (let above = 10; word >= above; above *= 10) digits += 1;
  return digits;
}

function compare(x: DecimalBase, y: DecimalBase): number {
  if (x.d[0] === 0) return y.d[0] === 0 ? 0 : -y.s;
  if (y.d[0] === 0) return x.s;
  return x.s === y.s ? x.s * compareSizes(x, y) : x.s;
}

/** Of two numbers other than zero without their signs. */
function compareSizes(x: DecimalBase, y: DecimalBase): number {
  if (x.e !== y.e) return x.e > y.e ? 1 : -1;
  const length = Math.min(x.d.length, y.d.length);
  for (let i = 0; i < length; i += 1) if (x.d[i] !== y.d[i]) return at(x.d, i) > at(y.d, i) ? 1 : -1;
  return Math.sign(x.d.length - y.d.length);
}

/** The words of `x` from the exponent `first` on, `length` of them, behind `before` zeros. */
function spread({ k, d }: Words, first: number, length: number, before: number): number[] {
  const words: number[] = [];
  const from = before + first - k;
  for (let i = 0; i < from; i += 1) words.push(0);
  for (const word of d) words.push(word);
  while (words.length < before + length) words.push(0);
  return words;
}

/** One word longer than the longer operand, for what is carried. */
function added(one: Words, other: Words, first: number, length: number): number[] {
  const words = spread(one, first, length, 1);
  const from = first - other.k + 1;
  for (let i = other.d.length - 1; i >= 0; i -= 1) words[from + i] = at(words, from + i) + at(other.d, i);
  for (let i = length; i > 0; i -= 1) {
    if (at(words, i) < WORD) continue;
    words[i] = at(words, i) - WORD;
    words[i - 1] = at(words, i - 1) + 1;
  }
  return words;
}

/** `large` must be the larger. */
function less(large: Words, small: Words, first: number, length: number): number[] {
  const words = spread(large, first, length, 0);
  const from = first - small.k;
  for (let i = small.d.length - 1; i >= 0; i -= 1) words[from + i] = at(words, from + i) - at(small.d, i);
  for (let i = length - 1; i > 0; i -= 1) {
    if (at(words, i) >= 0) continue;
    words[i] = at(words, i) + WORD;
    words[i - 1] = at(words, i - 1) - 1;
  }
  return words;
}

/** A product of two words and what is carried stays far below 2^53. */
function product(a: readonly number[], b: readonly number[]): number[] {
  const words: number[] = [];
  for (let i = a.length + b.length; i > 0; i -= 1) words.push(0);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    let carry = 0;
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const whole = at(a, i) * at(b, j) + at(words, i + j + 1) + carry;
      carry = Math.floor(whole / WORD);
      words[i + j + 1] = whole - carry * WORD;
    }
    words[i] = carry;
  }
  return words;
}
