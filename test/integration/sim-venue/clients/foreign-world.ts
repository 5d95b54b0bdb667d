import type { SimVenue } from '../../../../apps/sim-venue/src/sim-venue.js';
import { SimClient, startScripted, type Key } from '../sim-client.js';

/** One scripted exchange with one funded account, for a suite of a foreign client. */
export interface ForeignWorld {
  readonly venue: SimVenue;
  readonly client: SimClient;
  readonly key: Key;
  /** Sets the book of TESTUSDT of a product. */
  book(product: Product, bids: [string, string][], asks: [string, string][]): Promise<unknown>;
  /** Prints a trade on TESTUSDT of a product. */
  trade(product: Product, price: string, qty: string, side: 'buy' | 'sell'): Promise<unknown>;
  /** Calls that no endpoint answered, with how often. */
  unserved(): Promise<unknown>;
}

export type Product = 'spot' | 'usdm';

export async function startForeignWorld(): Promise<ForeignWorld> {
  const venue = await startScripted();
  const client = new SimClient(venue);
  const funds = { balances: { USDT: '100000', TEST: '1000' }, usdmBalances: { USDT: '100000' } };
  const key = await client.control('POST', 'accounts', { name: 'foreign', ...funds });
  const world: ForeignWorld = {
    venue,
    client,
    key,
    book: (product, bids, asks) => client.control('PUT', `markets/TESTUSDT/book?product=${product}`, { bids, asks }),
    trade: (product, price, qty, side) =>
      client.control('POST', `markets/TESTUSDT/trade?product=${product}`, { price, qty, side }),
    unserved: () => client.control('GET', 'unserved'),
  };
  for (const product of ['spot', 'usdm'] as const) await world.book(product, [['99', '50']], [['101', '50']]);
  return world;
}
