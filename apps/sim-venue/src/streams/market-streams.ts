import type { SymbolMarket } from '../floor/symbol-market.js';
import { topLevels, type DepthChange, type PublicTrade } from '../market/market-data.js';
import type { Side } from '../matching/book.js';
import { aggregateView } from '../rest/trade-views.js';
import type { Connection } from './connection.js';
import type { Outbox } from './outbox.js';
import { parseStreamName, type StreamName } from './stream-name.js';

const MAX_STREAMS = 1_024;
const SLOW_EVERY = 10;

interface Subscriber {
  readonly connection: Connection;
  /** Messages wear `{stream, data}` on `/stream`, nothing on `/ws`. */
  readonly combined: boolean;
  readonly streams: Set<string>;
}

export interface MarketStreamsOptions {
  readonly outbox: Outbox;
  readonly markets: ReadonlyMap<string, SymbolMarket>;
  readonly now: () => number;
}

/** Public streams. Trades and the touch go out as they happen; books every 100 and 1,000 ms when they changed. */
export class MarketStreams {
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #names = new Map<string, StreamName>();
  readonly #lastTop = new Map<string, string>();
  readonly #lastPartial = new Map<string, number>();
  #tick = 0;

  constructor(private readonly options: MarketStreamsOptions) {}

  attach(connection: Connection, combined: boolean, first: readonly string[]): void {
    const subscriber: Subscriber = { connection, combined, streams: new Set() };
    for (const name of first) this.#subscribe(subscriber, name);
    connection.socket.on('message', (data: Buffer) => {
      if (connection.admitMessage()) connection.send(this.#answer(subscriber, data.toString()));
    });
    connection.socket.on('close', () => {
      for (const name of subscriber.streams) this.#unsubscribe(subscriber, name);
    });
  }

  trade(market: SymbolMarket, trade: PublicTrade): void {
    const { spec } = market;
    const stream = spec.symbol.toLowerCase();
    const common = { E: this.options.now(), s: spec.symbol };
    this.#publish(`${stream}@trade`, () => ({
      e: 'trade',
      ...common,
      t: trade.id,
      p: spec.priceText(trade.ticks),
      q: spec.qtyText(trade.lots),
      T: trade.at,
      m: trade.buyerIsMaker,
      M: true,
    }));
    this.#publish(`${stream}@aggTrade`, () => ({ e: 'aggTrade', ...common, ...aggregateView(spec, trade) }));
  }

  bookChanged(market: SymbolMarket): void {
    const { spec } = market;
    const name = `${spec.symbol.toLowerCase()}@bookTicker`;
    if (!this.#subscribers.has(name)) return;
    const top = market.top();
    const key = `${top.bidTicks} ${top.bidLots} ${top.askTicks} ${top.askLots}`;
    if (this.#lastTop.get(name) === key) return;
    this.#lastTop.set(name, key);
    this.#publish(name, () => ({
      u: market.updateId,
      s: spec.symbol,
      b: spec.priceText(top.bidTicks),
      B: spec.qtyText(top.bidLots),
      a: spec.priceText(top.askTicks),
      A: spec.qtyText(top.askLots),
    }));
  }

  /** To be called every 100 ms. */
  publishBooks(): void {
    this.#tick += 1;
    const isSlow = this.#tick % SLOW_EVERY === 0;
    for (const market of this.options.markets.values()) {
      this.#publishChange(market, '@depth@100ms', market.changes.fast.take(market.updateId));
      if (isSlow) this.#publishChange(market, '@depth', market.changes.slow.take(market.updateId));
    }
    for (const stream of this.#names.values())
      if (stream.kind === 'partial' && (stream.speed === 'fast' || isSlow)) this.#publishPartial(stream);
  }

  #publishChange(market: SymbolMarket, suffix: string, change: DepthChange | null): void {
    if (change === null) return;
    const { spec } = market;
    const rows = (levels: DepthChange['bids']): string[][] =>
      levels.map(([ticks, lots]) => [spec.priceText(ticks), spec.qtyText(lots)]);
    this.#publish(`${spec.symbol.toLowerCase()}${suffix}`, () => ({
      e: 'depthUpdate',
      E: this.options.now(),
      s: spec.symbol,
      U: change.firstUpdateId,
      u: change.lastUpdateId,
      b: rows(change.bids),
      a: rows(change.asks),
    }));
  }

  #publishPartial(stream: StreamName): void {
    const market = this.options.markets.get(stream.symbol);
    if (market === undefined || this.#lastPartial.get(stream.name) === market.updateId) return;
    this.#lastPartial.set(stream.name, market.updateId);
    const rows = (side: Side): string[][] =>
      topLevels(market.book, side, stream.levels).map(([ticks, lots]) => [
        market.spec.priceText(ticks),
        market.spec.qtyText(lots),
      ]);
    this.#publish(stream.name, () => ({ lastUpdateId: market.updateId, bids: rows('BUY'), asks: rows('SELL') }));
  }

  #publish(name: string, build: () => Record<string, unknown>): void {
    const subscribers = this.#subscribers.get(name);
    if (subscribers === undefined) return;
    const subject = {
      route: name,
      symbol: this.#names.get(name)?.symbol ?? null,
      accountId: null,
      clientOrderId: null,
    };
    this.options.outbox.publish(
      subject,
      build(),
      [...subscribers].map(({ connection, combined }) => ({
        connection,
        frame: (text: string) => (combined ? `{"stream":"${name}","data":${text}}` : text),
      })),
    );
  }

  #answer(subscriber: Subscriber, text: string): string {
    let message: { id?: unknown; method?: unknown; params?: unknown } | null;
    try {
      message = JSON.parse(text) as typeof message;
    } catch (error) {
      return failure(null, 3, `Invalid JSON: ${(error as Error).message}`);
    }
    const id = message?.id ?? null;
    if (message?.method === 'LIST_SUBSCRIPTIONS') return JSON.stringify({ result: [...subscriber.streams], id });
    const { params } = message ?? {};
    if (!Array.isArray(params) || !params.every((name) => typeof name === 'string'))
      return failure(id, 2, 'Invalid request: params must be a list of stream names');
    if (message?.method === 'SUBSCRIBE') {
      if (new Set([...subscriber.streams, ...params]).size > MAX_STREAMS)
        return failure(id, 2, `Invalid request: at most ${MAX_STREAMS} streams per connection`);
      for (const name of params) this.#subscribe(subscriber, name);
      return JSON.stringify({ result: null, id });
    }
    if (message?.method === 'UNSUBSCRIBE') {
      for (const name of params) this.#unsubscribe(subscriber, name);
      return JSON.stringify({ result: null, id });
    }
    return failure(id, 2, 'Invalid request: method must be SUBSCRIBE, UNSUBSCRIBE or LIST_SUBSCRIPTIONS');
  }

  /** As at the vendor, a name that does not exist is accepted and stays silent. */
  #subscribe(subscriber: Subscriber, name: string): void {
    subscriber.streams.add(name);
    const stream = parseStreamName(name);
    if (stream !== null) this.#names.set(name, stream);
    const subscribers = this.#subscribers.get(name) ?? new Set();
    subscribers.add(subscriber);
    this.#subscribers.set(name, subscribers);
  }

  #unsubscribe(subscriber: Subscriber, name: string): void {
    subscriber.streams.delete(name);
    const subscribers = this.#subscribers.get(name);
    subscribers?.delete(subscriber);
    if (subscribers?.size !== 0) return;
    this.#subscribers.delete(name);
    this.#names.delete(name);
    this.#lastTop.delete(name);
    this.#lastPartial.delete(name);
  }
}

function failure(id: unknown, code: number, msg: string): string {
  return JSON.stringify({ error: { code, msg }, id });
}
