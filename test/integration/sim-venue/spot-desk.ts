import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { SimClient, startScripted, type Key, type Reply } from './sim-client.js';

export type Params = Record<string, string | number>;

/** Spot of a scripted exchange, and what one account of it does in TESTUSDT. */
export interface SpotDesk {
  readonly client: SimClient;
  /** Of the account `a`, which is new in each test. */
  readonly key: Key;
  /** A signed call below `/api/v3/`. */
  call(method: string, path: string, params?: Params): Promise<Reply>;
  buy(price: string, quantity: string, more?: Params): Promise<Reply>;
  sell(price: string, quantity: string, more?: Params): Promise<Reply>;
  /** A trade of strangers. */
  trade(price: string, qty: string, side: 'buy' | 'sell'): Promise<unknown>;
}

/** Starts one for the tests of a file and empties it before each. */
export function useSpotDesk(): SpotDesk {
  let venue: SimVenue;
  let client: SimClient;
  let key: Key;
  beforeAll(async () => {
    venue = await startScripted();
    client = new SimClient(venue);
  });
  afterAll(() => venue.stop());
  beforeEach(async () => {
    await client.control('POST', 'reset');
    key = await client.account('a', { USDT: '10000', TEST: '100' });
  });
  return {
    get client() {
      return client;
    },
    get key() {
      return key;
    },
    call: (method, path, params = {}) =>
      client.signed(key, method, `/api/v3/${path}`, { symbol: 'TESTUSDT', ...params }),
    buy: (price, quantity, more = {}) => client.order(key, 'BUY', price, quantity, more),
    sell: (price, quantity, more = {}) => client.order(key, 'SELL', price, quantity, more),
    trade: (price, qty, side) => client.control('POST', 'markets/TESTUSDT/trade', { price, qty, side }),
  };
}
