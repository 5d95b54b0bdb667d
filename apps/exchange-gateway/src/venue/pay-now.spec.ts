import { beforeEach, expect, it } from '@jest/globals';
import { epochMs } from '#domain';
import type { Budget, CallAnswer, Reservation } from '#venues';
import { payNow } from './pay-now.js';

const CALL = 'GET /api/v3/exchangeInfo';
const granted: Reservation = { granted: true, token: 't1', holdUntil: 0 };
const refusal = (reason: 'cold' | 'banned' | 'fair_share' | 'exhausted', retryInMs = 60_000): Reservation => ({
  granted: false,
  reason,
  limit: 'bs.weight',
  retryAt: 0,
  retryInMs,
  cold: reason === 'cold' ? ['bs.weight'] : [],
});

let answers: Reservation[];
let told: unknown[];
let times: number;
let isTimeTold: boolean;
const budget: Pick<Budget, 'reserve' | 'settle' | 'release'> = {
  reserve: (call, scopes, priority, options) => {
    told.push([call, scopes, priority, options]);
    return Promise.resolve(answers.shift() ?? granted);
  },
  settle: (token: string, outcome: string, answer?: CallAnswer) => {
    told.push([token, outcome, answer?.httpStatus]);
    return Promise.resolve();
  },
  release: (token: string) => {
    told.push([token, 'released']);
    return Promise.resolve();
  },
};
const pay = payNow(
  {
    budget,
    toldByTime: new Set(['bs.weight']),
    measureTime: () => {
      times += 1;
      return Promise.resolve(isTimeTold);
    },
  },
  {
    sleep: (ms) => {
      told.push(`wait ${ms}`);
      return Promise.resolve();
    },
  },
);

const asked = [CALL, {}, 'query', { turnOf: 'sessions' }];

beforeEach(() => {
  [answers, told, times, isTimeTold] = [[], [], 0, true];
});

it('pays as a query, and tells how the call ended', async () => {
  const meta = { sentAt: epochMs(1), repliedAt: epochMs(2), httpStatus: 418, headers: {} };
  await (
    await pay(CALL)
  )({ kind: 'failed', meta });
  await (
    await pay(CALL)
  )({ kind: 'ok', meta: { ...meta, httpStatus: 200 } });
  await (
    await pay(CALL)
  )({ kind: 'failed' });
  expect(told).toEqual([asked, ['t1', 'failure', 418], asked, ['t1', 'success', 200], asked, ['t1', 'released']]);
  expect(times).toBe(0);
});

it('has lost counts set again first', async () => {
  answers = [refusal('cold')];
  await pay(CALL);
  expect([told.length, times]).toEqual([2, 1]);
});

it('waits for its turn with a limit that market data uses up all the time, but not for long', async () => {
  answers = [refusal('exhausted', 900), refusal('fair_share', 50)];
  await pay(CALL);
  expect(told).toEqual([asked, 'wait 900', asked, 'wait 50', asked]);
  answers = [refusal('exhausted', 8_001)];
  await expect(pay(CALL)).rejects.toThrow(`${CALL} is not paid for: exhausted of bs.weight`);
});

it('pays nothing while the venue does not say what is used', async () => {
  answers = [refusal('cold')];
  isTimeTold = false;
  await expect(pay(CALL)).rejects.toThrow(`${CALL} is not paid for: cold of bs.weight`);
  expect([told.length, times]).toEqual([1, 1]);
});

it('asks nothing during a ban, not the time either', async () => {
  answers = [refusal('banned', 10)];
  await expect(pay(CALL)).rejects.toThrow(`${CALL} is not paid for: banned of bs.weight`);
  expect(times).toBe(0);
});
