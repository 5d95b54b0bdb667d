import { Customers } from '../accounts/customers.js';
import type { ExchangeListener } from '../floor/listener.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import type { TradingFloor } from '../floor/trading-floor.js';
import type { RecordLog } from '../journal/journal.js';
import type { VenueRecord } from '../journal/venue-record.js';
import { units } from '../matching/scaled.js';
import { DEFAULT_SYMBOLS, SymbolSpec } from '../matching/symbol-spec.js';
import type { Account } from './account.js';
import type { PlaceCommand } from './order-sizing.js';
import { SpotExchange } from './spot-exchange.js';

export interface TestSpot {
  readonly customers: Customers;
  readonly exchange: SpotExchange;
  readonly floor: TradingFloor;
  readonly market: SymbolMarket;
  /** What a journal would hold. */
  readonly operations: VenueRecord[][];
  readonly events: { account: string; event: Record<string, unknown> }[];
  open(name: string, balances: Record<string, string>): Account;
  /** Replays a journal into this exchange. */
  restore(operations: readonly (readonly VenueRecord[])[], withOpenOrders: boolean): void;
}

/** For specs: spot trading with its journal in memory, every user event kept, and a clock that counts up. */
export function testSpot(symbol = 'TESTUSDT'): TestSpot {
  const operations: VenueRecord[][] = [];
  const events: TestSpot['events'] = [];
  let time = 1_700_000_000_000;
  const now = (): number => (time += 1);
  const listener: ExchangeListener = {
    wantsUserEvents: () => true,
    userEvent: (account, event) => events.push({ account: customers.byId.get(account)?.name ?? '', event }),
    trade: () => undefined,
    bookChanged: () => undefined,
    firstFill: () => undefined,
    reset: () => undefined,
  };
  const journal: RecordLog = {
    append: (records) => operations.push(JSON.parse(JSON.stringify(records)) as VenueRecord[]),
    together: (action) => action(),
    replace: (records) => {
      operations.length = 0;
      operations.push([...records]);
    },
  };
  const customers = new Customers(journal, now);
  const exchange = new SpotExchange({
    customers,
    symbols: DEFAULT_SYMBOLS.map((definition) => new SymbolSpec(definition)),
    feeRates: { makerBps: 10, takerBps: 10 },
    journal,
    now,
    listener,
  });
  return {
    customers,
    exchange,
    floor: exchange.floor,
    market: exchange.markets.get(symbol) as SymbolMarket,
    operations,
    events,
    open(name, balances) {
      const key = { apiKey: `${name}key`, apiSecret: 'secret', keyType: 'HMAC' as const };
      const customer = customers.open({ name, ...key, permissions: ['SPOT'], restrictions: {} });
      const account = exchange.ledger.account(customer.id);
      for (const [asset, amount] of Object.entries(balances)) exchange.deposit(account, asset, units(amount));
      return account;
    },
    restore(journaled, withOpenOrders) {
      for (const record of journaled.flat()) {
        if (record.k === 'account' || record.k === 'restrictions' || record.k === 'accountMark')
          customers.apply(record);
        else exchange.apply(record);
      }
      exchange.open(withOpenOrders);
    },
  };
}

let ids = 0;

/** A limit order, good till canceled, unless `more` says otherwise. */
export function command(
  side: 'BUY' | 'SELL',
  ticks: number,
  lots: number,
  more: Partial<PlaceCommand> = {},
): PlaceCommand {
  ids += 1;
  return {
    clientOrderId: `c${ids}`,
    side,
    type: 'LIMIT',
    timeInForce: 'GTC',
    ticks,
    lots,
    quoteUnits: 0n,
    selfTrade: 'EXPIRE_MAKER',
    requestHash: '',
    ...more,
  };
}
