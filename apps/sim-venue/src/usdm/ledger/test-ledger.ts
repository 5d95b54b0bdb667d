import { SymbolSpec } from '../../matching/symbol-spec.js';
import { units } from '../../matching/scaled.js';
import { USDM_SYMBOLS } from '../symbols.js';
import { FUTURES_FEES, FuturesLedger } from './futures-ledger.js';
import type { FuturesOrder } from './futures-account.js';
import { Position } from './position.js';
import type { FuturesRecordOf, PositionSide } from './records.js';

type OrderRecord = FuturesRecordOf<'usdm.order'>;

/** For specs: a ledger that is fed by hand, with orders that trade at once. */
export class TestLedger {
  readonly specs = new Map(USDM_SYMBOLS.map((definition) => [definition.symbol, new SymbolSpec(definition)]));
  readonly ledger = new FuturesLedger(this.specs, FUTURES_FEES);
  #trade = 0;

  spec(symbol: string): SymbolSpec {
    return this.specs.get(symbol) as SymbolSpec;
  }

  deposit(account: number, amount: string): void {
    this.ledger.apply({ k: 'usdm.transfer', account, units: units(amount).toString(), at: 1 });
  }

  settings(account: number, symbol: string, leverage: number, isolated: boolean): void {
    this.ledger.apply({ k: 'usdm.leverage', account, symbol, leverage, at: 1 });
    this.ledger.apply({ k: 'usdm.marginType', account, symbol, isolated, at: 1 });
  }

  hedge(account: number): void {
    this.ledger.apply({ k: 'usdm.mode', account, dual: true, at: 1 });
  }

  order(
    account: number,
    side: 'BUY' | 'SELL',
    ticks: number,
    lots: number,
    more: Partial<OrderRecord> = {},
  ): FuturesOrder {
    const id = this.ledger.lastOrderId + 1;
    this.ledger.apply({
      k: 'usdm.order',
      id,
      account,
      symbol: 'TESTUSDT',
      cid: `c${id}`,
      side,
      positionSide: 'BOTH',
      type: 'LIMIT',
      tif: 'GTC',
      ticks,
      lots,
      reduceOnly: false,
      goodTill: 0,
      stp: 'EXPIRE_MAKER',
      liquidation: false,
      at: 1,
      hash: '',
      ...more,
    });
    return this.ledger.orders.get(id) as FuturesOrder;
  }

  fill(order: FuturesOrder, ticks: number, lots: number, maker = false): void {
    this.#trade += 1;
    const fee = this.ledger.feeFor(order, ticks, lots, maker).toString();
    this.ledger.apply({ k: 'usdm.fill', order: order.id, trade: this.#trade, ticks, lots, maker, fee, at: 2 });
  }

  /** An order that trades whole at its price, against nobody the ledger knows. */
  trade(
    account: number,
    side: 'BUY' | 'SELL',
    ticks: number,
    lots: number,
    more: Partial<OrderRecord> = {},
  ): FuturesOrder {
    const order = this.order(account, side, ticks, lots, more);
    this.fill(order, ticks, lots);
    return order;
  }

  position(account: number, symbol = 'TESTUSDT', side: PositionSide = 'BOTH'): Position {
    return this.ledger.account(account).positions.get(`${symbol} ${side}`) ?? new Position(this.spec(symbol), side);
  }
}
