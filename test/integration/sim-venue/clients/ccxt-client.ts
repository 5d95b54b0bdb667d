import ccxt from 'ccxt';
import { pointAt } from '../../../../libs/venues/src/ccxt/point-at.js';
import type { Key } from '../sim-client.js';
import type { ForeignWorld, Product } from './foreign-world.js';

export type Ccxt = InstanceType<typeof ccxt.pro.binance>;

/** ccxt as it comes, with its addresses set to the venue; entries of other products lead nowhere. */
export async function ccxtAt({ venue, key }: ForeignWorld, product: Product, owner: Key = key): Promise<Ccxt> {
  const Exchange = product === 'spot' ? ccxt.pro.binance : ccxt.pro.binanceusdm;
  const exchange = new Exchange({
    apiKey: owner.apiKey,
    secret: owner.apiSecret,
    enableRateLimit: false,
    options: {
      fetchMargins: false,
      fetchCurrencies: false,
      // As often as a test can wait for; ccxt asks every 20 minutes.
      listenKeyRefreshRate: 500,
      fetchOpenOrders: { warnWithoutSymbol: false },
      fetchMarkets: { types: [product === 'spot' ? 'spot' : 'linear'] },
    },
  });
  exchange.urls['api'] = pointAt(exchange.urls['api'], { spot: venue.spotUrl, usdm: venue.usdmUrl });
  // Without TLS its WebSockets go through an agent, which it asks to be loaded.
  await exchange.loadHttpProxyAgent();
  return exchange;
}

/** What ccxt says the exchange can do, by request (`rest`) or over a WebSocket (`ws`). */
export function unifiedMethods(exchange: Ccxt, transport: 'rest' | 'ws'): string[] {
  const has = exchange.has as Readonly<Record<string, unknown>>;
  return Object.keys(has).filter(
    (name) =>
      (has[name] === true || has[name] === 'emulated') &&
      typeof (exchange as unknown as Record<string, unknown>)[name] === 'function' &&
      (/^(watch|unWatch)|Ws$/.test(name) ? 'ws' : 'rest') === transport,
  );
}
