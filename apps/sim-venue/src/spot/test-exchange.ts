import type { Journal } from '../journal/journal.js';
import type { Account } from './account.js';
import type { LedgerRecord } from './records.js';
import { DEFAULT_SYMBOLS, SymbolSpec } from '../matching/symbol-spec.js';
import { units } from '../matching/scaled.js';
import { Exchange } from './exchange.js';
import type { ExchangeListener } from '../floor/listener.js';
import type { PlaceCommand } from './order-sizing.js';
import type { SymbolMarket } from '../floor/symbol-market.js';

export interface TestExchange {
  readonly exchange: Exchange;
  readonly market: SymbolMarket;
  /** What a journal would hold. */
  readonly operations: LedgerRecord[][];
  readonly events: { account: string; event: Record<string, unknown> }[];
  open(name: string, balances: Record<string, string>): Account;
}

/** For specs: an exchange with its journal in memory, every user event kept, and a clock that counts up. */
export function testExchange(symbol = 'TESTUSDT'): TestExchange {
  const operations: LedgerRecord[][] = [];
  const events: TestExchange['events'] = [];
  let time = 1_700_000_000_000;
  const listener: ExchangeListener = {
    wantsUserEvents: () => true,
    userEvent: (account, event) => events.push({ account: account.name, event }),
    trade: () => undefined,
    bookChanged: () => undefined,
    firstFill: () => undefined,
    reset: () => undefined,
  };
  const journal = {
    append: (records: readonly LedgerRecord[]) =>
      operations.push(JSON.parse(JSON.stringify(records)) as LedgerRecord[]),
    clear: () => operations.splice(0),
  };
  const exchange = new Exchange({
    symbols: DEFAULT_SYMBOLS.map((definition) => new SymbolSpec(definition)),
    feeRates: { makerBps: 10, takerBps: 10 },
    journal: journal as unknown as Journal,
    now: () => (time += 1),
    listener,
    onJournalLost: () => undefined,
  });
  return {
    exchange,
    market: exchange.markets.get(symbol) as SymbolMarket,
    operations,
    events,
    open: (name, balances) =>
      exchange.openAccount({
        name,
        apiKey: `${name}key`,
        apiSecret: 'secret',
        permissions: ['SPOT'],
        balances: new Map(Object.entries(balances).map(([asset, amount]) => [asset, units(amount)])),
      }),
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
