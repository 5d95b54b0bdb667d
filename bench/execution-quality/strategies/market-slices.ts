import { dealt } from './deal.js';
import type { OrderDesk } from './order-desk.js';
import type { Strategy, WindowOrder } from './window-order.js';

/** R1: equal market slices, one at the beginning of each interval of the grid. */
export class MarketSlices implements Strategy {
  constructor(
    private readonly order: WindowOrder,
    private readonly desk: OrderDesk,
  ) {}

  start(): void {
    const { startAt, durationMs, slices, lots } = this.order;
    for (const [index, slice] of dealt(lots, slices).entries())
      this.desk.at(startAt + (index * durationMs * 1_000) / slices, () => {
        if (slice > 0) this.desk.take(slice, null, () => undefined);
      });
  }
}
