import { ZERO, decimal, type Decimal } from '#domain';

const AFTER_MICROS = 5_000_000;
const NEWEST = 200;

/**
 * Mean loss of an order's newest maker fills five seconds later: s * ln(p / M) in bps, weighted alike
 * (algorithms.md 4.3). A fill counts once its five seconds are over.
 */
export class MakerMarkouts {
  readonly #losses: number[] = [];
  #known: { readonly fills: number; readonly meanLossBps: Decimal } = { fills: 0, meanLossBps: ZERO };

  constructor(
    private readonly sign: 1 | -1,
    private readonly at: (at: number, run: () => void) => void,
    private readonly midTicks: () => number | null,
  ) {}

  filled(ticks: number, at: number): void {
    this.at(at + AFTER_MICROS, () => {
      const mid = this.midTicks();
      if (mid === null) return;
      this.#losses.push(this.sign * Math.log(ticks / mid) * 10_000);
      if (this.#losses.length > NEWEST) this.#losses.shift();
      const mean = this.#losses.reduce((sum, loss) => sum + loss, 0) / this.#losses.length;
      this.#known = { fills: this.#losses.length, meanLossBps: decimal(mean.toFixed(6)) };
    });
  }

  view(): { readonly fills: number; readonly meanLossBps: Decimal } {
    return this.#known;
  }
}
