/** Random numbers that a start value fixes for ever; two simulators with the same one draw the same sequence. */
export class Xoshiro128 {
  readonly #s: Uint32Array;

  constructor(startValue: number) {
    this.#s = spread(startValue);
  }

  /** A generator in a given state of four words, not all zero. */
  static fromState(words: readonly [number, number, number, number]): Xoshiro128 {
    const generator = new Xoshiro128(0);
    generator.#s.set(words);
    return generator;
  }

  /** xoshiro128** 1.1 (Blackman and Vigna, public domain): 32 uniform bits. */
  next(): number {
    const s = this.#s;
    const [s0, s1, s2, s3] = [s[0] as number, s[1] as number, s[2] as number, s[3] as number];
    const result = Math.imul(rotl(Math.imul(s1, 5), 7), 9) >>> 0;
    const t = s1 << 9;
    const [x2, x3] = [s2 ^ s0, s3 ^ s1];
    s[1] = s1 ^ x2;
    s[0] = s0 ^ x3;
    s[2] = x2 ^ t;
    s[3] = rotl(x3, 11);
    return result;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.next() / 4_294_967_296;
  }

  /** Uniform whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** Exponential with the given mean. */
  exponential(mean: number): number {
    return -Math.log(1 - this.uniform()) * mean;
  }

  /** Normal with mean 0 and deviation 1 (Irwin-Hall: twelve uniforms, which is the same on every machine). */
  normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i += 1) sum += this.uniform();
    return sum;
  }
}

function rotl(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

/** The four words of state are drawn from the start value by splitmix32, as the generator's authors advise. */
function spread(startValue: number): Uint32Array {
  let z = startValue >>> 0;
  return Uint32Array.from({ length: 4 }, () => {
    z = (z + 0x9e3779b9) >>> 0;
    let t = z ^ (z >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  });
}
