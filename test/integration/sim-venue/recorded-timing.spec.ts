import { describe, expect, it } from '@jest/globals';
import { REAL_CLOCK, type PlayerClock } from '../../../apps/sim-venue/src/market/replay/player-clock.js';
import { Xoshiro128 } from '../../../apps/sim-venue/src/market/xoshiro.js';
import { recordedMarket } from '../../support/recorded-market.js';
import { medianShare, playRecorded, RECORDED, type PlayedLine } from './recorded-captures.js';

/** How late a timer of the simulated clock is at most, and how much before its time a line may be applied, in ms. */
const MOST_LATE_MS = 8;
const EARLIEST_MS = 1;

/** It stands still but for what is waited for, and what calls back is late by as much as it likes. */
function simulatedClock(startValue: number): PlayerClock {
  const random = new Xoshiro128(startValue);
  let now = 1_000;
  return {
    now: () => now,
    after(ms, done) {
      now += ms + random.uniform() * MOST_LATE_MS;
      const turn = setImmediate(done);
      return () => clearImmediate(turn);
    },
  };
}

describe.each(['spot', 'usdm'] as const)('the recorded %s capture', (product) => {
  const { file, absent } = recordedMarket(RECORDED[product].file);
  const isAbsent = (): boolean => {
    if (absent !== null) process.stdout.write(`skipped: ${absent}\n`);
    return absent !== null;
  };

  it.each([1, 10, 100])('VE-C51 every line comes at its time at speed %d, however late timers are', async (speed) => {
    if (isAbsent()) return;
    const played = await playRecorded(product, file, speed, simulatedClock(speed));
    for (const { line, dueMs, appliedMs } of played)
      if (appliedMs < dueMs - EARLIEST_MS || appliedMs > dueMs + MOST_LATE_MS)
        expect([line, appliedMs]).toEqual([line, `from ${dueMs - EARLIEST_MS} to ${dueMs + MOST_LATE_MS}`]);
    const { dueMs, appliedMs } = played.at(-1) as PlayedLine;
    expect(dueMs * speed).toBeGreaterThan(344_000);
    expect(appliedMs / dueMs).toBeGreaterThan(0.95);
    expect(appliedMs / dueMs).toBeLessThan(1.05);
  });
});

it('VE-C51 the recorded spot capture at speed 100 takes a hundredth of its time on the real clock, within 5 %', async () => {
  const { file, absent } = recordedMarket(RECORDED.spot.file);
  if (absent !== null) {
    process.stdout.write(`skipped: ${absent}\n`);
    return;
  }
  const played = await playRecorded('spot', file, 100, REAL_CLOCK);
  for (const { line, dueMs, appliedMs } of played)
    if (appliedMs < dueMs - EARLIEST_MS) expect([line, appliedMs]).toEqual([line, `not before ${dueMs - EARLIEST_MS}`]);
  expect(medianShare(played)).toBeLessThan(1.05);
});
