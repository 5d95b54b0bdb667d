import { Refusal } from '../floor/refusal.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import type { FloorFill } from '../floor/trading-floor.js';
import type { Side } from '../matching/book.js';
import { FillDesk } from './fill-desk.js';
import { marketOfOrder, type FuturesCore } from './futures-core.js';
import type { FuturesAccount, FuturesFill, FuturesOrder } from './ledger/futures-account.js';
import { keepsPlace, reducible } from './ledger/futures-ledger.js';
import type { Position } from './ledger/position.js';
import type { FuturesClosedStatus, FuturesRecordOf } from './ledger/records.js';
import { acceptedLots, checkMargin, wouldTake, type FuturesCommand } from './order-checks.js';
import { payableLots, tryTrade } from './payable.js';
import { takeBound } from './take-bound.js';
import { orderTradeUpdate, type FuturesExecution } from './user-events.js';

/** The vendor's limit on changes of one order. */
const MAX_AMENDMENTS = 10_000;
const NOBODY = 'NONE';
const NOT_TRADING = 'Symbol is on delivering or delivered or settling or closed or pre-trading.';

/** Places, changes and ends orders, and books what they trade. */
export class OrderDesk {
  readonly #fills: FillDesk;

  constructor(private readonly core: FuturesCore) {
    this.#fills = new FillDesk(core, (account, position) => this.#cutReducers(account, position));
  }

  /**
   * Accepts and matches an order.
   *
   * @param id its number, when it was announced already
   * @returns the order, or the earlier one under its client id where the venue answers a repeat with that
   * @throws Refusal when position, margin or the book do not allow it; nothing has happened then
   */
  place(
    account: FuturesAccount,
    market: SymbolMarket,
    command: FuturesCommand,
    id = this.core.ledger.lastOrderId + 1,
  ): FuturesOrder {
    const { policy } = this.core;
    const { symbol } = market.spec;
    if (!policy.isTrading(symbol)) throw new Refusal(-4108, NOT_TRADING);
    const facts = { accountId: account.id, symbol, clientOrderId: command.clientOrderId };
    const earlier = account.orderByClientId(symbol, command.clientOrderId);
    const verdict = earlier === undefined ? 'accept' : policy.sameId(facts, earlier);
    if (verdict === 'refuse') throw new Refusal(-4116, 'ClientOrderId is duplicated.');
    if (verdict === 'return' && earlier !== undefined) return earlier;
    const lots = acceptedLots(market, account, command, this.core.markOf);
    return this.core.floor.transact(() => {
      const order = this.#enter(account, market, { ...command, lots }, false, id);
      policy.accepted(facts, order);
      this.#match(market, order);
      return order;
    });
  }

  /**
   * Closes a position at market, no further from the mark than any market order; what the book does not take there, the
   * insurance account takes over at the mark.
   */
  liquidate(account: FuturesAccount, position: Position): void {
    const market = this.core.floor.markets.get(position.spec.symbol) as SymbolMarket;
    const number = this.core.ledger.liquidations + 1;
    const order = this.#enter(
      account,
      market,
      {
        clientOrderId: `autoclose-${number}`,
        side: position.lots > 0 ? 'SELL' : 'BUY',
        positionSide: position.side,
        type: 'MARKET',
        timeInForce: 'IOC',
        ticks: 0,
        lots: Math.abs(position.lots),
        reduceOnly: true,
        goodTill: 0,
        selfTrade: NOBODY,
        requestHash: '',
      },
      true,
    );
    const mark = this.core.markOf(position.spec.symbol);
    this.core.floor.match(market, order, takeBound(market.spec, order.side, mark));
    if (order.openLots === 0) return;
    const ticks = Number(mark / position.spec.tickUnits);
    const lots = order.openLots;
    order.openLots = 0;
    this.fill(order, { tradeId: market.nextTradeId(), ticks: Math.max(1, ticks), lots, isMaker: false });
  }

  /**
   * Cancels an order. One that traded in secret is acknowledged as cancelled; its trade comes to light later.
   *
   * @throws Refusal -2011 when the order is not open
   */
  cancel(order: FuturesOrder): void {
    if (!order.isOpen) return this.#cancelLate(order);
    this.core.floor.transact(() => this.end(order, 'CANCELED'));
  }

  cancelAll(orders: Iterable<FuturesOrder>): void {
    this.core.floor.transact(() => {
      for (const order of [...orders]) if (order.isOpen) this.end(order, 'CANCELED');
    });
  }

  /**
   * Changes price and quantity. Less at the same price keeps the place in the queue; everything else queues anew and
   * may trade. A partly filled order that would be left with nothing, and a post-only order that would take, are
   * cancelled instead.
   *
   * @throws Refusal -2013, -1117, -5026, -5027, -2027 or -2019; the order then stays as it is
   */
  amend(order: FuturesOrder, side: Side, ticks: number, asked: number): FuturesOrder {
    if (!order.isOpen) throw new Refusal(-2013, 'Order does not exist.');
    if (side !== order.side) throw new Refusal(-1117, 'Invalid side.');
    if (order.amendments.length >= MAX_AMENDMENTS) throw new Refusal(-5026, 'Exceed maximum modify order limit.');
    if (ticks === order.ticks && asked === order.lots) throw new Refusal(-5027, 'No need to modify the order.');
    const market = marketOfOrder(this.core, order);
    if (!this.core.policy.isTrading(order.spec.symbol))
      throw new Refusal(-5024, 'Symbol is not in trading status. Order amendment is not permitted.');
    const takes = order.timeInForce === 'GTX' && wouldTake(market, side, ticks);
    return this.core.floor.transact(() => {
      if (takes || asked <= order.tradedLots) this.end(order, 'CANCELED');
      else this.#change(market, order, ticks, this.#amendable(market, order, ticks, asked));
      return order;
    });
  }

  /** Takes an order out of the book, if it is there, and ends it. Inside an operation. */
  end(order: FuturesOrder, status: FuturesClosedStatus): void {
    if (order.level !== null) {
      const market = marketOfOrder(this.core, order);
      market.book.remove(order);
      this.core.floor.operation.touched(market);
    }
    order.openLots = 0;
    this.core.floor.log.add(`close ${this.core.logged(order.id)} ${status}`);
    this.core.record({ k: 'usdm.close', order: order.id, status, at: this.core.now() });
    this.#report(order, status === 'CANCELED' ? 'CANCELED' : 'EXPIRED');
  }

  /** Books a trade of an order. Inside an operation; the book is changed already. */
  fill(order: FuturesOrder, fill: FloorFill): void {
    this.#fills.fill(order, fill);
    this.#cutReducers(order.account, order.account.position(order.spec, order.positionSide));
  }

  /**
   * How many lots of a trade both sides can pay for, null being the market itself. With 0 the order that cannot has
   * expired. Inside an operation.
   */
  payable(maker: FuturesOrder | null, taker: FuturesOrder | null, ticks: number, lots: number): number {
    const { markOf } = this.core;
    let most = lots;
    if (maker !== null) most = payableLots(maker.account, maker, { ticks, lots, isMaker: true }, markOf);
    if (maker !== null && most === 0) this.end(maker, 'EXPIRED');
    if (taker === null || most === 0) return most;
    let { account } = taker;
    if (maker?.account === account) {
      account = account.copy();
      tryTrade(account, maker, { ticks, lots: most, isMaker: true });
    }
    most = payableLots(account, taker, { ticks, lots: most, isMaker: false }, markOf);
    if (most === 0) this.end(taker, 'EXPIRED');
    return most;
  }

  /** Self-trade prevention ended one of two orders of an account, or both. */
  prevent(maker: FuturesOrder, taker: FuturesOrder): void {
    if (taker.selfTrade !== 'EXPIRE_TAKER') this.end(maker, 'EXPIRED_IN_MATCH');
    if (taker.selfTrade !== 'EXPIRE_MAKER') this.end(taker, 'EXPIRED_IN_MATCH');
  }

  /** After a restart: fills the books with the orders that were open, or expires them. */
  reopen(withOpenOrders: boolean): void {
    const open = [...this.core.ledger.orders.values()].filter(({ isOpen }) => isOpen).sort((a, b) => a.rank - b.rank);
    this.core.floor.transact(() => {
      for (const order of open) {
        order.openLots = order.leftLots;
        if (withOpenOrders) marketOfOrder(this.core, order).book.add(order);
        else this.end(order, 'EXPIRED');
      }
    });
  }

  /** The fact that an order was accepted, for `lots`. */
  record(
    id: number,
    account: FuturesAccount,
    { spec }: SymbolMarket,
    command: FuturesCommand,
    lots: number,
    liquidation = false,
  ): FuturesRecordOf<'usdm.order'> {
    const { side, positionSide, type, ticks, reduceOnly, goodTill } = command;
    return {
      k: 'usdm.order',
      id,
      account: account.id,
      symbol: spec.symbol,
      cid: command.clientOrderId,
      side,
      positionSide,
      type,
      tif: command.timeInForce,
      ticks,
      lots,
      reduceOnly,
      goodTill,
      stp: command.selfTrade,
      liquidation,
      at: this.core.now(),
      hash: command.requestHash,
    };
  }

  #enter(
    account: FuturesAccount,
    market: SymbolMarket,
    command: FuturesCommand,
    liquidation: boolean,
    id = this.core.ledger.lastOrderId + 1,
  ): FuturesOrder {
    const { core } = this;
    const { side, positionSide, type, ticks, lots } = command;
    core.record(this.record(id, account, market, command, lots, liquidation));
    const order = core.ledger.orders.get(id) as FuturesOrder;
    core.floor.log.add(
      `order ${core.logged(id)} ${market.spec.symbol} ${side} ${positionSide} ${type} ${ticks} ${lots}`,
    );
    this.#report(order, 'NEW');
    return order;
  }

  #match(market: SymbolMarket, order: FuturesOrder): void {
    const { spec } = market;
    const limit = order.isMarket ? takeBound(spec, order.side, this.core.markOf(spec.symbol)) : order.ticks;
    const endedBySelfTrade = this.core.floor.match(market, order, limit);
    if (order.openLots === 0 || endedBySelfTrade) return;
    if (order.isMarket || order.timeInForce === 'IOC' || order.timeInForce === 'FOK') this.end(order, 'EXPIRED');
    else market.book.add(order);
  }

  /** @throws Refusal -2019 or -2027; -2022 for an order that would not reduce any more */
  #amendable(market: SymbolMarket, order: FuturesOrder, ticks: number, asked: number): number {
    const { account } = order;
    if (order.onlyReduces) {
      const position = account.position(order.spec, order.positionSide);
      return Math.min(asked, order.tradedLots + reducible(position, order.side));
    }
    // Less at the same price needs nothing that it did not have.
    if (keepsPlace({ ticks, lots: asked }, order.ticks, order.lots)) return asked;
    const { side, positionSide, type, selfTrade, tradedLots, leftLots, claimUnits } = order;
    const lots = asked - tradedLots;
    checkMargin(
      market,
      account,
      { side, positionSide, type, ticks, lots, selfTrade, replaces: { lots: leftLots, units: claimUnits } },
      this.core.markOf,
    );
    return asked;
  }

  #change(market: SymbolMarket, order: FuturesOrder, ticks: number, lots: number): void {
    const { core } = this;
    const stays = keepsPlace({ ticks, lots }, order.ticks, order.lots);
    if (stays && lots < order.lots) market.book.reduce(order, order.lots - lots);
    else if (!stays) market.book.remove(order);
    core.floor.operation.touched(market);
    core.floor.log.add(`amend ${core.logged(order.id)} ${ticks} ${lots}`);
    const id = core.ledger.lastAmendmentId + 1;
    core.record({ k: 'usdm.amend', order: order.id, id, ticks, lots, at: core.now() });
    order.openLots = order.leftLots;
    this.#report(order, 'AMENDMENT');
    if (!stays) this.#match(market, order);
  }

  /** Orders that may only reduce a position never stand for more than is left of it. */
  #cutReducers(account: FuturesAccount, position: Position): void {
    for (const order of [...account.openReducers]) {
      if (order.spec !== position.spec || order.positionSide !== position.side) continue;
      const most = reducible(position, order.side);
      if (order.leftLots <= most) continue;
      if (most === 0) this.end(order, 'EXPIRED');
      else this.#trim(order, order.tradedLots + most);
    }
  }

  #trim(order: FuturesOrder, lots: number): void {
    const { core } = this;
    const market = marketOfOrder(core, order);
    if (order.level === null) order.openLots -= order.lots - lots;
    else market.book.reduce(order, order.lots - lots);
    core.floor.operation.touched(market);
    core.floor.log.add(`trim ${core.logged(order.id)} ${lots}`);
    core.record({ k: 'usdm.trim', order: order.id, lots, at: core.now() });
    this.#report(order, 'AMENDMENT');
  }

  #cancelLate(order: FuturesOrder): void {
    const { core } = this;
    if (!core.shownOrder(order, 'reply').isOpen) throw new Refusal(-2011, 'Unknown order sent.');
    core.lateCancels.add(order);
    core.floor.transact(() => this.#report(core.shownOrder(order, 'reply'), 'CANCELED'));
  }

  #report(order: FuturesOrder, execution: FuturesExecution, fill?: FuturesFill): void {
    this.core.tell(order.account, (at) => orderTradeUpdate(order, execution, at, fill));
  }
}
