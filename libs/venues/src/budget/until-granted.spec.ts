import { expect, it } from '@jest/globals';
import type { BudgetRefusalReason, Reservation } from './budget.js';
import { untilGranted } from './until-granted.js';

const granted: Reservation = { granted: true, token: 't', holdUntil: 0 };
const refused = (reason: BudgetRefusalReason, retryInMs: number): Reservation => ({
  granted: false,
  retryAt: 0,
  retryInMs,
  limit: 'l',
  reason,
  cold: [],
});

/** What came of it, and how long each wait was; time passes only while it waits. */
async function ask(answers: readonly Reservation[], over?: AbortController) {
  const left = [...answers];
  const waits: number[] = [];
  let now = 0;
  const answer = await untilGranted(() => Promise.resolve(left.shift() ?? granted), {
    withinMs: 1_000,
    over: over?.signal,
    monotonicMs: () => now,
    sleep: (ms) => {
      waits.push(ms);
      now += ms;
      if (waits.length === 3) over?.abort();
      return Promise.resolve();
    },
  });
  return { answer, waits };
}

it('asks again when there is room, never more often than every 50 ms', async () => {
  const { answer, waits } = await ask([refused('exhausted', 400), refused('fair_share', 0), refused('cold', 500)]);
  expect([answer.granted, waits]).toEqual([true, [400, 50, 500]]);
});

it('gives up where room comes too late, counted from the first time it asked', async () => {
  expect(await ask([refused('exhausted', 1_001)])).toMatchObject({ answer: refused('exhausted', 1_001), waits: [] });
  const late = refused('exhausted', 601);
  expect(await ask([refused('exhausted', 400), late])).toMatchObject({ answer: late, waits: [400] });
});

it.each(['banned', 'redis_down'] as const)('does not wait when it is %s', async (reason) => {
  expect((await ask([refused(reason, 10)])).waits).toEqual([]);
});

it('gives the last answer when it is told to stop', async () => {
  const turn = refused('fair_share', 50);
  const { answer, waits } = await ask([turn, turn, turn, turn, turn], new AbortController());
  expect([answer, waits.length]).toEqual([turn, 3]);
});
