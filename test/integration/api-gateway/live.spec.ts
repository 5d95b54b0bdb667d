import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountRepository } from '#persistence';
import {
  accountBalancesQuery,
  limitUsageBroadcast,
  limitUsageQuery,
  openQueryClient,
  openQueryServer,
  orderBookQuery,
  QueryRefusedError,
  SILENT,
  type QueryServer,
} from '#queues';
import { until } from '../../support/until.js';
import { ApiHarness, type User } from './api-harness.js';

let api: ApiHarness;
let user: User;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  api = await ApiHarness.start();
  user = await api.addUser();
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
afterAll(() => api.stop());

const get = (path: string, of = user) => api.request('GET', path, { token: of.token });
const options = () => ({ url: api.database.redisUrl, prefix: api.database.redisPrefix });
const fail = (error: unknown): void => {
  throw error as Error;
};

/** One replica of another service. */
function service(set: (server: QueryServer) => void): void {
  const server = openQueryServer(options());
  open.push(server);
  set(server);
  server.start();
}

/** A service subscribes on its own; until then the API says that it does not answer. */
const once = (path: string, status: number) => until(async () => (await get(path)).status === status);

const accountId = async (of: User): Promise<string> => {
  const [account] = await api.asTenant(of, (tx) => new AccountRepository(tx).ofUser(of.userId));
  return account?.id ?? '';
};

describe('GET /manage/v1/market', () => {
  const PATH = '/manage/v1/market/sim/BTCUSDT';

  it('asks feed-handler, under the trace of the request', async () => {
    const asked: unknown[] = [];
    for (let twin = 0; twin < 2; twin += 1)
      service((server) =>
        server.answer(
          orderBookQuery,
          (question, { traceId }) => {
            if (question.symbol === 'NONE') throw new QueryRefusedError('unknown_market', 'nobody follows NONE at sim');
            asked.push({ levels: question.levels, traceId });
            const { venue, symbol } = question;
            const at = 1_700_000_000_123;
            const said = { status: 'live', reason: 'stitched', at } as const;
            const bids: [string, string][] = [['1.10', '2']];
            const mark = { price: '1.09', fundingRate: '-0.0001', nextFundingAt: 1_700_006_400_000, at };
            const bbo = { bid: bids[0] ?? null, ask: null, at };
            return Promise.resolve({ venue, symbol, ...said, bids, asks: [], last: '1.1', bbo, mark });
          },
          fail,
        ),
      );
    await once(PATH, 200);
    const book = await get(`${PATH}?levels=3`);
    expect(book.json).toEqual({
      venue: 'sim',
      symbol: 'BTCUSDT',
      status: 'live',
      reason: 'stitched',
      at: '2023-11-14T22:13:20.123000Z',
      bids: [['1.10', '2']],
      asks: [],
      last: '1.1',
      bbo: { bid: ['1.10', '2'], ask: null, at: '2023-11-14T22:13:20.123000Z' },
      mark: {
        price: '1.09',
        funding_rate: '-0.0001',
        next_funding_at: '2023-11-15T00:00:00.000000Z',
        at: '2023-11-14T22:13:20.123000Z',
      },
    });
    expect(asked).toContainEqual({
      levels: 3,
      traceId: book.headers.get('x-request-id')?.replaceAll('-', ''),
    });
    expect(await get('/manage/v1/market/sim/NONE/')).toMatchObject({ status: 404, json: { code: 'not_found' } });
    for (const levels of ['0', '51', 'many', '-1'])
      expect(await get(`${PATH}?levels=${levels}`)).toMatchObject({ status: 400, json: { code: 'invalid' } });
    expect((await api.request('GET', PATH)).status).toBe(401);
  });

  it('says within its time that nobody answers', async () => {
    const from = performance.now();
    const answer = await get(PATH);
    expect(performance.now() - from).toBeLessThan(orderBookQuery.limitMs + 1_000);
    expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.field('error')).toMatch(/^order-book cannot be told: nobody answered/);
  });
});

describe('GET /api/get_order_book', () => {
  const PATH = '/api/get_order_book?pair=eth-usdt&exchange_name=mockexchange';

  it('shows the book as numbers, under the pair and the exchange as they are called here', async () => {
    const asked: unknown[] = [];
    const now = Date.now();
    service((server) =>
      server.answer(
        orderBookQuery,
        ({ venue, symbol, levels }) => {
          asked.push({ venue, symbol, levels });
          const bids: [string, string][] = [['3012.30', '4.1']];
          const asks: [string, string][] = [['3012.50000001', '3.7']];
          const said = { status: 'live', reason: null, at: now, last: null, bbo: null, mark: null } as const;
          return Promise.resolve({ venue, symbol, ...said, bids, asks });
        },
        fail,
      ),
    );
    await once(PATH, 200);
    const book = await get(PATH);
    expect(book.json).toEqual({
      pair: 'ETH-USDT',
      exchange_name: 'MockExchange',
      timestamp: `${new Date(now).toISOString().slice(0, -1)}000Z`,
      bids: [[3012.3, 4.1]],
      asks: [[3012.50000001, 3.7]],
    });
    expect(asked[0]).toEqual({ venue: 'sim', symbol: 'ETHUSDT', levels: 50 });
  });

  it.each([
    ['older than 10 s', { status: 'live' as const, at: -11_000 }],
    ['of a feed that is stale', { status: 'stale' as const, at: 0 }],
    ['of a feed that never was', { status: 'connecting' as const, at: null }],
  ])('answers 503 instead of a book %s', async (_, { status, at }) => {
    service((server) =>
      server.answer(
        orderBookQuery,
        ({ venue, symbol }) => {
          if (symbol === 'BTCUSDT') throw new QueryRefusedError('unknown_market', 'nobody follows it');
          const said = { status, reason: null, bids: [], asks: [], last: null, bbo: null, mark: null };
          return Promise.resolve({ venue, symbol, ...said, at: at === null ? null : Date.now() + at });
        },
        fail,
      ),
    );
    await until(async () => (await get(PATH)).json.code === 'no_market_data');
    for (const pair of ['ETH-USDT', 'BTC-USDT']) {
      const answer = await get(`/api/get_order_book/?pair=${pair}&exchange_name=MockExchange`);
      expect([answer.status, answer.json.error]).toEqual([503, `no market data for ${pair}`]);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
  });

  it.each([
    ['', 400, { pair: ['pair is required'], exchange_name: ['exchange_name is required'] }],
    ['?pair=ETH-USDT', 400, { exchange_name: ['exchange_name is required'] }],
    ['?pair=ETHUSDT&exchange_name=MockExchange', 400, { pair: [expect.stringMatching(/^pair must correct syntax/)] }],
    ['?pair=ETH-USDT&exchange_name=Nowhere', 400, { exchange_name: ["unknown exchange 'Nowhere'"] }],
    ['?pair=XYZ-USDT&exchange_name=MockExchange', 422, { pair: ['XYZ-USDT is not available on MockExchange'] }],
  ])('refuses %s', async (query, status, errors) => {
    const answer = await get(`/api/get_order_book${query}`);
    expect([answer.status, answer.json.errors]).toEqual([status, errors]);
  });
});

it('lists the pairs that can be traded, by the names that exchanges have for them', async () => {
  const all = { 'BTC-USDT': { MockExchange: 'BTCUSDT' }, 'ETH-USDT': { MockExchange: 'ETHUSDT' } };
  expect((await get('/api/get_token_pairs')).json).toEqual({ pairs: all });
  expect((await get('/api/get_token_pairs/?market_type=SPOT,perp')).json).toEqual({ pairs: all });
  expect((await get('/api/get_token_pairs?market_type=perp')).json).toEqual({ pairs: {} });
  const refused = await get('/api/get_token_pairs?market_type=swap');
  expect([refused.status, refused.json.errors]).toEqual([
    400,
    { market_type: ["market_type must be one of spot, perp, future, option, was 'swap'"] },
  ]);
});

describe('GET /manage/v1/limits', () => {
  const usage = (scope: string, used: number) => ({
    venue: 'sim',
    limit: 'weight',
    scope,
    used,
    limitValue: 600,
    closedUntil: null,
    isBan: false,
    cold: false,
    source: 'venue' as const,
    windowEnd: 60_000,
    ceilings: { cancel: 540, reduce: 480, place: 420, query: 330 },
  });

  it('asks rate-limit-tracker, falls back on what it said last, and shows no account of others', async () => {
    expect(await get('/manage/v1/limits')).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    const other = await api.addUser();
    const [own, foreign] = [await accountId(user), await accountId(other)];
    let isSilent = false;
    const limits = [usage('shared', 60), usage(own, 30), usage(foreign, 20)];
    service((server) =>
      server.answer(limitUsageQuery, () => Promise.resolve(isSilent ? SILENT : { at: 1_000, limits }), fail),
    );
    await once('/manage/v1/limits', 200);
    const live = await get('/manage/v1/limits/');
    const row = {
      venue: 'sim',
      limit: 'weight',
      limit_value: 600,
      closed_until: null,
      ban: false,
      cold: false,
      source: 'venue',
      window_end: '1970-01-01T00:01:00.000000Z',
      ceilings: { cancel: 540, reduce: 480, place: 420, query: 330 },
    };
    expect(live.json).toEqual({
      at: '1970-01-01T00:00:01.000000Z',
      source: 'live',
      limits: [
        { ...row, account: null, scope: 'shared', used: 60, used_pct: 10 },
        { ...row, account: 'mock', scope: '', used: 30, used_pct: 5 },
      ],
    });
    isSilent = true;
    const speaker = openQueryClient(options());
    open.push(speaker);
    await speaker.say(limitUsageBroadcast, { at: 2_000, limits: [usage('shared', 90)] }, '0'.repeat(32));
    const last = await get('/manage/v1/limits');
    expect(last.json).toMatchObject({ source: 'last', at: '1970-01-01T00:00:02.000000Z', limits: [{ used: 90 }] });
  });
});

describe('GET /manage/v1/balances', () => {
  it('asks the gateway that holds the account, and else shows what was stored, and why', async () => {
    const own = await accountId(user);
    const path = '/manage/v1/balances/mock';
    service((server) => server.answer(accountBalancesQuery, () => Promise.resolve(SILENT), fail));
    let refuses = false;
    service((server) =>
      server.answer(
        accountBalancesQuery,
        (question) => {
          expect(question).toEqual({ tenantId: user.tenantId, accountId: own });
          if (refuses) throw new QueryRefusedError('no_budget', 'no budget for a question');
          const balances = [{ asset: 'BTC', free: '1.000000000000000001', locked: '0' }];
          return Promise.resolve({ at: 3_000, balances });
        },
        fail,
      ),
    );
    await until(async () => (await get(path)).field('source') === 'venue');
    expect((await get(path)).json).toMatchObject({
      account: 'mock',
      source: 'venue',
      at: '1970-01-01T00:00:03.000000Z',
      reason: null,
      balances: [{ asset: 'BTC', free: '1.000000000000000001', locked: '0' }],
    });
    refuses = true;
    expect((await get(path)).json).toMatchObject({ source: 'stored', at: null, reason: 'no budget for a question' });
    expect(await get('/manage/v1/balances/nobodys')).toMatchObject({ status: 404 });
  });
});
