/**
 * What a million orders that rest at the simulated exchange weigh, placed one by one by one account through spot trading
 * with everything it remembers of them, and whether placing, finding and cancelling among them stay as fast as among few.
 * `npm run bench:sim-memory`, about half a minute; venues.md and issue: one million resting orders within 1 GB.
 */
import { createHash, randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Customers } from '../apps/sim-venue/src/accounts/customers.js';
import { NO_JOURNAL } from '../apps/sim-venue/src/journal/journal.js';
import { DEFAULT_SYMBOLS, SymbolSpec } from '../apps/sim-venue/src/matching/symbol-spec.js';
import type { Order } from '../apps/sim-venue/src/spot/account.js';
import { SpotExchange } from '../apps/sim-venue/src/spot/spot-exchange.js';
import type { PlaceCommand } from '../apps/sim-venue/src/spot/order-sizing.js';

const ORDERS = 1_000_000;
const SAMPLE = 20_000;
const LEVELS = 10_000;
const LIMIT_BYTES = 1_000_000_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function occupied(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const nobody = (): undefined => undefined;
const customers = new Customers(NO_JOURNAL, Date.now);
const exchange = new SpotExchange({
  customers,
  symbols: DEFAULT_SYMBOLS.map((definition) => new SymbolSpec(definition)),
  feeRates: { makerBps: 10, takerBps: 10 },
  journal: NO_JOURNAL,
  now: Date.now,
  listener: {
    wantsUserEvents: () => false,
    ...{ userEvent: nobody, trade: nobody, bookChanged: nobody, firstFill: nobody, reset: nobody },
  },
});
const market = exchange.markets.get('BTCUSDT');
if (market === undefined) throw new Error('BTCUSDT must be listed');
const customer = customers.open({
  ...{ name: 'holder', apiKey: 'k'.repeat(64), apiSecret: 's'.repeat(64), keyType: 'HMAC' },
  ...{ permissions: ['SPOT'], restrictions: {} },
});
const account = exchange.ledger.account(customer.id);
exchange.deposit(account, 'USDT', 10n ** 22n);

function place(n: number): Order {
  const command: PlaceCommand = {
    clientOrderId: randomBytes(11).toString('hex'),
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    ticks: 1_000_000 + ((n * 7_919) % LEVELS),
    lots: 100 + (n % 900),
    quoteUnits: 0n,
    selfTrade: 'EXPIRE_MAKER',
    requestHash: createHash('sha256').update(String(n)).digest('hex'),
  };
  if (market === undefined) throw new Error('BTCUSDT must be listed');
  return exchange.place(account, market, command);
}

/** Microseconds of `action` each. */
function timed(count: number, action: (n: number) => void): number {
  const began = performance.now();
  for (let n = 0; n < count; n += 1) action(n);
  return ((performance.now() - began) / count) * 1_000;
}

function costs(first: number): { place: number; find: number; cancel: number } {
  const placed: Order[] = [];
  return {
    place: timed(SAMPLE, (n) => placed.push(place(first + n))),
    find: timed(SAMPLE, (n) => {
      const { spec, clientOrderId } = placed[n] as Order;
      if (account.orderByClientId(spec.symbol, clientOrderId) !== placed[n]) throw new Error('The order must be found');
    }),
    cancel: timed(SAMPLE, (n) => exchange.cancel(placed[n] as Order, 'bench')),
  };
}

costs(0); // compiled by now
const few = costs(SAMPLE);
const before = occupied();
const began = performance.now();
for (let n = 0; n < ORDERS; n += 1) place(n);
const seconds = (performance.now() - began) / 1_000;
const bytes = occupied() - before;
const many = costs(ORDERS);
exchange.assertInvariants();

const us = (value: number): string => `${value.toFixed(1)} us`;
console.log(
  `Node ${process.version}; ${ORDERS.toLocaleString('en')} resting orders of one account on ${LEVELS.toLocaleString('en')} levels`,
);
console.log(`placed in ${seconds.toFixed(1)} s, ${Math.round(ORDERS / seconds).toLocaleString('en')}/s`);
console.log(
  `${(bytes / 1e6).toFixed(0)} MB, ${(bytes / ORDERS).toFixed(0)} bytes each; target below ${LIMIT_BYTES / 1e6} MB: ${bytes < LIMIT_BYTES ? 'met' : 'MISSED'}; ` +
    `largest resident memory ${Math.round(process.resourceUsage().maxRSS / 1_024)} MB`,
);
for (const [name, cost] of [
  ['among few', few],
  ['among a million', many],
] as const)
  console.log(
    `${name.padEnd(16)} place ${us(cost.place)}, find by client id ${us(cost.find)}, cancel ${us(cost.cancel)}`,
  );
