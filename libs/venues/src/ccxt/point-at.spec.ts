import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { VenueServer } from '../../../../test/support/venue-server.js';
import { loadCcxtBinance, type CcxtBinanceClass } from './load-binance.js';
import { NOWHERE, pointAt } from './point-at.js';

/** The streaming class: its `urls.api` nests `ws` and `ws-api`. */
async function loadPro(): Promise<CcxtBinanceClass> {
  const entry = createRequire(import.meta.url).resolve('ccxt');
  const file = join(dirname(entry), '..', 'js', 'src', 'pro', 'binance.js');
  return ((await import(pathToFileURL(file).href)) as { default: CcxtBinanceClass }).default;
}

function strings(node: unknown, path = ''): [string, string][] {
  if (typeof node === 'string') return [[path, node]];
  return Object.entries(node as object).flatMap(([key, value]) => strings(value, `${path}.${key}`));
}

describe('pointAt', () => {
  it('VE-A2 leaves no URL of the vendor at any depth', async () => {
    for (const Binance of [await loadCcxtBinance(), await loadPro()]) {
      const before = strings(new Binance({}).urls.api);
      const api = pointAt(new Binance({}).urls.api, { spot: 'http://127.0.0.1:7601', usdm: 'https://127.0.0.1:7602' });
      const after = strings(api);
      expect(after.map(([path]) => path)).toEqual(before.map(([path]) => path));
      for (const [path, url] of after) {
        expect([path, url]).toEqual([
          path,
          expect.stringMatching(
            /^((http|ws):\/\/127\.0\.0\.1:7601|(https|wss):\/\/127\.0\.0\.1:7602)(\/|$)|^http:\/\/127\.0\.0\.1:1$/,
          ),
        ]);
      }
      expect(api).toMatchObject({
        public: 'http://127.0.0.1:7601/api/v3',
        private: 'http://127.0.0.1:7601/api/v3',
        fapiPrivate: 'https://127.0.0.1:7602/fapi/v1',
        sapi: 'http://127.0.0.1:7601/sapi/v1',
        dapiPrivate: NOWHERE,
        papi: NOWHERE,
      });
    }
  });

  it('VE-A2 reaches nested stream entries and changes their scheme', async () => {
    const Pro = await loadPro();
    const api = pointAt(new Pro({}).urls.api, { spot: 'http://127.0.0.1:7601' });
    expect(strings(api).filter(([, url]) => url.startsWith('ws://127.0.0.1:7601')).length).toBeGreaterThan(1);
    expect(strings(api).filter(([, url]) => url.includes('7602'))).toEqual([]);
  });
});

it('VE-A3 ccxt asks for more than the markets when margins are left on, which is why they are off', async () => {
  const server = await VenueServer.start();
  const paths = async (fetchMargins: boolean): Promise<string[]> => {
    const Binance = await loadCcxtBinance();
    const exchange = new Binance({ apiKey: 'k', secret: 's', enableRateLimit: false });
    exchange.urls.api = pointAt(exchange.urls.api, { spot: server.url });
    exchange.has = { ...exchange.has, fetchCurrencies: false };
    exchange.options = { ...exchange.options, fetchMargins, fetchMarkets: { types: ['spot'] } };
    server.requests.length = 0;
    server.answer = ({ path }) => ({ status: path.endsWith('exchangeInfo') ? 200 : 404, body: { symbols: [] } });
    await exchange.loadMarkets().catch(() => undefined);
    return server.requests.map(({ path }) => path).sort();
  };
  expect(await paths(false)).toEqual(['/api/v3/exchangeInfo']);
  expect(await paths(true)).toEqual(expect.arrayContaining(['/api/v3/exchangeInfo', '/sapi/v1/margin/allPairs']));
  await server.stop();
});
