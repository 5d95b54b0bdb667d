import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, jest } from '@jest/globals';
import { REAL_CLOCK, type PlayerClock } from '../../../apps/sim-venue/src/market/replay/player-clock.js';
import { TapePlayer } from '../../../apps/sim-venue/src/market/replay/tape-player.js';
import { Xoshiro128 } from '../../../apps/sim-venue/src/market/xoshiro.js';
import { recordedMarket } from '../../support/recorded-market.js';
import { until } from '../../support/until.js';
import { floorFor, RECORDED } from './recorded-captures.js';

jest.setTimeout(120_000);

/** How late a timer of the simulated clock is at most, and how much before its time a line may be applied, in ms. */
const MOST_LATE_MS = 8;
const EARLIEST_MS = 1;

/** When each line was due and when it was applied, in ms since the market opened. */
interface Played {
  readonly line: number;
  readonly dueMs: number;
  readonly appliedMs: number;
}

/** Receive time of each line in microseconds, from the text; one that steps back counts as the latest before it. */
function timesOf(file: string): number[] {
  let latest = 0;
  const text = gunzipSync(readFileSync(file)).toString('latin1').trimEnd();
  return text.split('\n').map((line) => (latest = Math.max(latest, Number(line.slice(0, 16)))));
}

async function play(
  product: keyof typeof RECORDED,
  file: string,
  speed: number,
  clock: PlayerClock,
): Promise<Played[]> {
  const { floor, market, summary } = await floorFor(product, file);
  const problems: unknown[] = [];
  const options = { speed, end: 'hold', queue: 'prorata', time: 'real', start: 'when_asked' } as const;
  const hooks = { clock, onProblem: (error: unknown) => problems.push(error) };
  const player = await TapePlayer.open(floor, market, summary, options, hooks);
  const at = (): { line: number; ended: boolean } => player.describe() as { line: number; ended: boolean };
  const times = timesOf(file);
  const openedMicros = times[at().line - 1] as number;
  const played: Played[] = [];
  const apply = floor.applyRecord.bind(floor);
  const began = clock.now();
  floor.applyRecord = (to, what, action) => {
    const { line } = at();
    const dueMs = ((times[line - 1] as number) - openedMicros) / 1_000 / speed;
    played.push({ line, dueMs, appliedMs: clock.now() - began });
    apply(to, what, action);
  };
  player.play();
  await until(() => at().ended, { timeoutMs: 100_000, everyMs: 5 });
  expect(problems).toEqual([]);
  expect(at().line).toBe(times.length);
  return played;
}

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

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}

describe.each(['spot', 'usdm'] as const)('the recorded %s capture', (product) => {
  const { file, absent } = recordedMarket(RECORDED[product].file);
  const isAbsent = (): boolean => {
    if (absent !== null) process.stdout.write(`skipped: ${absent}\n`);
    return absent !== null;
  };

  it.each([1, 10, 100])('VE-C51 every line comes at its time at speed %d, however late timers are', async (speed) => {
    if (isAbsent()) return;
    const played = await play(product, file, speed, simulatedClock(speed));
    for (const { line, dueMs, appliedMs } of played)
      if (appliedMs < dueMs - EARLIEST_MS || appliedMs > dueMs + MOST_LATE_MS)
        expect([line, appliedMs]).toEqual([line, `from ${dueMs - EARLIEST_MS} to ${dueMs + MOST_LATE_MS}`]);
    const { dueMs, appliedMs } = played.at(-1) as Played;
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
  const played = await play('spot', file, 100, REAL_CLOCK);
  for (const { line, dueMs, appliedMs } of played)
    if (appliedMs < dueMs - EARLIEST_MS) expect([line, appliedMs]).toEqual([line, `not before ${dueMs - EARLIEST_MS}`]);
  // The middle of the second half: a machine that stands still for a moment makes a few lines late, and they catch up.
  const secondHalf = played.slice(Math.floor(played.length / 2));
  expect(median(secondHalf.map(({ dueMs, appliedMs }) => appliedMs / dueMs))).toBeLessThan(1.05);
});
