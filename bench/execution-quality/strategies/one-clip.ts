import type { DeskChild, OrderDesk } from './order-desk.js';
import type { Strategy, WindowOrder } from './window-order.js';

const LOOK_MICROS = 50_000;
/** A child is not moved before (algorithms.md 4.11). */
const LEAST_REST_MICROS = 2_000_000;
/** Of what is displayed at our touch (algorithms.md 4.1). */
const OF_DISPLAYED = 0.25;

/**
 * About the most that the clip rule of algorithms.md 4.1 and 4.11 can make: one clip of a slice at a time at the touch,
 * placed again as soon as it is filled and moved as soon as it may be, with no plan or band that ever stops it. Its maker
 * ratio is what a follower of the contract can hope for. The window's end takes the rest.
 */
export class OneClip implements Strategy {
  #child: DeskChild | null = null;
  #bornAt = 0;
  #madeLots = 0;

  constructor(
    private readonly order: WindowOrder,
    private readonly desk: OrderDesk,
  ) {}

  start(): void {
    this.#place();
    this.#lookFrom(this.order.startAt + LOOK_MICROS);
  }

  #lookFrom(at: number): void {
    this.desk.at(at, () => {
      this.#look();
      this.#lookFrom(at + LOOK_MICROS);
    });
  }

  #touch(): { readonly ticks: number; readonly lots: number } | null {
    const { top } = this.desk.venue;
    if (top === null) return null;
    return this.order.side === 'buy'
      ? { ticks: top.bidTicks, lots: top.bidLots }
      : { ticks: top.askTicks, lots: top.askLots };
  }

  #place(): void {
    this.#child = null;
    const touch = this.#touch();
    const { lots, slices } = this.order;
    const left = lots - this.#madeLots;
    if (touch === null || left <= 0) return;
    const size = Math.min(left, Math.ceil(lots / slices), Math.max(1, Math.floor(touch.lots * OF_DISPLAYED)));
    let open = size;
    this.#bornAt = this.desk.now;
    this.#child = this.desk.rest(touch.ticks, size, {
      refused: () => (this.#child = null),
      filled: (filled) => {
        this.#madeLots += filled;
        open -= filled;
        if (open > 0) return;
        this.#place();
      },
    });
  }

  #look(): void {
    const child = this.#child;
    if (child === null) return this.#place();
    const touch = this.#touch();
    const { resting, ticks } = child;
    if (touch === null || ticks === touch.ticks || resting === null || resting.openLots === 0) return;
    if (this.desk.now - this.#bornAt < LEAST_REST_MICROS) return;
    this.#bornAt = Infinity;
    this.desk.cancel(child, (open) => {
      if (open > 0) this.#place();
    });
  }
}
