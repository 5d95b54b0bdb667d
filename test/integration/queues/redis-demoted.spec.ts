import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { epochMs, notional, price, quantity, type MarketSnapshot, type VenueId } from '#domain';
import { accountBalancesQuery, JobQueues, openQueryClient, openQueryServer, wakeParentOrder } from '#queues';
import { budgetRedis, MarketDataPublisher, MarketDataReader } from '#venues';
import { startEmbeddedRedis } from '../../../apps/launcher/src/stores/embedded-redis.js';
import type { EmbeddedServer } from '../../../apps/launcher/src/stores/server-process.js';
import { until } from '../../support/until.js';

const SIM = 'sim' as VenueId;
const OWN = 'of-the-test';
let directory: string;
let server: EmbeddedServer;
let own: Redis;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tranche-redis-'));
  server = await startEmbeddedRedis({ directory: join(directory, 'redis'), allowFallback: false });
  own = new Redis(server.url, { connectionName: OWN });
});
afterAll(async () => {
  for (const one of open) await one.close();
  own.disconnect();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

function keep<T extends { close(): unknown }>(one: T): T {
  open.push(one);
  return one;
}

const snapshot = (seq: number): MarketSnapshot => ({
  venue: SIM,
  symbol: 'BTCUSDT',
  pair: 'BTC-USDT',
  status: 'live',
  reason: null,
  at: epochMs(seq),
  seq,
  bids: [{ price: price('1'), qty: quantity('2') }],
  asks: [],
  mid: null,
  bbo: null,
  mark: null,
  sigma1Bps: null,
  sigma5Bps: null,
  sigma10Bps: null,
  medianMid60: null,
  lastTradeId: null,
  cumBaseVolume: quantity('0'),
  cumQuoteVolume: notional('0'),
});

it('is left by every client that a service has, and all of them work again with a master', async () => {
  const { url } = server;
  const prefix = 'demoted';
  const askRoleEveryMs = 100;
  const queues = keep(await JobQueues.connect({ url, prefix, allowUnsafe: true }));
  const worked: string[] = [];
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const work = async ({ traceId }: { traceId: string }): Promise<undefined> => {
    worked.push(traceId);
    if (traceId.startsWith('2')) await held;
  };
  queues.work(wakeParentOrder, work, { onFailed: () => undefined });
  const questions = keep(openQueryClient({ url, prefix, askRoleEveryMs }));
  const answers = keep(openQueryServer({ url, prefix, askRoleEveryMs }));
  answers.answer(
    accountBalancesQuery,
    () => Promise.resolve({ at: 0, balances: [] }),
    () => undefined,
  );
  answers.start();
  const publisher = keep(new MarketDataPublisher({ url, prefix }, 'owner'));
  const reader = keep(new MarketDataReader({ url, prefix, askRoleEveryMs }));
  await reader.start();
  const budget = budgetRedis(url);
  keep({ close: () => budget.disconnect() });

  const publish = async (trace: string): Promise<boolean> => {
    const payload = { v: 1, tenantId: randomUUID(), parentOrderId: randomUUID(), traceId: trace.repeat(32) };
    return queues.publish([{ job: 'parent-order.wake', payload, delayMs: 0 }]).then(
      (refused) => refused.length === 0,
      () => false,
    );
  };
  const ask = () =>
    questions.ask(accountBalancesQuery, { tenantId: randomUUID(), accountId: randomUUID() }, '0'.repeat(32)).then(
      () => true,
      () => false,
    );
  const speak = async (seq: number): Promise<boolean> => {
    await publisher.hold(SIM, 60_000);
    await publisher.publish(snapshot(seq));
    return reader.get(SIM, 'BTCUSDT')?.seq === seq;
  };
  const spend = () => budget.incr('spent').then(Number, () => 0);
  const all = async (trace: string, seq: number): Promise<void> => {
    await until(() => publish(trace), { what: 'a job is published' });
    await until(() => worked.includes(trace.repeat(32)), { what: 'the job is worked' });
    await until(ask, { what: 'a question is answered' });
    await until(() => speak(seq), { what: 'a snapshot is read' });
    await until(async () => (await spend()) > 0, { what: 'a budget is written' });
  };
  const connections = async (): Promise<string[]> =>
    String(await own.client('LIST'))
      .split('\n')
      .filter((line) => line.includes('id=') && !line.includes(`name=${OWN} `) && !line.includes('flags=M'))
      .map((line) => /id=(\d+)/.exec(line)?.[1] ?? '');

  await all('1', 1);
  // A job that ends only then: its worker has something to write.
  await until(() => publish('2'), { what: 'a job is published' });
  await until(() => worked.includes('2'.repeat(32)), { what: 'the job has begun' });
  const before = await connections();
  expect(before.length).toBeGreaterThanOrEqual(10);
  await own.replicaof('127.0.0.1', 1);
  letGo();
  await until(
    async () => {
      await Promise.all([publish('4'), speak(2), spend()]);
      const now = await connections();
      return before.every((id) => !now.includes(id));
    },
    { what: 'no connection is left of those that there were' },
  );
  await own.replicaof('NO', 'ONE');
  await all('3', 3);
});
