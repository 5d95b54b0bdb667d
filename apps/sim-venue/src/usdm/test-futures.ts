import type { Customer } from '../accounts/customer.js';
import { Customers } from '../accounts/customers.js';
import type { ExchangeListener } from '../floor/listener.js';
import { ORDINARY_POLICY, type OrderPolicy } from '../floor/order-policy.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import type { RecordLog } from '../journal/journal.js';
import type { VenueRecord } from '../journal/venue-record.js';
import { ScriptedMarket } from '../market/scripted-market.js';
import { units } from '../matching/scaled.js';
import { SymbolSpec } from '../matching/symbol-spec.js';
import { FuturesExchange } from './futures-exchange.js';
import type { FuturesAccount } from './ledger/futures-account.js';
import type { FuturesCommand } from './order-checks.js';
import { USDM_SYMBOLS } from './symbols.js';

export type FuturesEvent = Record<string, unknown>;

/** For specs: a USD-M exchange with its journal in memory, every user event kept, and a clock moved by hand. */
export class TestFutures {
  /** What a journal would hold. */
  readonly operations: VenueRecord[][] = [];
  readonly events: { account: number; event: FuturesEvent }[] = [];
  readonly exchange: FuturesExchange;
  readonly market: SymbolMarket;
  readonly #customers: Customers;
  readonly #script: ScriptedMarket;
  time = Date.UTC(2026, 0, 5, 9);

  /** @param policy habits of the venue; the vendor on a good day without it */
  constructor(symbol = 'TESTUSDT', policy: Partial<OrderPolicy> = {}) {
    const journal: RecordLog = {
      append: (records) => {
        this.operations.push(JSON.parse(JSON.stringify(records)) as VenueRecord[]);
      },
      together: (action) => action(),
      replace: (records) => {
        this.operations.length = 0;
        this.operations.push([...records]);
      },
    };
    const listener: ExchangeListener = {
      wantsUserEvents: () => true,
      userEvent: (account, event) => this.events.push({ account, event }),
      trade: () => undefined,
      bookChanged: () => undefined,
      firstFill: () => undefined,
      reset: () => undefined,
    };
    const now = (): number => this.time;
    this.#customers = new Customers({ ...journal, append: () => undefined }, now);
    this.exchange = new FuturesExchange({
      customers: this.#customers,
      symbols: USDM_SYMBOLS.map((definition) => new SymbolSpec(definition)),
      journal,
      now,
      listener,
      policy: { ...ORDINARY_POLICY, ...policy },
    });
    this.market = this.exchange.markets.get(symbol) as SymbolMarket;
    this.#script = new ScriptedMarket(this.exchange.floor, this.market);
  }

  open(name: string, balance: string): FuturesAccount {
    const customer: Customer = this.#customers.open({
      name,
      apiKey: `${name}key`,
      apiSecret: 'secret',
      keyType: 'HMAC',
      permissions: [],
      restrictions: {},
    });
    this.exchange.deposit(customer, units(balance));
    return this.exchange.accountOf(customer);
  }

  /** Sets the market's own book: one level a side, 1,000 contracts thick unless said otherwise. */
  quote(bidTicks: number, askTicks: number, lots = 1_000_000): void {
    this.#script.setBook([{ ticks: bidTicks, lots }], [{ ticks: askTicks, lots }]);
  }

  /** Takes the market's own book away. */
  empty(): void {
    this.#script.setBook([], []);
  }

  /** Lets time pass and the clock tick at its end. */
  wait(ms: number): void {
    this.time += ms;
    this.exchange.tick();
  }

  /** What this account was told, of one kind. */
  told(account: FuturesAccount, kind: string): FuturesEvent[] {
    return this.events.filter((one) => one.account === account.id && one.event['e'] === kind).map(({ event }) => event);
  }
}

let ids = 0;

/** A limit order, good till canceled, unless `more` says otherwise. */
export function command(
  side: 'BUY' | 'SELL',
  ticks: number,
  lots: number,
  more: Partial<FuturesCommand> = {},
): FuturesCommand {
  ids += 1;
  return {
    clientOrderId: `c${ids}`,
    side,
    positionSide: 'BOTH',
    type: 'LIMIT',
    timeInForce: 'GTC',
    ticks,
    lots,
    reduceOnly: false,
    goodTill: 0,
    selfTrade: 'EXPIRE_MAKER',
    requestHash: '',
    ...more,
  };
}
