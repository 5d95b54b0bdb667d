import { expect, it } from '@jest/globals';
import type { Budget, BudgetRefusalReason, Reservation } from './budget.js';
import { CallSpender } from './call-spender.js';

const refused = (reason: BudgetRefusalReason, retryInMs: number, cold: readonly string[] = []): Reservation => ({
  granted: false,
  retryAt: 0,
  retryInMs,
  limit: reason === 'redis_down' ? '' : 'bs.weight',
  reason,
  cold,
});
const granted: Reservation = { granted: true, token: 'token', holdUntil: 0 };

function world(answers: Reservation[], warmUps: boolean[] = []) {
  const log: string[] = [];
  const told: unknown[] = [];
  const budget: Budget = {
    reserve: (call, scopes, priority, options) => {
      log.push(`${call} ${priority} for ${options?.turnOf} ${JSON.stringify({ ...scopes, ...options?.params })}`);
      return Promise.resolve(answers.shift() ?? granted);
    },
    settle: (...how) => Promise.resolve(void told.push(how)),
    release: (token) => Promise.resolve(void told.push(['released', token])),
  };
  const spender = new CallSpender({
    budget,
    scopes: { account: 'a' },
    turnOf: 'market data',
    warmUp: {
      told: new Set(['bs.weight']),
      ask: () => {
        log.push('warm up');
        return Promise.resolve(warmUps.shift() ?? false);
      },
    },
    onWait: (_call, why) => log.push(why),
    sleep: (ms) => {
      log.push(`sleep ${ms}`);
      if (log.length > 20) spender.close();
      return Promise.resolve();
    },
  });
  return { log, told, spender };
}
const ASKED = 'GET /api/v3/depth query for market data {"account":"a","limit":1000}';
const depth = (spender: CallSpender) => spender.spend('GET /api/v3/depth', { limit: 1_000 });

it('waits as long as the budget says, within bounds, and says why once', async () => {
  const { log, told, spender } = world([
    refused('redis_down', 1_000),
    refused('exhausted', 900),
    refused('exhausted', 60_000),
    refused('exhausted', 0),
  ]);
  const tell = await depth(spender);
  expect(log).toEqual([
    ASKED,
    'GET /api/v3/depth waits for the budget: redis_down',
    'sleep 100',
    ASKED,
    'GET /api/v3/depth waits for the budget: exhausted of bs.weight',
    'sleep 900',
    ASKED,
    'sleep 5000',
    ASKED,
    'sleep 50',
    ASKED,
  ]);
  await tell?.('success', { httpStatus: 200, headers: {} });
  await tell?.('not_sent');
  expect(told).toEqual([
    ['token', 'success', { httpStatus: 200, headers: {} }],
    ['released', 'token'],
  ]);
});

it('has a lost count set again by a call that can, and asks at once; but no more than once a second', async () => {
  const cold = refused('cold', 60_000, ['bs.weight']);
  const { log, spender } = world([cold, cold, granted], [true]);
  await depth(spender);
  const said = 'GET /api/v3/depth waits for the budget: cold of bs.weight';
  expect(log).toEqual([ASKED, said, 'warm up', ASKED, 'sleep 500', ASKED]);
});

it('asks nothing for a lost count that no answer tells', async () => {
  const { log, spender } = world([refused('cold', 60_000, ['bs.connections'])], [true]);
  await depth(spender);
  expect(log).not.toContain('warm up');
  expect(log).toContain('sleep 500');
});

it('turns away whoever waits when it is closed, and pays for nothing then', async () => {
  const { log, spender } = world(Array.from({ length: 100 }, () => refused('exhausted', 100)));
  await expect(depth(spender)).rejects.toThrow('nothing is paid any more');
  const asked = log.length;
  await expect(depth(spender)).rejects.toThrow('nothing is paid any more');
  expect(log.length).toBe(asked);
});
