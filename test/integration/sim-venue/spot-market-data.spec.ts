import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { until } from '../../support/until.js';
import { SimClient, startScripted } from './sim-client.js';

const MINUTE = 60_000;

let venue: SimVenue;
let client: SimClient;
let ahead = 0;

beforeAll(async () => {
  const now = (): number => Date.now() + ahead;
  venue = await startScripted({}, now);
  client = new SimClient(venue, now);
});
afterAll(() => venue.stop());
beforeEach(async () => {
  await client.control('POST', 'reset');
  await client.book([['99.5', '2']], [['100.5', '3']]);
});

const get = async (path: string): Promise<unknown> => JSON.parse((await client.get(`/api/v3/${path}`)).text) as unknown;
const trade = (price: string, qty: string, side: string): Promise<unknown> =>
  client.control('POST', 'markets/TESTUSDT/trade', { price, qty, side });
const failure = (code: number, msg: string) => ({ code, msg });

describe('candles', () => {
  it('have no gap while nothing trades', async () => {
    await trade('100', '1', 'buy');
    ahead += 3 * MINUTE;
    await trade('102', '2', 'sell');
    const rows = (await get('klines?symbol=TESTUSDT&interval=1m')) as (string | number)[][];
    expect(rows.map(([, open, , , close, volume]) => [open, close, volume])).toEqual([
      ['100.00000000', '100.00000000', '1.00000000'],
      ['100.00000000', '100.00000000', '0.00000000'],
      ['100.00000000', '100.00000000', '0.00000000'],
      ['102.00000000', '102.00000000', '2.00000000'],
    ]);
    expect(new Set(rows.slice(1).map(([openAt], i) => Number(openAt) - Number(rows[i]?.[0])))).toEqual(
      new Set([MINUTE]),
    );
    expect(((await get('klines?symbol=TESTUSDT&interval=1M')) as unknown[][]).length).toBeGreaterThan(0);
    expect(await get('klines?symbol=TESTUSDT&interval=2m')).toEqual(failure(-1120, 'Invalid interval.'));
  });
});

describe('tickers', () => {
  const RANGE = ['volume', 'quoteVolume', 'openTime', 'closeTime', 'firstId', 'lastId', 'count'];

  it('of a day are full or mini, with the vendor’s fields in the vendor’s order', async () => {
    await trade('100', '1', 'buy');
    await trade('110', '1', 'buy');
    const full = (await get('ticker/24hr?symbol=TESTUSDT')) as Record<string, unknown>;
    expect(Object.keys(full)).toEqual([
      ...['symbol', 'priceChange', 'priceChangePercent', 'weightedAvgPrice', 'prevClosePrice', 'lastPrice', 'lastQty'],
      ...['bidPrice', 'bidQty', 'askPrice', 'askQty', 'openPrice', 'highPrice', 'lowPrice', ...RANGE],
    ]);
    expect(full).toMatchObject({ priceChange: '10.00000000', priceChangePercent: '10.000', count: 2 });
    const mini = (await get('ticker/24hr?symbol=TESTUSDT&type=MINI')) as Record<string, unknown>;
    expect(Object.keys(mini)).toEqual(['symbol', 'openPrice', 'highPrice', 'lowPrice', 'lastPrice', ...RANGE]);
    expect(mini).toMatchObject({ openPrice: '100.00000000', lastPrice: '110.00000000', volume: '2.00000000' });
    expect(await get('ticker/24hr?symbol=TESTUSDT&type=TINY')).toEqual(failure(-1139, 'Invalid ticker type.'));
  });

  it('are of one symbol, of some, or of all', async () => {
    const symbols = async (query: string): Promise<string[]> =>
      ((await get(`ticker/price${query}`)) as { symbol: string }[]).map(({ symbol }) => symbol);
    expect(await symbols('')).toEqual(['BTCUSDT', 'ETHUSDT', 'TESTUSDT']);
    expect(await symbols('?symbols=["TESTUSDT","BTCUSDT"]')).toEqual(['TESTUSDT', 'BTCUSDT']);
    expect(await get('ticker/price?symbols=["TESTUSDT","TESTUSDT"]')).toMatchObject({ code: -1151 });
    expect(await get('ticker/price?symbols=["NOPE"]')).toMatchObject({ code: -1121 });
    expect(await get('ticker/price?symbols=[')).toMatchObject({ code: -1135 });
    expect(await get('ticker/price?symbol=TESTUSDT&symbols=["TESTUSDT"]')).toMatchObject({ code: -1128 });
  });

  it('weigh by how many symbols they are of', async () => {
    await until(() => (Date.now() + ahead) % MINUTE < 50_000);
    const used = async (path: string): Promise<number> =>
      Number((await client.get(`/api/v3/${path}`)).headers['x-mbx-used-weight-1m']);
    let before = await used('ping');
    for (const [path, weight] of [
      ['ticker/24hr?symbol=TESTUSDT', 2],
      ['ticker/24hr?symbols=["TESTUSDT","BTCUSDT"]', 2],
      ['ticker/24hr', 80],
      ['ticker/price?symbol=TESTUSDT', 2],
      ['ticker/bookTicker', 4],
      ['depth?symbol=TESTUSDT&limit=501', 50],
    ] as const) {
      const after = await used(path);
      expect([path, after - before]).toEqual([path, weight]);
      before = after;
    }
  });

  it('and exchangeInfo can be asked for by the status of symbols', async () => {
    expect(await get('ticker/price?symbolStatus=BREAK')).toEqual([]);
    expect(await get('ticker/price?symbol=TESTUSDT&symbolStatus=TRADING')).toMatchObject({ symbol: 'TESTUSDT' });
    expect(await get('depth?symbol=TESTUSDT&symbolStatus=HALT')).toEqual(
      failure(-1220, "The symbol's status does not match the requested symbolStatus."),
    );
    expect(await get('ticker/price?symbolStatus=SLEEPING')).toEqual(failure(-1122, 'Invalid symbolStatus.'));
    expect(await get('exchangeInfo?permissions=MARGIN')).toMatchObject({ symbols: [] });
    expect(await get('exchangeInfo?symbol=TESTUSDT&showPermissionSets=false')).toMatchObject({
      symbols: [{ symbol: 'TESTUSDT', permissionSets: [] }],
    });
  });
});

describe('trades', () => {
  it('are listed from an id, a time, or the newest ones', async () => {
    for (const price of ['100', '101', '102', '103']) await trade(price, '1', 'buy');
    const ids = async (query: string): Promise<number[]> =>
      ((await get(`aggTrades?symbol=TESTUSDT${query}`)) as { a: number }[]).map(({ a }) => a);
    const all = await ids('');
    expect(all).toHaveLength(4);
    expect(await ids('&limit=2')).toEqual(all.slice(-2));
    expect(await ids(`&fromId=${all[1] ?? 0}&limit=2`)).toEqual(all.slice(1, 3));
    expect(await ids('&startTime=0&limit=1')).toEqual(all.slice(0, 1));
    expect(await ids('&endTime=1')).toEqual([]);
  });
});
