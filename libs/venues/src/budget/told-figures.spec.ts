import { beforeEach, expect, it } from '@jest/globals';
import type { AnnounceTask } from './announced-limit.js';
import { shippedLimits } from './shipped-limits.js';
import { ToldFigures } from './told-figures.js';
import { drawsOf } from './venue-limits.js';

const bybit = shippedLimits('bybit');
const draws = (account: string) =>
  drawsOf(bybit, 'POST /v5/order/create (linear)', { scopes: { ip: 'i', account }, priority: 'place' });
const headers = (limit: number) => ({ headers: { 'x-bapi-limit': String(limit), 'x-bapi-limit-status': '1' } });

let now: number;
let inForce: number;
let asked: AnnounceTask[];
let told: ToldFigures;
beforeEach(() => {
  now = 0;
  inForce = 10;
  asked = [];
  told = new ToldFigures(
    bybit,
    (tasks) => {
      asked.push(...tasks);
      return Promise.resolve(tasks.map((task) => ({ ...task, before: inForce, after: Math.min(inForce, task.told) })));
    },
    () => now,
  );
});

it('passes a figure on once, and again only where it changed, for each account', async () => {
  for (const account of ['a', 'a', 'b', 'a']) await told.heed(draws(account), headers(5));
  expect(asked.map(({ request }) => request)).toEqual([
    { id: 'bb.create.linear:a', defined: 10, announced: 5 },
    { id: 'bb.create.linear:b', defined: 10, announced: 5 },
  ]);
  expect(await told.heed(draws('a'), headers(4))).toMatchObject([{ limit: 'bb.create.linear', scope: 'a', after: 4 }]);
});

it('passes a raise on again after a minute, until it holds', async () => {
  for (now = 0; now <= 130_000; now += 10_000) await told.heed(draws('a'), headers(20));
  expect(asked).toHaveLength(2);
  inForce = 20;
  for (; now <= 400_000; now += 10_000) await told.heed(draws('a'), headers(20));
  expect(asked).toHaveLength(3);
});

it('S-13 passes nothing on that cannot be meant', async () => {
  expect(await told.heed(draws('a'), headers(10_001))).toEqual([]);
  expect(await told.heed(draws('a'), headers(0))).toEqual([]);
  expect(asked).toEqual([]);
});
