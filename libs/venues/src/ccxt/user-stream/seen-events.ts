import type { UserEvent } from '../../ports.js';

const REMEMBERED = 5_000;

/** Which events of orders were handed on: venues may send them twice (venues.md A8). The oldest are forgotten. */
export class SeenEvents {
  private readonly keys = new Set<string>();

  /** Balances and positions are new each time: they say how things stand. */
  isNew(event: UserEvent): boolean {
    const key = keyOf(event);
    if (key === null) return true;
    if (this.keys.has(key)) return false;
    this.keys.add(key);
    const oldest = this.keys.values().next();
    if (this.keys.size > REMEMBERED && oldest.done !== true) this.keys.delete(oldest.value);
    return true;
  }
}

function keyOf(event: UserEvent): string | null {
  switch (event.kind) {
    case 'order':
      return `order/${event.order.symbol}/${event.order.venueOrderId}/${event.executionId}`;
    case 'fill':
      return `fill/${event.fill.symbol}/${event.fill.venueOrderId}/${event.fill.tradeId}`;
    case 'balances':
    case 'position':
      return null;
  }
}
