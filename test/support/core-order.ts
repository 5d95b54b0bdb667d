import type { BookOrder, Level, Side } from '../../apps/sim-venue/src/matching/book.js';
import type { SelfTradeMode, Taker } from '../../apps/sim-venue/src/matching/match.js';

/** An order with nothing but what the matching core of the simulated exchange needs, and an id. */
export class CoreOrder implements Taker {
  level: Level | null = null;
  before: BookOrder | null = null;
  after: BookOrder | null = null;
  hiddenLots = 0;

  constructor(
    readonly id: number,
    readonly owner: number,
    readonly side: Side,
    readonly ticks: number,
    public openLots: number,
    readonly selfTrade: SelfTradeMode = 'NONE',
    readonly sliceLots = 0,
  ) {}
}
