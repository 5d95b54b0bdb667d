import type { RecordLog } from '../journal/journal.js';
import type { VenueRecord } from '../journal/venue-record.js';
import { MARKET_OWNER, type BookOrder, type Side } from '../matching/book.js';
import { matchTaker, type MatchSink, type Taker } from '../matching/match.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import { EventLog } from './event-log.js';
import type { ExchangeListener } from './listener.js';
import { Operation } from './operation.js';
import { MarketOrder, SymbolMarket, type IdMarks } from './symbol-market.js';

/** One side of a trade. */
export interface FloorFill {
  readonly tradeId: number;
  readonly ticks: number;
  readonly lots: number;
  readonly isMaker: boolean;
}

/** What a product does about trades of its accounts' orders; the floor itself knows no money. */
export interface Settlement {
  /** Number of an account's order. */
  orderIdOf(order: BookOrder): number;
  /** The same as the event log shows it: counted from 1 after a reset. */
  loggedIdOf(order: BookOrder): number;
  /** The book is changed already. */
  fill(order: BookOrder, fill: FloorFill): void;
  /** See {@link MatchSink.payable}; absent where orders lock all that they may cost. */
  readonly payable?: (maker: BookOrder, taker: BookOrder, ticks: number, lots: number) => number;
  /** Two orders of one account met; see {@link MatchSink.prevented}. */
  prevent(maker: BookOrder, taker: BookOrder, lots: number): void;
  /** Ids up to these marks must never be given out again. */
  reserveIds(symbol: string, marks: Required<IdMarks>): void;
}

export interface FloorOptions {
  readonly symbols: readonly SymbolSpec[];
  readonly journal: RecordLog;
  /** The venue's clock. */
  readonly now: () => number;
  readonly listener: ExchangeListener;
  readonly settlement: Settlement;
}

/**
 * The markets of one product, and the only way to change them. Every change happens inside an operation: records are
 * made and applied, the journal line is written, and only then anything is published or answered.
 */
export class TradingFloor {
  readonly markets = new Map<string, SymbolMarket>();
  readonly log = new EventLog();
  readonly #sinks = new Map<SymbolMarket, MatchSink>();
  #operation: Operation | null = null;

  constructor(private readonly options: FloorOptions) {
    for (const spec of options.symbols) {
      const market = new SymbolMarket(spec, (marks) => options.settlement.reserveIds(spec.symbol, marks));
      this.markets.set(spec.symbol, market);
      this.#sinks.set(market, {
        trade: (maker, taker, ticks, lots) => this.#trade(market, maker, taker, ticks, lots),
        prevented: (maker, taker, lots) => options.settlement.prevent(maker, taker, lots),
        ...(options.settlement.payable && { payable: options.settlement.payable }),
      });
    }
  }

  now(): number {
    return this.options.now();
  }

  get listener(): ExchangeListener {
    return this.options.listener;
  }

  /** Runs `action` as one operation; an operation inside an operation is part of the outer one. */
  transact<T>(action: () => T): T {
    if (this.#operation !== null) return action();
    const operation = new Operation();
    this.#operation = operation;
    try {
      return action();
    } finally {
      this.#operation = null;
      if (operation.records.length > 0) this.options.journal.append(operation.records);
      operation.publish(this.options.listener);
    }
  }

  /** The operation that is going on. @throws Error outside of one: a bug */
  get operation(): Operation {
    if (this.#operation === null) throw new Error('A change must happen inside an operation');
    return this.#operation;
  }

  /** Notes a fact that was just applied, to be written when the operation ends. */
  journal(record: VenueRecord): void {
    this.operation.records.push(record);
  }

  /**
   * Lets an account's order trade with the book, down to `limitTicks` (null: any price).
   *
   * @returns whether self-trade prevention ended it, or that it could not pay
   */
  match(market: SymbolMarket, taker: Taker, limitTicks: number | null): boolean {
    const ended = matchTaker(market.book, taker, limitTicks, this.#sinkOf(market));
    this.operation.touched(market);
    return ended;
  }

  /** Interest of the market itself: trades with what it crosses and rests with what is left, unless `ticks` is null. */
  placeForMarket(market: SymbolMarket, side: Side, ticks: number | null, lots: number): MarketOrder {
    return this.transact(() => {
      const order = new MarketOrder(side, ticks ?? 0, lots);
      this.log.add(`market ${market.spec.symbol} ${side} ${ticks ?? 'any'} ${lots}`);
      this.match(market, order, ticks);
      if (order.openLots > 0 && ticks !== null) market.book.add(order);
      return order;
    });
  }

  /** Takes interest of the market off the book: all of it, or `lots` of it in place. */
  withdrawForMarket(market: SymbolMarket, order: MarketOrder, lots?: number): void {
    this.transact(() => {
      this.log.add(`withdraw ${market.spec.symbol} ${order.side} ${order.ticks} ${lots ?? order.openLots}`);
      if (lots === undefined || lots >= order.openLots) market.book.remove(order);
      else market.book.reduce(order, lots);
      this.operation.touched(market);
    });
  }

  /**
   * A trade that the script says happened, with a resting order: it fills an account's order, or eats market
   * interest that stands in front of it.
   *
   * @returns the lots traded: fewer when the account cannot pay for more; the order has then ended, or only closed
   */
  tradeWithResting(market: SymbolMarket, maker: BookOrder, wanted: number): number {
    return this.transact(() => {
      const taker = new MarketOrder(maker.side === 'BUY' ? 'SELL' : 'BUY', maker.ticks, wanted);
      const lots = this.options.settlement.payable?.(maker, taker, maker.ticks, wanted) ?? wanted;
      if (lots === 0) return 0;
      market.book.fill(maker, lots);
      taker.openLots = 0;
      this.#trade(market, maker, taker, maker.ticks, lots);
      this.operation.touched(market);
      return lots;
    });
  }

  /**
   * A trade between two strangers: printed, nothing else. A recorded one has an id of its own.
   *
   * @returns its id
   */
  printTrade(market: SymbolMarket, ticks: number, lots: number, buyerIsMaker: boolean, recordedId?: number): number {
    return this.transact(() => {
      if (recordedId !== undefined) market.noteRecordedTrade(recordedId);
      return this.#print(market, ticks, lots, buyerIsMaker, null, null, recordedId);
    });
  }

  /**
   * Runs what a record shows as one operation: `action` may change interest of the market in the book directly, without
   * matching, and call the other methods for what trades.
   *
   * @param what stands for it in the event log: the number of the tape's line, or a word
   */
  applyRecord(market: SymbolMarket, what: string | number, action: () => void): void {
    this.transact(() => {
      if (typeof what === 'number') this.log.addTapeLine(market.spec.symbol, what);
      else this.log.add(`record ${market.spec.symbol} ${what}`);
      action();
      this.operation.touched(market);
    });
  }

  /** Empties every book and forgets the trades. Ids go on, as they do at a venue. */
  clear(): void {
    this.transact(() => {
      for (const market of this.markets.values()) {
        for (const side of ['BUY', 'SELL'] as const)
          for (let level = market.book.best(side); level !== undefined; level = market.book.best(side))
            market.book.remove(level.first as BookOrder);
        market.tape.clear();
        this.operation.touched(market);
      }
    });
  }

  #trade(market: SymbolMarket, maker: BookOrder, taker: Taker, ticks: number, lots: number): void {
    const buyerIsMaker = maker.side === 'BUY';
    const [buyer, seller] = buyerIsMaker ? [maker, taker] : [taker, maker];
    const tradeId = this.#print(market, ticks, lots, buyerIsMaker, buyer, seller);
    const { settlement } = this.options;
    if (maker.owner !== MARKET_OWNER) settlement.fill(maker, { tradeId, ticks, lots, isMaker: true });
    if (taker.owner !== MARKET_OWNER) settlement.fill(taker, { tradeId, ticks, lots, isMaker: false });
  }

  #print(
    market: SymbolMarket,
    ticks: number,
    lots: number,
    buyerIsMaker: boolean,
    buyer: BookOrder | null,
    seller: BookOrder | null,
    recordedId?: number,
  ): number {
    const { settlement } = this.options;
    const idOf = (order: BookOrder | null): number =>
      order === null || order.owner === MARKET_OWNER ? 0 : settlement.orderIdOf(order);
    const loggedIdOf = (order: BookOrder | null): number =>
      order === null || order.owner === MARKET_OWNER ? 0 : settlement.loggedIdOf(order);
    const trade = {
      id: recordedId ?? market.nextTradeId(),
      ticks,
      lots,
      buyerIsMaker,
      at: this.now(),
      buyerOrderId: idOf(buyer),
      sellerOrderId: idOf(seller),
    };
    market.tape.add(trade, market.spec.notional(ticks, lots));
    this.log.add(`trade ${market.spec.symbol} ${ticks} ${lots} ${loggedIdOf(buyer)} ${loggedIdOf(seller)}`);
    this.operation.trade(market, trade);
    return trade.id;
  }

  #sinkOf(market: SymbolMarket): MatchSink {
    return this.#sinks.get(market) as MatchSink;
  }
}
