import { expect, it } from '@jest/globals';
import type { CallPriority, Reservation, ReserveOptions } from '#venues';
import { reserveTime } from './reserve-time.js';

const GRANTED: Reservation = { granted: true, token: 't', holdUntil: 0 };
const refused = (reason: 'exhausted' | 'cold' | 'banned' | 'fair_share', retryInMs = 60_000): Reservation => ({
  granted: false,
  retryAt: 0,
  retryInMs,
  limit: 'l',
  reason,
  cold: reason === 'cold' ? ['l'] : [],
});

/** What was asked and how long it was waited for, and what came of it. An answer that is given once more holds on. */
async function ask(answers: Partial<Record<CallPriority, Reservation | Reservation[]>>, isAwaited: boolean) {
  const did: (CallPriority | number)[] = [];
  const turns: (ReserveOptions | undefined)[] = [];
  let [lost, now] = [0, 0];
  const budget = {
    reserve: (_call: string, _scopes: object, priority: CallPriority, options?: ReserveOptions) => {
      did.push(priority);
      turns.push(options);
      const given = answers[priority] ?? refused('exhausted');
      return Promise.resolve(Array.isArray(given) ? (given.shift() ?? GRANTED) : given);
    },
  };
  const { granted } = await reserveTime(
    budget,
    'GET /time',
    { isAwaited, onLost: () => (lost += 1) },
    {
      monotonicMs: () => now,
      sleep: (ms) => {
        did.push(ms);
        now += ms;
        return Promise.resolve();
      },
    },
  );
  return { did, granted, lost, turns };
}

it('asks a known budget first, also where an account waits: of a small limit no process has an emergency share', async () => {
  const { did, granted, lost, turns } = await ask({ query: GRANTED }, true);
  expect([did, granted, lost]).toEqual([['query'], true, 0]);
  expect(turns).toEqual([{ turnOf: 'venue-time', weight: 4 }]);
});

it('pays from the emergency share where counts are lost', async () => {
  const { did, granted, lost } = await ask({ query: refused('cold'), probe: GRANTED }, false);
  expect([did, granted, lost]).toEqual([['query', 'probe'], true, 1]);
});

it('goes further where the budget is used up only when an account waits, and into the emergency share last', async () => {
  const reduced = await ask({ reduce: GRANTED }, true);
  expect([reduced.did, reduced.granted]).toEqual([['query', 'reduce'], true]);
  const probed = await ask({ probe: GRANTED }, true);
  expect([probed.did, probed.granted]).toEqual([['query', 'reduce', 'probe'], true]);
  const calm = await ask({ reduce: GRANTED, probe: GRANTED }, false);
  expect([calm.did, calm.granted]).toEqual([['query'], false]);
});

it('waits for its turn with a limit that market data uses up all the time', async () => {
  const answers = { query: [refused('exhausted', 900), refused('fair_share', 50), refused('exhausted', 1_000)] };
  const { did, granted } = await ask(answers, false);
  expect([did, granted]).toEqual([['query', 900, 'query', 50, 'query', 1_000, 'query'], true]);
});

it('gives up after a while, and in a ban at once', async () => {
  const { did, granted } = await ask({ query: refused('exhausted', 3_000) }, false);
  expect([did, granted]).toEqual([['query', 3_000, 'query', 3_000, 'query'], false]);
  expect((await ask({ query: refused('banned', 10) }, true)).did).toEqual(['query']);
});
