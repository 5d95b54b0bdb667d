import { expect, it } from '@jest/globals';
import { ComparisonSteps } from './comparison-steps.js';

it('goes on after the last finished step when it was cut off', async () => {
  const steps = new ComparisonSteps();
  const taken: string[] = [];
  const refused = new Set(['fills']);
  const step = (name: string) => () => {
    taken.push(name);
    return refused.has(name) ? Promise.reject(new Error('refused')) : Promise.resolve(name);
  };
  const run = async (): Promise<string[]> => {
    const all: string[] = [];
    for (const name of ['orders', 'fills', 'balances']) all.push(await steps.once(name, step(name)));
    return all;
  };
  await expect(run()).rejects.toThrow('refused');
  refused.clear();
  expect(await run()).toEqual(['orders', 'fills', 'balances']);
  expect(taken).toEqual(['orders', 'fills', 'fills', 'balances']);
});

it('keeps the pages of a list by its name, and a step that came to nothing as well', async () => {
  const steps = new ComparisonSteps();
  steps.pages<number>('fills').rows.push(1);
  expect(steps.pages<number>('fills').rows).toEqual([1]);
  expect(steps.pages<number>('orders').rows).toEqual([]);
  let taken = 0;
  const nothing = (): Promise<void> => Promise.resolve(void (taken += 1));
  await steps.once('apply', nothing);
  await steps.once('apply', nothing);
  expect(taken).toBe(1);
});
