import { beforeEach, expect, it } from '@jest/globals';
import { epochMs } from '#domain';
import type { CallPriority, Reservation, Venue } from '#venues';
import { VenueOffset } from './venue-offset.js';
import { VenueTime } from './venue-time.js';

let now: number;
let asked: CallPriority[];
let settled: unknown[];
let answer: () => void;
let calls: number;
let free: boolean;
let time: VenueTime;
let offset: VenueOffset;

beforeEach(() => {
  [now, asked, settled, calls, free] = [1_000_000, [], [], 0, true];
  offset = new VenueOffset({ now: () => epochMs(now) });
  const venue = {
    profile: { calls: { venueTime: 'GET /time' } },
    venueTime: () => {
      calls += 1;
      return new Promise((resolve) => {
        answer = () => resolve({ kind: 'ok', value: { venueMs: now, rttMs: 10 }, meta: { httpStatus: 200 } });
      });
    },
  } as unknown as Pick<Venue, 'venueTime' | 'profile'>;
  const budget = {
    reserve: (_call: string, _scopes: object, priority: CallPriority): Promise<Reservation> => {
      asked.push(priority);
      const refusal = { retryAt: 0, retryInMs: 60_000, limit: 'l', reason: 'exhausted', cold: [] } as const;
      return Promise.resolve(free ? { granted: true, token: 't', holdUntil: 0 } : { granted: false, ...refusal });
    },
    settle: (...how: unknown[]) => Promise.resolve(void settled.push(how)),
  };
  time = new VenueTime({ venue, offset, budget, onLost: () => undefined });
});

/** Lets what is asked get to the venue. */
const turn = () => new Promise((resolve) => setImmediate(resolve));
async function answered(look: Promise<boolean>): Promise<boolean> {
  await turn();
  answer();
  return look;
}

it('asks once for all that wait, and settles with the venue’s own time', async () => {
  const looks = [time.measure('probe'), time.measure('probe'), time.measure('query')]; // nothing is known: all are urgent
  expect(await answered(looks[0]!)).toBe(true);
  expect(await Promise.all(looks)).toEqual([true, true, true]);
  expect([asked, calls]).toEqual([['query'], 1]);
  expect(settled).toEqual([['t', 'success', { httpStatus: 200, venueMs: 1_000_000 }]]);
  await answered(time.measure('probe'));
  expect(calls).toBe(2);
});

it('a routine look becomes urgent when half the time for which the last is trusted has passed', async () => {
  await answered(time.measure('query'));
  free = false;
  now += 30_000;
  asked = [];
  expect(await time.measure('query')).toBe(false);
  expect(asked).toEqual(['query']);
  now += 1;
  expect(await time.measure('query')).toBe(false);
  expect(asked).toEqual(['query', 'query', 'reduce', 'probe']);
});
