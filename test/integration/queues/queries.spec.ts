import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  limitUsageBroadcast,
  openQueryClient,
  openQueryServer,
  orderBookQuery,
  QueryRefusedError,
  SILENT,
} from '#queues';
import type { AnswerOf, QueryClient, QueryFailedError, QueryServer } from '#queues';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { until } from '../../support/until.js';
import { CuttableRedis } from '../rate-limit/cuttable-redis.js';

type Book = AnswerOf<typeof orderBookQuery>;

const TRACE = '0123456789abcdef0123456789abcdef';
const QUESTION = { venue: 'sim', symbol: 'BTCUSDT', levels: 2 };
const book = (bid: string): Book => ({
  venue: 'sim',
  symbol: 'BTCUSDT',
  status: 'live',
  reason: null,
  bbo: null,
  mark: null,
  at: 1_700_000_000_000,
  bids: [[bid, '12345678901234567890.123456789']],
  asks: [],
  last: null,
});

let stores: TestDatabase;
const open: { close(): Promise<void> }[] = [];
const unexpected: unknown[] = [];

beforeAll(async () => {
  stores = await createTestDatabase();
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  expect(unexpected.splice(0)).toEqual([]);
});
afterAll(() => stores.drop());

function client(url = stores.redisUrl): QueryClient {
  const made = openQueryClient({ url, prefix: stores.redisPrefix });
  open.push(made);
  return made;
}

function server(url = stores.redisUrl): QueryServer {
  const made = openQueryServer({ url, prefix: stores.redisPrefix });
  open.push(made);
  return made;
}

/** One replica of a responder. */
function responder(
  answer: (traceId: string) => Promise<Book | typeof SILENT>,
  { url = stores.redisUrl, onError = (error: unknown): void => void unexpected.push(error) } = {},
): void {
  server(url)
    .answer(orderBookQuery, (_, { traceId }) => answer(traceId), onError)
    .start();
}

const failureOf = async (asking: Promise<unknown>): Promise<Pick<QueryFailedError, 'failure' | 'reason'>> =>
  asking.then(
    () => {
      throw new Error('It must fail');
    },
    ({ failure, reason }: QueryFailedError) => ({ failure, reason }),
  );

/** The responders subscribe on their own; from then on the first question is answered. */
const answered = (asker: QueryClient): Promise<void> =>
  until(() =>
    asker.ask(orderBookQuery, QUESTION, TRACE).then(
      () => true,
      () => false,
    ),
  );

describe('queries over the Redis transport', () => {
  it('give the answer of the first of several, digits and trace untouched', async () => {
    const traces: string[] = [];
    for (const bid of ['1', '2'])
      responder((traceId) => {
        traces.push(traceId);
        return Promise.resolve(book(bid));
      });
    const asker = client();
    await answered(asker);
    await until(async () => {
      traces.length = 0;
      await asker.ask(orderBookQuery, QUESTION, TRACE);
      return traces.length === 2;
    });
    expect(traces).toEqual([TRACE, TRACE]);
    const answers = await Promise.all(Array.from({ length: 50 }, () => asker.ask(orderBookQuery, QUESTION, TRACE)));
    for (const answer of answers) expect([book('1'), book('2')]).toContainEqual(answer);
  });

  it('come from the one that knows while its twin is silent, and from nobody when all are', async () => {
    let knows = true;
    responder(() => Promise.resolve(SILENT));
    responder(() => Promise.resolve(knows ? book('7') : SILENT));
    const asker = client();
    await answered(asker);
    for (let n = 0; n < 20; n += 1) expect((await asker.ask(orderBookQuery, QUESTION, TRACE)).bids[0]?.[0]).toBe('7');
    knows = false;
    const from = performance.now();
    expect(await failureOf(asker.ask(orderBookQuery, QUESTION, TRACE))).toEqual({ failure: 'no_answer', reason: null });
    expect(performance.now() - from).toBeGreaterThan(orderBookQuery.limitMs - 50);
    expect(performance.now() - from).toBeLessThan(orderBookQuery.limitMs + 1_000);
  });

  it('say why they are refused, and not what broke inside', async () => {
    let refuse = (): Error => new QueryRefusedError('unknown_market', 'nobody follows it');
    const errors: unknown[] = [];
    responder(() => Promise.reject(refuse()), { onError: (error) => void errors.push(error) });
    const asker = client();
    await until(async () => (await failureOf(asker.ask(orderBookQuery, QUESTION, TRACE))).failure === 'refused');
    expect(await failureOf(asker.ask(orderBookQuery, QUESTION, TRACE))).toEqual({
      failure: 'refused',
      reason: 'unknown_market',
    });
    refuse = () => new Error('secret of the inside');
    await expect(asker.ask(orderBookQuery, QUESTION, TRACE)).rejects.toThrow(/^order-book failed$/);
    expect(errors).toHaveLength(1);
  });

  it('are held against their contract on both sides', async () => {
    responder(() => Promise.resolve({ ...book('1'), status: 'fine' } as unknown as Book), {
      onError: () => undefined,
    });
    const asker = client();
    await until(async () => (await failureOf(asker.ask(orderBookQuery, QUESTION, TRACE))).reason === 'internal');
    await expect(asker.ask(orderBookQuery, { ...QUESTION, levels: 0 }, TRACE)).rejects.toThrow(/levels/);
    await expect(asker.ask(orderBookQuery, QUESTION, 'no trace')).rejects.toMatchObject({ reason: 'invalid' });
  });

  it('fail clearly while Redis is away, or stopped, and are answered again when it is back', async () => {
    const way = new CuttableRedis(stores.redisUrl);
    const url = await way.start();
    responder(() => Promise.resolve(book('3')), { url });
    const asker = client(url);
    await answered(asker);
    await way.cut();
    const from = performance.now();
    await until(async () => (await failureOf(asker.ask(orderBookQuery, QUESTION, TRACE))).failure === 'unreachable');
    expect(performance.now() - from).toBeLessThan(10_000);
    await way.start();
    await answered(asker);
    way.silence();
    expect((await failureOf(asker.ask(orderBookQuery, QUESTION, TRACE))).failure).toBe('no_answer');
    await way.cut();
  });

  it('wait for a Redis that comes later', async () => {
    const way = new CuttableRedis(stores.redisUrl);
    const url = await way.start();
    await way.cut();
    responder(() => Promise.resolve(book('4')), { url });
    const asker = client(url);
    expect((await failureOf(asker.ask(orderBookQuery, QUESTION, TRACE))).failure).toBe('unreachable');
    await way.start();
    await answered(asker);
    await way.cut();
  });
});

describe('broadcasts over the Redis transport', () => {
  it('reach everyone who listens, and nobody minds when none does or Redis is away', async () => {
    const heard: number[] = [];
    for (let n = 0; n < 2; n += 1)
      server()
        .hear(limitUsageBroadcast, ({ at }) => heard.push(at))
        .start();
    const speaker = client();
    await until(async () => {
      await speaker.say(limitUsageBroadcast, { at: 5, limits: [] }, TRACE);
      return heard.length >= 2;
    });
    expect(new Set(heard)).toEqual(new Set([5]));
    const nowhere = client('redis://127.0.0.1:1');
    await nowhere.say(limitUsageBroadcast, { at: 6, limits: [] }, TRACE);
  });
});
