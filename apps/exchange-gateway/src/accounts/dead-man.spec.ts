import { describe, expect, it, jest } from '@jest/globals';
import type { AccountId } from '#domain';
import { createLogger } from '#observability';
import type { Sent } from '#venues';
import { DeadMan } from './dead-man.js';

const meta = { sentAt: 0 as never, headers: {} };
const done: Sent<void> = { kind: 'done', value: undefined, meta };
const refused: Sent<void> = { kind: 'refused', why: { code: 'C', text: 't' }, meta };

function deadMan(scope: 'account' | 'symbol') {
  const open = new Set<string>();
  const leftOver: string[] = [];
  let asked = 0;
  const calls: (readonly [number, string | undefined])[] = [];
  const world = { open, leftOver, calls, answer: done, present: true, timesAsked: () => asked };
  const one = new DeadMan({
    accountId: 'a' as AccountId,
    timer: { timeoutMs: 60_000, pingEveryMs: 20_000, scope },
    session: () =>
      Promise.resolve(
        world.present
          ? { setDeadMan: (ms: number, symbol?: string) => (calls.push([ms, symbol]), Promise.resolve(world.answer)) }
          : null,
      ),
    symbols: () => Promise.resolve(open),
    symbolsWithin: () => {
      asked += 1;
      return Promise.resolve(leftOver);
    },
    logger: createLogger('test', 'silent'),
  });
  return { ...world, world, one };
}
/** Runs with the monotonic clock standing at a time. */
async function at(ms: number, work: () => Promise<void>): Promise<void> {
  const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000_000 + ms);
  try {
    await work();
  } finally {
    clock.mockRestore();
  }
}

describe('the timer of a venue that cancels everything', () => {
  it('is taken back once, when the last holder may have left it and no order of ours is open, then left alone', async () => {
    const { one, calls } = deadMan('account');
    await at(0, () => one.keep());
    await at(1_000, () => one.keep());
    await at(80_000, () => one.keep());
    expect(calls).toEqual([[0, undefined]]);
  });

  it('is taken back of the symbols that had orders lately, and kept where one is open', async () => {
    const { one, calls, open, leftOver, timesAsked } = deadMan('symbol');
    leftOver.push('X', 'Y');
    open.add('X');
    await at(0, () => one.keep());
    await at(1_000, () => one.keep());
    expect(calls).toEqual([
      [60_000, 'X'],
      [0, 'Y'],
    ]);
    expect(timesAsked()).toBe(1);
  });

  it('is no longer taken back once it must have run out', async () => {
    const { one, calls, world } = deadMan('account');
    world.answer = refused;
    await at(0, () => one.keep());
    await at(74_000, () => one.keep());
    expect(calls).toHaveLength(2);
    await at(75_000, () => one.keep());
    expect(calls).toHaveLength(2);
  });

  it('is taken back also where the answer to setting it was lost', async () => {
    const { one, calls, open, world } = deadMan('symbol');
    open.add('X');
    world.answer = { kind: 'unknown', why: { code: 'C', text: 't' }, meta };
    await at(0, () => one.keep());
    open.clear();
    world.answer = done;
    await at(1_000, () => one.keep());
    await at(2_000, () => one.keep());
    expect(calls).toEqual([
      [60_000, 'X'],
      [0, 'X'],
    ]);
  });

  it('is set with the first order, set again in time, and taken back with the last', async () => {
    const { one, calls, open } = deadMan('account');
    open.add('X').add('Y');
    await at(0, () => one.keep());
    await at(19_999, () => one.keep());
    expect(calls).toEqual([[60_000, undefined]]);
    await at(20_000, () => one.keep());
    expect(calls).toHaveLength(2);
    open.clear();
    await at(21_000, () => one.keep());
    await at(22_000, () => one.keep());
    expect(calls.slice(2)).toEqual([[0, undefined]]);
  });

  it('is one of each symbol where the venue has it so', async () => {
    const { one, calls, open } = deadMan('symbol');
    open.add('X').add('Y');
    await at(0, () => one.keep());
    open.delete('X');
    await at(1_000, () => one.keep());
    expect(calls).toEqual([
      [60_000, 'X'],
      [60_000, 'Y'],
      [0, 'X'],
    ]);
  });

  it('is tried again in the next round when it could not be set or taken back', async () => {
    const { one, calls, open, world } = deadMan('account');
    open.add('X');
    world.present = false;
    await at(0, () => one.keep());
    world.present = true;
    world.answer = refused;
    await at(1_000, () => one.keep());
    world.answer = done;
    await at(2_000, () => one.keep());
    await at(3_000, () => one.keep());
    expect(calls).toHaveLength(2);
    open.clear();
    world.answer = refused;
    await at(4_000, () => one.keep());
    world.answer = done;
    await at(5_000, () => one.keep());
    expect(calls.slice(2)).toEqual([
      [0, undefined],
      [0, undefined],
    ]);
  });
});
