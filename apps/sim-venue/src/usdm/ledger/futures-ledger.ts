import { higherMarks, type IdMarks } from '../../floor/symbol-market.js';
import type { SymbolSpec } from '../../matching/symbol-spec.js';
import { max } from './exact.js';
import { FuturesAccount, type IncomeType, FuturesOrder } from './futures-account.js';
import type { Position } from './position.js';
import type { FuturesRecord, FuturesRecordOf } from './records.js';
import { settleTrade } from './settle-trade.js';

export interface FuturesFeeRates {
  readonly makerBps: number;
  readonly takerBps: number;
  /** Of the notional that a liquidation closes. */
  readonly liquidationBps: number;
}

export const FUTURES_FEES: FuturesFeeRates = { makerBps: 2, takerBps: 5, liquidationBps: 125 };
export const MARGIN_ASSET = 'USDT';

export interface KnownMark {
  readonly units: bigint;
  readonly scripted: boolean;
  readonly at: number;
}

export interface FundingEvent {
  readonly symbol: string;
  /** 10^-8. */
  readonly rateUnits: bigint;
  readonly markUnits: bigint;
  readonly at: number;
}

/**
 * Wallets, positions and orders of the USD-M product, as the fold of {@link FuturesRecord}s. All money is USDT.
 * `clearing` is what the market itself (synthetic, scripted or recorded) was paid for contracts: a trade between two
 * accounts leaves it at zero.
 */
export class FuturesLedger {
  readonly accounts = new Map<number, FuturesAccount>();
  readonly orders = new Map<number, FuturesOrder>();
  /** Open orders that end by the clock. */
  readonly timed = new Set<FuturesOrder>();
  readonly marks = new Map<string, KnownMark>();
  readonly ids = new Map<string, Required<IdMarks>>();
  readonly fundings: FundingEvent[] = [];
  /** Facts by arrival, ids apart: what a dump of the state is. */
  readonly history: FuturesRecord[] = [];
  transferred = 0n;
  fees = 0n;
  /** Liquidation fees, less the deficits they paid for; may be below 0. */
  insurance = 0n;
  /** Funding that has no account on the other side, and what rounding leaves. */
  fundingPool = 0n;
  clearing = 0n;
  lastOrderId = 0;
  lastAmendmentId = 0;
  lastIncomeId = 0;
  /** Orders of the exchange that closed positions: `autoclose-<n>`. */
  liquidations = 0;

  constructor(
    private readonly symbols: ReadonlyMap<string, SymbolSpec>,
    readonly feeRates: FuturesFeeRates,
  ) {}

  /** An account exists from the moment anybody asks for it; until a record names it, it is empty. */
  account(id: number): FuturesAccount {
    let account = this.accounts.get(id);
    if (account === undefined) this.accounts.set(id, (account = new FuturesAccount(id)));
    return account;
  }

  /** @throws Error when the record contradicts what is known: that is a bug, or a journal of other symbols. */
  apply(record: FuturesRecord): void {
    this.#fold(record);
    if (record.k !== 'usdm.ids' && record.k !== 'usdm.marks') this.history.push(record);
  }

  /** Fee of a fill in USDT, rounded down to the unit. */
  feeFor(order: FuturesOrder, ticks: number, lots: number, isMaker: boolean): bigint {
    const { makerBps, takerBps, liquidationBps } = this.feeRates;
    const bps = order.liquidation ? liquidationBps : isMaker ? makerBps : takerBps;
    return (order.spec.notional(ticks, lots) * BigInt(bps)) / 10_000n;
  }

  /** @throws Error naming the first rule broken */
  assertInvariants(): void {
    let sum = this.clearing + this.fees + this.insurance + this.fundingPool;
    for (const account of this.accounts.values()) {
      sum += account.totalUnits;
      for (const position of account.positions.values()) {
        sum -= position.costUnits;
        assertPosition(account, position);
      }
      if (account.insuredUnits > account.lostUnits)
        throw new Error(`Account ${account.id} lost ${account.lostUnits}, was insured for ${account.insuredUnits}`);
      const hasCrossed = account.openPositions().some((position) => !account.isIsolated(position));
      if (account.walletUnits < 0n && !hasCrossed)
        throw new Error(`Account ${account.id} must not owe ${account.walletUnits} without a crossed position`);
    }
    if (sum !== this.transferred)
      throw new Error(`USD-M money must sum to the transfers ${this.transferred}, sums to ${sum}`);
  }

  #fold(record: FuturesRecord): void {
    switch (record.k) {
      case 'usdm.transfer':
        return this.#transfer(record);
      case 'usdm.mode':
        this.account(record.account).dual = record.dual;
        this.account(record.account).updatedAt = record.at;
        return;
      case 'usdm.marginType':
        return this.#settings(record, { isolated: record.isolated });
      case 'usdm.leverage':
        return this.#settings(record, { leverage: record.leverage });
      case 'usdm.positionMargin':
        return this.#positionMargin(record);
      case 'usdm.order':
        return this.#openOrder(record);
      case 'usdm.fill':
        return this.#fill(record);
      case 'usdm.bust':
        return this.#bust(record);
      case 'usdm.close':
        return this.#close(record);
      case 'usdm.amend':
        return this.#amend(record);
      case 'usdm.trim':
        return this.#trim(record);
      case 'usdm.funding':
        return this.#fund(record);
      case 'usdm.mark':
        this.marks.set(record.symbol, { units: BigInt(record.price), scripted: record.scripted, at: record.at });
        return;
      case 'usdm.countdown':
        if (record.cancelAt === 0) this.account(record.account).countdowns.delete(record.symbol);
        else this.account(record.account).countdowns.set(record.symbol, record.cancelAt);
        return;
      case 'usdm.marks':
        this.lastOrderId = Math.max(this.lastOrderId, record.order);
        this.lastAmendmentId = Math.max(this.lastAmendmentId, record.amendment);
        return;
      case 'usdm.ids':
        this.ids.set(record.symbol, higherMarks(this.ids.get(record.symbol), record));
        return;
      default:
        throw new Error(`Unknown futures record ${JSON.stringify(record satisfies never)}`);
    }
  }

  #transfer(record: FuturesRecordOf<'usdm.transfer'>): void {
    const account = this.account(record.account);
    const amount = BigInt(record.units);
    account.walletUnits += amount;
    account.transferredUnits += amount;
    account.updatedAt = record.at;
    this.transferred += amount;
    this.#income(account, '', 'TRANSFER', amount, record.at);
  }

  #settings(
    { account: id, symbol, at }: { account: number; symbol: string; at: number },
    change: { leverage?: number; isolated?: boolean },
  ): void {
    const account = this.account(id);
    account.settings.set(symbol, { ...account.settingsOf(symbol), ...change });
    account.updatedAt = at;
  }

  #positionMargin(record: FuturesRecordOf<'usdm.positionMargin'>): void {
    const account = this.account(record.account);
    const position = account.position(this.#spec(record.symbol), record.positionSide);
    const amount = BigInt(record.units);
    account.walletUnits -= amount;
    position.isolatedUnits += amount;
    account.updatedAt = position.updatedAt = record.at;
  }

  #openOrder(record: FuturesRecordOf<'usdm.order'>): void {
    if (this.orders.has(record.id)) throw new Error(`USD-M order ${record.id} exists already`);
    const order = new FuturesOrder(
      this.account(record.account),
      this.#spec(record.symbol),
      record,
      this.history.length,
    );
    order.account.remember(order);
    order.account.updatedAt = record.at;
    this.orders.set(order.id, order);
    this.lastOrderId = Math.max(this.lastOrderId, order.id);
    if (order.liquidation) this.liquidations += 1;
    if (order.goodTill > 0) this.timed.add(order);
    this.#claim(order, 1);
  }

  #fill(record: FuturesRecordOf<'usdm.fill'>): void {
    const order = this.#order(record.order);
    const { account, spec } = order;
    const isOver = record.over === true;
    if (!isOver && record.lots > order.leftLots)
      throw new Error(`Order ${order.id} overfilled: ${order.filledLots + record.lots} of ${order.lots}`);
    const notional = spec.notional(record.ticks, record.lots);
    const feeUnits = BigInt(record.fee);
    this.#claim(order, -1);
    const realisedUnits = this.#settle(order, record, notional, feeUnits);
    const { trade: tradeId, ticks, lots, maker: isMaker, at } = record;
    order.fills.push({ tradeId, ticks, lots, isMaker, feeUnits, realisedUnits, at, isOver });
    order.filledLots += lots;
    order.quoteFilled += notional;
    order.updatedAt = account.updatedAt = at;
    if (isOver) order.overLots += lots;
    else this.#progress(order);
  }

  /** Gives an open order the status that its trades make, and its claim on margin. */
  #progress(order: FuturesOrder): void {
    if (order.leftLots > 0) {
      order.status = order.filledLots === 0 ? 'NEW' : 'PARTIALLY_FILLED';
      this.#claim(order, 1);
      return;
    }
    order.status = order.bustedLots === 0 ? 'FILLED' : 'CANCELED';
    this.#ended(order);
  }

  #bust(record: FuturesRecordOf<'usdm.bust'>): void {
    const order = this.#order(record.order);
    const { account, spec } = order;
    const index = order.fills.findIndex(({ tradeId }) => tradeId === record.trade);
    const [fill] = index === -1 ? [] : order.fills.splice(index, 1);
    if (fill === undefined) throw new Error(`Order ${order.id} has no trade ${record.trade} to take back`);
    const notional = spec.notional(fill.ticks, fill.lots);
    const position = account.position(spec, order.positionSide);
    const delta = order.side === 'BUY' ? -fill.lots : fill.lots;
    this.#claim(order, -1);
    const { closedLots, realisedUnits } = position.trade(delta, notional);
    this.clearing += delta > 0 ? notional : -notional;
    this.fees -= fill.feeUnits;
    account.walletUnits += realisedUnits + fill.feeUnits;
    account.lostUnits += max(0n, -realisedUnits);
    const trade = String(record.trade);
    if (closedLots > 0) this.#income(account, spec.symbol, 'REALIZED_PNL', realisedUnits, record.at, trade);
    this.#income(account, spec.symbol, 'COMMISSION', fill.feeUnits, record.at, trade);
    order.filledLots -= fill.lots;
    if (fill.isOver) order.overLots -= fill.lots;
    else order.bustedLots += fill.lots;
    order.quoteFilled -= notional;
    order.updatedAt = account.updatedAt = position.updatedAt = record.at;
    if (order.isOpen) this.#progress(order);
    else if (order.status === 'FILLED') order.status = 'CANCELED';
  }

  /** Moves the money of a fill. @returns the realised profit */
  #settle(order: FuturesOrder, record: FuturesRecordOf<'usdm.fill'>, notional: bigint, feeUnits: bigint): bigint {
    const { account, spec } = order;
    const position = account.position(spec, order.positionSide);
    const delta = order.side === 'BUY' ? record.lots : -record.lots;
    const { closedLots, realisedUnits, deficitUnits } = settleTrade(account, position, delta, notional, feeUnits);
    account.lostUnits += feeUnits + max(0n, -realisedUnits);
    account.insuredUnits += deficitUnits;
    this.clearing += delta > 0 ? notional : -notional;
    if (order.liquidation) this.insurance += feeUnits;
    else this.fees += feeUnits;
    const trade = String(record.trade);
    if (closedLots > 0) this.#income(account, spec.symbol, 'REALIZED_PNL', realisedUnits, record.at, trade);
    this.#income(
      account,
      spec.symbol,
      order.liquidation ? 'INSURANCE_CLEAR' : 'COMMISSION',
      -feeUnits,
      record.at,
      trade,
    );
    position.updatedAt = record.at;
    if (deficitUnits > 0n) {
      this.insurance -= deficitUnits;
      this.#income(account, spec.symbol, 'INSURANCE_CLEAR', deficitUnits, record.at);
    }
    return realisedUnits;
  }

  #close(record: FuturesRecordOf<'usdm.close'>): void {
    const order = this.#order(record.order);
    if (!order.isOpen) throw new Error(`Order ${order.id} must be open to be closed, was ${order.status}`);
    this.#claim(order, -1);
    order.status = record.status;
    order.updatedAt = order.account.updatedAt = record.at;
    this.#ended(order);
  }

  #amend(record: FuturesRecordOf<'usdm.amend'>): void {
    const order = this.#order(record.order);
    const { id, ticks, lots, at } = record;
    const { ticks: ticksBefore, lots: lotsBefore } = order;
    this.#resize(order, ticks, lots, at);
    order.amendments.push({ id, at, ticksBefore, ticksAfter: ticks, lotsBefore, lotsAfter: lots });
    if (!keepsPlace(order, ticksBefore, lotsBefore)) order.rank = this.history.length;
    order.selfTrade = 'NONE';
    this.lastAmendmentId = Math.max(this.lastAmendmentId, id);
  }

  #trim(record: FuturesRecordOf<'usdm.trim'>): void {
    const order = this.#order(record.order);
    this.#resize(order, order.ticks, record.lots, record.at);
  }

  #resize(order: FuturesOrder, ticks: number, lots: number, at: number): void {
    if (!order.isOpen || lots <= order.tradedLots)
      throw new Error(`Order ${order.id} must be open and keep more than ${order.filledLots} lots, was given ${lots}`);
    this.#claim(order, -1);
    order.ticks = ticks;
    order.lots = lots;
    this.#claim(order, 1);
    order.updatedAt = order.account.updatedAt = at;
  }

  /** Payment per position: |position| x mark x rate, cut to the unit; the pool takes what does not go back. */
  #fund(record: FuturesRecordOf<'usdm.funding'>): void {
    const rateUnits = BigInt(record.rate);
    const markUnits = BigInt(record.mark);
    this.fundings.push({ symbol: record.symbol, rateUnits, markUnits, at: record.at });
    // By number: who was asked about first is not a fact, and a restart would count incomes in another order.
    for (const account of [...this.accounts.values()].sort((a, b) => a.id - b.id))
      for (const position of account.positionsOf(record.symbol)) {
        const payment = fundingPayment(position, markUnits, rateUnits);
        if (payment === 0n) continue;
        if (account.isIsolated(position)) position.isolatedUnits -= payment;
        else account.walletUnits -= payment;
        this.fundingPool += payment;
        account.lostUnits += max(0n, payment);
        account.updatedAt = position.updatedAt = record.at;
        this.#income(account, record.symbol, 'FUNDING_FEE', -payment, record.at);
      }
  }

  #ended(order: FuturesOrder): void {
    order.account.ended(order);
    this.timed.delete(order);
  }

  /** Adds what an order claims to its position (1), or takes it off (-1). */
  #claim(order: FuturesOrder, sign: 1 | -1): void {
    const { claimUnits } = order;
    if (claimUnits !== 0n)
      order.account
        .position(order.spec, order.positionSide)
        .claim(order.side, sign * order.leftLots, BigInt(sign) * claimUnits);
  }

  #income(account: FuturesAccount, symbol: string, type: IncomeType, units: bigint, at: number, tradeId = ''): void {
    this.lastIncomeId += 1;
    account.incomes.push({ id: this.lastIncomeId, symbol, type, units, at, tradeId });
  }

  #spec(symbol: string): SymbolSpec {
    const spec = this.symbols.get(symbol);
    if (spec === undefined) throw new Error(`Symbol ${symbol} is not listed at the USD-M product`);
    return spec;
  }

  #order(id: number): FuturesOrder {
    const order = this.orders.get(id);
    if (order === undefined) throw new Error(`USD-M order ${id} does not exist`);
    return order;
  }
}

/** Amending the quantity down at the same price is all that leaves an order where it stands. */
export function keepsPlace(amended: { ticks: number; lots: number }, ticksBefore: number, lotsBefore: number): boolean {
  return amended.ticks === ticksBefore && amended.lots <= lotsBefore;
}

/** What a position pays (negative: receives) at a funding, cut to the unit towards zero. */
export function fundingPayment(position: Position, markUnits: bigint, rateUnits: bigint): bigint {
  return (position.valueAt(markUnits) * rateUnits) / 100_000_000n;
}

function assertPosition(account: FuturesAccount, position: Position): void {
  const name = `Position ${account.id} ${position.spec.symbol} ${position.side}`;
  const { lots, costUnits, isolatedUnits } = position;
  if (lots === 0 && (costUnits !== 0n || isolatedUnits !== 0n))
    throw new Error(`${name} is closed and must hold nothing, held cost ${costUnits} and margin ${isolatedUnits}`);
  if (lots * Number(costUnits > 0n) < 0 || lots * Number(costUnits < 0n) > 0)
    throw new Error(`${name} must have a cost of its own sign, had ${lots} lots for ${costUnits}`);
  if ((position.side === 'LONG' && lots < 0) || (position.side === 'SHORT' && lots > 0))
    throw new Error(`${name} must not turn, had ${lots} lots`);
  if (isolatedUnits !== 0n && !account.isIsolated(position))
    throw new Error(`${name} is crossed, held ${isolatedUnits}`);
  let bids = 0n;
  let asks = 0n;
  for (const order of account.openOrders.values()) {
    if (order.spec !== position.spec || order.positionSide !== position.side) continue;
    if (order.side === 'BUY') bids += order.claimUnits;
    else asks += order.claimUnits;
    if (order.onlyReduces && order.leftLots > reducible(position, order.side))
      throw new Error(`${name}: order ${order.id} must only reduce, has ${order.leftLots} left against ${lots} lots`);
  }
  if (bids !== position.bidUnits || asks !== position.askUnits)
    throw new Error(
      `${name} must claim ${bids} and ${asks} for its orders, claims ${position.bidUnits} and ${position.askUnits}`,
    );
}

/** Lots that an order of this side could take off the position. */
export function reducible(position: Position, side: 'BUY' | 'SELL'): number {
  return side === 'SELL' ? Math.max(0, position.lots) : Math.max(0, -position.lots);
}
