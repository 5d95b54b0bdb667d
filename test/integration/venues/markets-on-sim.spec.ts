import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { newExchange } from '../../../libs/venues/src/binance/exchange.js';
import { startSimExchange, type SimExchange } from '../../support/sim-exchange.js';

let sim: SimExchange;
beforeAll(async () => {
  sim = await startSimExchange();
});
afterAll(() => sim.stop());

/** Loads the markets as our sessions would, with a key, through a client that notes what is asked for. */
async function asked(product: 'spot' | 'linear', over: object = {}): Promise<string[]> {
  const { apiKey, apiSecret: secret } = await sim.openAccount('mine', {});
  const exchange = await newExchange({
    http: undefined as never,
    bases: { spot: sim.url, usdm: sim.usdmUrl },
    product,
    recvWindowMs: 3_000,
    keys: { apiKey, secret },
  });
  const paths: string[] = [];
  exchange.options = { ...exchange.options, ...over };
  exchange.nonce = Date.now;
  exchange.fetchImplementation = (url, params) => {
    paths.push(new URL(url).pathname);
    return fetch(url, params) as never;
  };
  const markets = await exchange.loadMarkets().catch(() => ({}));
  expect(Object.keys(markets).length > 0).toBe(Object.keys(over).length === 0);
  return paths;
}
const unserved = () => sim.control<Record<string, unknown>>('GET', 'unserved');

it('VE-A3 one request per product loads the markets of the simulated exchange, and all of them are served', async () => {
  expect(await asked('spot')).toEqual(['/api/v3/exchangeInfo']);
  expect(await asked('linear')).toEqual(['/fapi/v1/exchangeInfo']);
  expect(await unserved()).toEqual({});
});

it('VE-A3 with margins left on the same asks for more than a venue may serve', async () => {
  const paths = await asked('spot', { fetchMargins: true });
  expect(paths.length).toBeGreaterThan(1);
  expect(Object.keys(await unserved()).length).toBeGreaterThan(0);
});
