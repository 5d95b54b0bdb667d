import type { Top } from '../../floor/symbol-market.js';
import { topLevels } from '../../market/market-data.js';
import type { MarketEvents } from '../market-events.js';
import { Turn, type Feed, type Publish } from './feed.js';
import type { DepthReader, StreamedMarket } from './streamed-market.js';

/** `@bookTicker`: the touch, whenever price or quantity of it changed. */
export class BookTickerFeed implements Feed {
  #last: Top = { bidTicks: -1, bidLots: 0, askTicks: 0, askLots: 0 };

  constructor(
    private readonly streamed: StreamedMarket,
    private readonly events: MarketEvents,
    private readonly publish: Publish,
  ) {}

  bookChanged(now: number): void {
    const { market, changedAt } = this.streamed;
    const top = market.top();
    if (isSame(top, this.#last)) return;
    this.#last = top;
    this.publish(this.events.bookTicker(market, top, now, changedAt));
  }
}

/** `!bookTicker`: every now and then the touch of each symbol where it changed, one message each. */
export class AllBookTickersFeed implements Feed {
  readonly #turn: Turn;
  readonly #last = new Map<StreamedMarket, Top>();

  constructor(
    private readonly markets: readonly StreamedMarket[],
    private readonly events: MarketEvents,
    everyMs: number,
    private readonly publish: Publish,
  ) {
    this.#turn = new Turn(everyMs);
  }

  tick(now: number): void {
    if (!this.#turn.isDue()) return;
    for (const streamed of this.markets) {
      const top = streamed.market.top();
      const last = this.#last.get(streamed);
      if (last !== undefined && isSame(top, last)) continue;
      this.#last.set(streamed, top);
      this.publish(this.events.bookTicker(streamed.market, top, now, streamed.changedAt || now));
    }
  }
}

/** `@depth`: what changed in the book, as it happens or every so many milliseconds; nothing when nothing did. */
export class DepthFeed implements Feed {
  readonly bookChanged?: (now: number) => void;
  readonly #reader: DepthReader;
  readonly #turn: Turn | null;

  constructor(
    private readonly streamed: StreamedMarket,
    private readonly events: MarketEvents,
    everyMs: number,
    private readonly publish: Publish,
  ) {
    this.#reader = streamed.readDepth();
    this.#turn = everyMs === 0 ? null : new Turn(everyMs);
    if (everyMs === 0) this.bookChanged = (now) => this.#tell(now);
  }

  tick(now: number): void {
    if (this.#turn?.isDue() === true) this.#tell(now);
  }

  close(): void {
    this.streamed.stopReading(this.#reader);
  }

  #tell(now: number): void {
    const previous = this.#reader.lastUpdateId;
    const change = this.#reader.take();
    if (change !== null)
      this.publish(this.events.depth(this.streamed.market, change, previous, now, this.streamed.changedAt || now));
  }
}

/** `@depth<n>`: the first levels of the book, when it changed. */
export class PartialDepthFeed implements Feed {
  readonly #turn: Turn;
  #toldUpdateId: number | null = null;

  constructor(
    private readonly streamed: StreamedMarket,
    private readonly events: MarketEvents,
    private readonly levels: number,
    everyMs: number,
    private readonly publish: Publish,
  ) {
    this.#turn = new Turn(everyMs);
  }

  tick(now: number): void {
    if (!this.#turn.isDue()) return;
    const { market, changedAt } = this.streamed;
    const { updateId } = market;
    if (this.#toldUpdateId === updateId) return;
    const previousUpdateId = this.#toldUpdateId ?? updateId;
    this.#toldUpdateId = updateId;
    const book = {
      previousUpdateId,
      firstUpdateId: Math.min(previousUpdateId + 1, updateId),
      lastUpdateId: updateId,
      bids: topLevels(market.book, 'BUY', this.levels),
      asks: topLevels(market.book, 'SELL', this.levels),
    };
    this.publish(this.events.partial(market, book, now, changedAt || now));
  }
}

function isSame(a: Top, b: Top): boolean {
  return a.bidTicks === b.bidTicks && a.bidLots === b.bidLots && a.askTicks === b.askTicks && a.askLots === b.askLots;
}
