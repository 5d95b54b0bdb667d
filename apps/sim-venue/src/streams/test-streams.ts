import { Customers } from '../accounts/customers.js';
import type { FaultyDelivery } from '../faults/faulty-delivery.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import { TradingFloor } from '../floor/trading-floor.js';
import { NO_JOURNAL } from '../journal/journal.js';
import { DEFAULT_SYMBOLS, SymbolSpec } from '../matching/symbol-spec.js';
import { USDM_SYMBOLS } from '../usdm/symbols.js';
import type { Connection } from './connection.js';
import { TICK_MS } from './feeds/feed.js';
import type { MarkOfMarket } from './feeds/mark-feeds.js';
import { MarketStreams } from './market-streams.js';
import { Outbox, type Recipient } from './outbox.js';
import { SPOT_EVENTS } from './spot-events.js';
import { spotStreamName, usdmStreamName, type StreamName } from './stream-name.js';
import { USDM_EVENTS } from './usdm-events.js';

export type StreamMessage = Record<string, unknown>;

/** For specs: the market streams of one product over books that only the market trades in; time is moved by hand. */
export class TestStreams {
  readonly floor: TradingFloor;
  readonly market: SymbolMarket;
  readonly streams: MarketStreams;
  /** On a full minute. */
  time = Date.UTC(2026, 0, 5, 9);
  readonly #names: (name: string) => StreamName | null;

  constructor(product: 'spot' | 'usdm', markOf?: MarkOfMarket) {
    const now = (): number => this.time;
    const definitions = product === 'spot' ? DEFAULT_SYMBOLS : USDM_SYMBOLS;
    this.#names = product === 'spot' ? spotStreamName : usdmStreamName;
    this.floor = new TradingFloor({
      symbols: definitions.map((definition) => new SymbolSpec(definition)),
      journal: NO_JOURNAL,
      now,
      listener: {
        wantsUserEvents: () => false,
        userEvent: () => undefined,
        trade: (market, trade) => this.streams.trade(market, trade),
        bookChanged: (market) => this.streams.bookChanged(market),
        firstFill: () => undefined,
        reset: () => undefined,
      },
      settlement: {
        orderIdOf: () => 0,
        loggedIdOf: () => 0,
        fill: () => undefined,
        prevent: () => undefined,
        reserveIds: () => undefined,
      },
    });
    const delivery = { isIdle: true } as FaultyDelivery;
    this.streams = new MarketStreams({
      outbox: new Outbox({ product, customers: new Customers(NO_JOURNAL, now), delivery }),
      markets: this.floor.markets,
      events: product === 'spot' ? SPOT_EVENTS : USDM_EVENTS,
      ...(markOf && { markOf }),
      now,
    });
    this.streams.stop();
    this.market = this.floor.markets.get('TESTUSDT') as SymbolMarket;
  }

  /** Everything that a stream says from now on, and how to leave it. */
  listen(name: string): { readonly messages: StreamMessage[]; leave(): void } {
    const stream = this.#names(name);
    if (stream === null) throw new Error(`${name} must be the name of a stream`);
    const messages: StreamMessage[] = [];
    const connection = { send: (text: string) => messages.push(JSON.parse(text) as StreamMessage) };
    const recipient: Recipient = { connection: connection as unknown as Connection, frame: (text) => text };
    this.streams.subscribe(stream, recipient);
    return { messages, leave: () => this.streams.unsubscribe(stream, recipient) };
  }

  /** Interest of the market: trades with what it crosses, rests with what is left. */
  place(side: 'BUY' | 'SELL', ticks: number, lots: number): void {
    this.floor.placeForMarket(this.market, side, ticks, lots);
  }

  /** Lets time pass, tick by tick. */
  wait(ms: number): void {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      this.time += TICK_MS;
      this.streams.tick();
    }
  }
}
