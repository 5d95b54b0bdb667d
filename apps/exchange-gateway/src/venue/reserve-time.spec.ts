import { expect, it } from '@jest/globals';
import type { CallPriority, Reservation } from '#venues';
import { reserveTime } from './reserve-time.js';

const GRANTED: Reservation = { granted: true, token: 't', holdUntil: 0 };
const refused = (reason: 'exhausted' | 'cold'): Reservation => ({
  granted: false,
  retryAt: 0,
  retryInMs: 0,
  limit: 'l',
  reason,
  cold: reason === 'cold' ? ['l'] : [],
});

/** What was asked, and what came of it. */
async function ask(answers: Partial<Record<CallPriority, Reservation>>, isAwaited: boolean) {
  const asked: CallPriority[] = [];
  let lost = 0;
  const budget = {
    reserve: (_call: string, _scopes: object, priority: CallPriority): Promise<Reservation> => {
      asked.push(priority);
      return Promise.resolve(answers[priority] ?? refused('exhausted'));
    },
  };
  const { granted } = await reserveTime(budget, 'GET /time', isAwaited, () => (lost += 1));
  return { asked, granted, lost };
}

it('asks a known budget first, also where an account waits: of a small limit no process has an emergency share', async () => {
  expect(await ask({ query: GRANTED }, true)).toEqual({ asked: ['query'], granted: true, lost: 0 });
});

it('pays from the emergency share where counts are lost', async () => {
  const answers = { query: refused('cold'), probe: GRANTED };
  expect(await ask(answers, false)).toEqual({ asked: ['query', 'probe'], granted: true, lost: 1 });
});

it('pays from it where the budget is used up only when an account waits', async () => {
  const answers = { query: refused('exhausted'), probe: GRANTED };
  expect(await ask(answers, true)).toEqual({ asked: ['query', 'probe'], granted: true, lost: 0 });
  expect(await ask(answers, false)).toEqual({ asked: ['query'], granted: false, lost: 0 });
});
