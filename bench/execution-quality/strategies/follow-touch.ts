import { dealt } from './deal.js';
import type { DeskChild, OrderDesk } from './order-desk.js';
import type { Strategy, WindowOrder } from './window-order.js';

const FOLLOW_MICROS = 200_000;

/**
 * R3: what the grid has made due so far rests post-only at the touch and follows it every 200 ms, each move in one
 * request; unfilled quantity accumulates, and the window's end dumps the rest.
 */
export class FollowTouch implements Strategy {
  /** Due and neither resting nor on its way: refused, and tried again. */
  #heldLots = 0;
  #children: DeskChild[] = [];

  constructor(
    private readonly order: WindowOrder,
    private readonly desk: OrderDesk,
  ) {}

  start(): void {
    const { startAt, durationMs, slices, lots } = this.order;
    for (const [index, slice] of dealt(lots, slices).entries())
      this.desk.at(startAt + (index * durationMs * 1_000) / slices, () => this.#due(slice));
    this.#followFrom(startAt + FOLLOW_MICROS);
  }

  #followFrom(at: number): void {
    this.desk.at(at, () => {
      this.#follow();
      this.#followFrom(at + FOLLOW_MICROS);
    });
  }

  get #touch(): number | null {
    const { top } = this.desk.venue;
    if (top === null) return null;
    return this.order.side === 'buy' ? top.bidTicks : top.askTicks;
  }

  #due(lots: number): void {
    const touch = this.#touch;
    const wanted = lots + this.#heldLots;
    if (wanted === 0) return;
    this.#heldLots = touch === null ? wanted : 0;
    if (touch === null) return;
    this.#children.push(this.desk.rest(touch, wanted, { refused: () => (this.#heldLots += wanted) }));
  }

  #follow(): void {
    const touch = this.#touch;
    if (touch === null) return;
    this.#children = this.#children.filter(({ isRefused, resting }) => !isRefused && resting?.openLots !== 0);
    const left = this.#children.filter(({ ticks, resting }) => resting !== null && ticks !== touch);
    if (left.length === 0 && this.#heldLots === 0) return;
    const held = this.#heldLots;
    this.#heldLots = 0;
    const moved = this.desk.replace(left, held, touch, { refused: (lots) => (this.#heldLots += lots) });
    this.#children = [...this.#children.filter((child) => !left.includes(child)), moved];
  }
}
