/**
 * A process of its own, so that what it weighs is what it holds: a million resting orders of accounts, with client id, hash
 * of the request, locked money and every index, as spot trading keeps them. Prints one line of JSON.
 */
import { createHash } from 'node:crypto';
import { Customers } from '../../apps/sim-venue/src/accounts/customers.js';
import { NO_JOURNAL } from '../../apps/sim-venue/src/journal/journal.js';
import { units } from '../../apps/sim-venue/src/matching/scaled.js';
import { DEFAULT_SYMBOLS, SymbolSpec } from '../../apps/sim-venue/src/matching/symbol-spec.js';
import type { Account } from '../../apps/sim-venue/src/spot/account.js';
import { SpotExchange } from '../../apps/sim-venue/src/spot/spot-exchange.js';
import type { SymbolMarket } from '../../apps/sim-venue/src/floor/symbol-market.js';
import { SeededRandom } from '../../test/support/seeded-random.js';
import { residentBytes, weighed } from './weigh.js';

const ORDERS = 1_000_000;
const ACCOUNTS = 20;
const LEVELS = 20_000;
const TOUCH = 5_000_000;
const PAIRS = 100_000;

const now = (): number => Date.now();
const customers = new Customers(NO_JOURNAL, now);
const exchange = new SpotExchange({
  customers,
  symbols: DEFAULT_SYMBOLS.map((definition) => new SymbolSpec(definition)),
  feeRates: { makerBps: 10, takerBps: 10 },
  journal: NO_JOURNAL,
  now,
  listener: {
    wantsUserEvents: () => false,
    userEvent: () => undefined,
    trade: () => undefined,
    bookChanged: () => undefined,
    firstFill: () => undefined,
    reset: () => undefined,
  },
});
const market = exchange.markets.get('BTCUSDT') as SymbolMarket;
const accounts = Array.from({ length: ACCOUNTS }, (_, n): Account => {
  const key = { apiKey: `key${n}`, apiSecret: 'secret', keyType: 'HMAC' as const };
  const customer = customers.open({ name: `account${n}`, ...key, permissions: ['SPOT'], restrictions: {} });
  const account = exchange.ledger.account(customer.id);
  for (const asset of ['USDT', 'BTC']) exchange.deposit(account, asset, units('1000000000000'));
  return account;
});
const random = new SeededRandom(12);

function add(n: number): number {
  const side = n % 2 === 0 ? 'BUY' : 'SELL';
  const depth = random.between(0, LEVELS / 2 - 1);
  // Both texts come with the request, so that none of them is shared.
  const requestHash = createHash('sha256').update(`request ${n}`).digest('hex');
  return exchange.place(accounts[n % ACCOUNTS] as Account, market, {
    clientOrderId: `client-order-${requestHash.slice(0, 20)}`,
    side,
    type: 'LIMIT',
    timeInForce: 'GTC',
    ticks: TOUCH + (side === 'BUY' ? -1 - depth : 1 + depth),
    lots: 100 + (n % 900),
    quoteUnits: 0n,
    selfTrade: 'EXPIRE_MAKER',
    requestHash,
  }).id;
}

const ids = new Int32Array(ORDERS);
const empty = residentBytes();
let began = performance.now();
for (let n = 0; n < ORDERS; n += 1) ids[n] = add(n);
const fillSeconds = (performance.now() - began) / 1_000;
const full = residentBytes();
began = performance.now();
for (let pair = 0; pair < PAIRS; pair += 1) {
  const at = random.between(0, ORDERS - 1);
  const order = exchange.ledger.orders.get(ids[at] as number);
  if (order === undefined) throw new Error(`Order ${ids[at]} is not known`);
  exchange.cancel(order, 'c');
  ids[at] = add(ORDERS + pair);
}
const seconds = (performance.now() - began) / 1_000;
exchange.assertInvariants();
weighed({ empty, full, orders: ORDERS, fillSeconds, operations: 2 * PAIRS, seconds });
