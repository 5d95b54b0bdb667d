import type { OrderDesk } from './order-desk.js';
import type { Strategy, WindowOrder } from './window-order.js';

const COLLAR = 5 / 10_000;
const MOST_TIMES = 3;

/** Lots of one leg of R2: what is left over the legs left, at most three times an even leg. */
export function legLots(leftLots: number, legsLeft: number, totalLots: number, legs: number): number {
  return Math.min(Math.ceil(leftLots / legsLeft), MOST_TIMES * Math.ceil(totalLots / legs));
}

/** R2: legs at the grid with catch-up of up to three times, each an IOC at most 5 bps beyond the mid. */
export class CappedLegs implements Strategy {
  #knownLots = 0;

  constructor(
    private readonly order: WindowOrder,
    private readonly desk: OrderDesk,
  ) {}

  start(): void {
    const { startAt, durationMs, slices } = this.order;
    for (let index = 0; index < slices; index += 1)
      this.desk.at(startAt + (index * durationMs * 1_000) / slices, () => this.#leg(slices - index));
  }

  #leg(legsLeft: number): void {
    const { lots, slices, side } = this.order;
    const { top } = this.desk.venue;
    const leg = legLots(lots - this.#knownLots, legsLeft, lots, slices);
    if (top === null || leg <= 0) return;
    const mid = (top.bidTicks + top.askTicks) / 2;
    const limit = side === 'buy' ? Math.floor(mid * (1 + COLLAR)) : Math.ceil(mid * (1 - COLLAR));
    this.desk.take(leg, limit, (taken) => {
      this.#knownLots += taken.reduce((sum, level) => sum + level.lots, 0);
    });
  }
}
