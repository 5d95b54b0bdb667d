import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { epochMs } from '#domain';
import { OpenCalls, type OpenCall } from './open-calls.js';

const T0 = 1_795_219_200_000;
const HOLD_MS = 15_000;
const offset = fc.integer({ min: -60_000, max: 60_000 });
const delay = fc.integer({ min: 0, max: 250 });

/** Several clocks over one true time, which a test moves. */
function world(clocks: { local: number; first: number; venue: number; error: number }) {
  const time = { now: T0 };
  const open = new OpenCalls({ now: () => epochMs(time.now + clocks.local) }, () => time.now - T0);
  /** Reserved `there` ms after it was asked for, and known `back` ms later. @returns the true time of the reservation */
  const reserve = (there: number, back: number): number => {
    const started = open.start();
    time.now += there;
    const [grantedAt, at] = [time.now, time.now + clocks.first];
    time.now += back;
    const view = { offset: clocks.venue - clocks.first, error: clocks.error };
    open.add('t', [], { at, holdUntil: at + HOLD_MS, ...view }, started);
    return grantedAt;
  };
  const lookAt = (redis: number, there: number, back: number) => {
    const before = time.now - T0;
    time.now += there;
    const redisMs = time.now + redis;
    time.now += back;
    return { redisMs, before, after: time.now - T0 };
  };
  const call = (): OpenCall => open.get('t')!;
  return { time, open, reserve, lookAt, call };
}

describe('a call that a lost state is told of', () => {
  it('VE-B39 P1 is held as long, and where it may arrive, by the clock of whichever server answers now', () => {
    fc.assert(
      fc.property(
        fc.record({ local: offset, first: offset, venue: offset, error: fc.nat({ max: 5_000 }) }),
        fc.array(fc.record({ redis: offset, wait: fc.nat({ max: 3_000 }), there: delay, back: delay }), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.tuple(delay, delay, delay, delay),
        (clocks, servers, [there, back, untilSent, untilReplied]) => {
          const { time, open, reserve, lookAt, call } = world(clocks);
          const grantedAt = reserve(there, back);
          const sentAt = time.now + untilSent;
          for (const server of servers) {
            time.now += server.wait;
            const adoption = open.retold(call(), lookAt(server.redis, server.there, server.back))!;
            const { at, holdMs, view } = adoption;
            const [granted, arrives] = [grantedAt + server.redis, grantedAt + clocks.venue];
            expect(at).toBeLessThanOrEqual(granted);
            expect(at + holdMs).toBeGreaterThanOrEqual(granted + HOLD_MS);
            expect(at + view.offset - view.error).toBeLessThanOrEqual(arrives);
            expect(at + holdMs + view.offset + view.error).toBeGreaterThanOrEqual(arrives + HOLD_MS);
            expect(holdMs - HOLD_MS).toBeLessThan(1_010); // what cannot be known, and no more
            open.adopted(adoption, at);
          }
          const { redis } = servers.at(-1)!;
          time.now = Math.max(time.now, sentAt) + untilReplied;
          const told = open.span(call(), { sentAt: sentAt + clocks.local, repliedAt: time.now + clocks.local });
          expect(told.sentAt).toBeLessThanOrEqual(sentAt + redis);
          expect(told.repliedAt).toBeGreaterThanOrEqual(time.now + redis);
          expect(told.repliedAt - told.sentAt).toBeLessThan(time.now - sentAt + 1_010);
        },
      ),
      { numRuns: 500, seed: 1 },
    );
  });

  it('stays as it was where the state still knows it, and where its first telling was heard without an answer', () => {
    const { time, open, reserve, lookAt, call } = world({ local: 0, first: 0, venue: 30_000, error: 5 });
    const grantedAt = reserve(3, 4);
    const before = call();
    open.adopted(open.retold(before, lookAt(0, 10, 10))!, before.at!);
    expect(call()).toBe(before);

    const unheard = open.retold(call(), lookAt(7_000, 40, 0))!;
    const again = open.retold(call(), lookAt(7_000, 0, 40))!;
    expect(again.at).not.toBe(unheard.at);
    open.adopted(again, unheard.at);
    const { at, view } = call();
    expect(at).toBe(unheard.at);
    const earliest = (at ?? 0) + view.offset - view.error;
    expect([earliest <= grantedAt + 30_000, earliest > grantedAt + 29_800]).toEqual([true, true]);
    const told = open.span(call(), { sentAt: time.now, repliedAt: time.now + 1 });
    expect([told.sentAt <= time.now + 7_000, told.repliedAt > time.now + 7_000]).toEqual([true, true]);
  });
});
