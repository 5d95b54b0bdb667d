import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, it, jest } from '@jest/globals';
import { testSpot } from '../../../apps/sim-venue/src/spot/test-spot.js';
import { inspectTape } from '../../../apps/sim-venue/src/market/replay/inspect-tape.js';
import { TapePlayer, type ReplayOptions } from '../../../apps/sim-venue/src/market/replay/tape-player.js';
import { recordedMarket } from '../../support/recorded-market.js';
import { until } from '../../support/until.js';

jest.setTimeout(120_000);

const capture = recordedMarket('binance-spot-btcusdt-20240808.gz');
const OPTIONS: ReplayOptions = { speed: 1, end: 'hold', queue: 'prorata', time: 'manual', start: 'at_once' };
const CHECKPOINTS = 1_000;

/** True when there is nothing to replay, which is then said. */
function isAbsent(): boolean {
  if (capture.absent !== null) process.stdout.write(`skipped: ${capture.absent}\n`);
  return capture.absent !== null;
}

async function open(options: Partial<ReplayOptions>) {
  const { floor, market } = testSpot('BTCUSDT');
  const symbols = new Map([...floor.markets].map(([name, { spec }]) => [name, spec]));
  const summary = await inspectTape(capture.file, symbols, null);
  const problems: unknown[] = [];
  const player = await TapePlayer.open(
    floor,
    market,
    summary,
    { ...OPTIONS, ...options },
    {
      monotonic: () => performance.now(),
      onProblem: (error) => problems.push(error),
    },
  );
  return { market, player, summary, problems };
}

interface Message {
  readonly lastUpdateId?: number;
  readonly bids?: [string, string][];
  readonly asks?: [string, string][];
  readonly data?: Record<string, unknown>;
}

/**
 * The book at any line, computed from the file in another way: the last word on a price is that of the message with the
 * highest update id that spoke of it, where a ticker speaks of every price at or better than its own.
 */
class IndependentBook {
  readonly #said = { b: new Map<number, [u: number, lots: number]>(), a: new Map<number, [u: number, lots: number]>() };
  #ticker = { u: 0, b: 0, a: 0 };

  read(line: string): void {
    const message = JSON.parse(line.slice(20)) as Message;
    const { data } = message;
    if (data === undefined) {
      this.#say('b', message.lastUpdateId ?? 0, message.bids ?? []);
      this.#say('a', message.lastUpdateId ?? 0, message.asks ?? []);
    } else if (data['e'] === 'depthUpdate') {
      this.#say('b', data['u'] as number, data['b'] as [string, string][]);
      this.#say('a', data['u'] as number, data['a'] as [string, string][]);
    } else if (data['e'] === undefined) {
      const u = data['u'] as number;
      if (u < this.#ticker.u) return;
      const [bid, ask] = [data['b'] as string, data['a'] as string];
      this.#ticker = { u, b: scaled(bid, 2), a: scaled(ask, 2) };
      this.#say('b', u, [[bid, data['B'] as string]]);
      this.#say('a', u, [[ask, data['A'] as string]]);
      for (const name of ['b', 'a'] as const)
        for (const [ticks, [said]] of this.#said[name])
          if (said < u && this.#isBetter(name, ticks)) this.#said[name].delete(ticks);
    }
  }

  /** Than the last ticker's price on that side. */
  #isBetter(name: 'b' | 'a', ticks: number): boolean {
    return name === 'b' ? ticks > this.#ticker.b : ticks < this.#ticker.a;
  }

  /** Best first. */
  side(name: 'b' | 'a'): [number, number][] {
    const levels: [number, number][] = [];
    for (const [ticks, [u, lots]] of this.#said[name])
      if (lots > 0 && !(u < this.#ticker.u && this.#isBetter(name, ticks))) levels.push([ticks, lots]);
    return levels.sort(([x], [y]) => (name === 'b' ? y - x : x - y));
  }

  #say(name: 'b' | 'a', u: number, rows: readonly [string, string][]): void {
    for (const [price, qty] of rows) {
      const ticks = scaled(price, 2);
      if ((this.#said[name].get(ticks)?.[0] ?? 0) <= u) this.#said[name].set(ticks, [u, scaled(qty, 5)]);
    }
  }
}

/** Whole steps of 10^-decimals, rounded down, by way of the digits. */
function scaled(text: string, decimals: number): number {
  const [whole = '', fraction = ''] = text.split('.');
  return Number(whole + fraction.padEnd(decimals, '0').slice(0, decimals));
}

it('VE-C51 books at 1,000 checkpoints of the recorded capture equal an independent build from the file', async () => {
  if (isAbsent()) return;
  const { market, player, summary } = await open({});
  expect(summary).toMatchObject({ symbol: 'BTCUSDT', lines: 41_249, skipped: 0, ignored: 0 });
  const lines = gunzipSync(readFileSync(capture.file)).toString('latin1').trimEnd().split('\n');
  const independent = new IndependentBook();
  let read = 0;
  const step = Math.floor(lines.length / CHECKPOINTS);
  for (let checkpoint = 1; checkpoint <= CHECKPOINTS; checkpoint += 1) {
    const position = (player.describe() as { line: number }).line;
    await player.step(checkpoint * step - position);
    for (; read < checkpoint * step; read += 1) independent.read(lines[read] as string);
    for (const [side, name] of [
      ['BUY', 'b'],
      ['SELL', 'a'],
    ] as const) {
      const ours = [...market.book.levels(side)].map(({ ticks, lots }) => [ticks, lots]);
      const theirs = independent.side(name);
      // One comparison of text: comparing thousands of pairs a thousand times is slow.
      if (JSON.stringify(ours) !== JSON.stringify(theirs)) expect([checkpoint, ours]).toEqual([checkpoint, theirs]);
    }
  }
  expect(market.book.count('BUY')).toBeGreaterThan(500);
  expect(player.describe()).toMatchObject({ gaps: 0, problem: null });
});

it('VE-C51 the recorded capture at speed 50 takes a fiftieth of its time, within 5 %', async () => {
  if (isAbsent()) return;
  const { player, summary, problems } = await open({ speed: 50, time: 'real' });
  const beganAt = performance.now();
  await until(() => (player.describe() as { ended: boolean }).ended, { timeoutMs: 30_000, everyMs: 5 });
  const tookMs = performance.now() - beganAt;
  const recordedMs = (summary.lastAt - summary.firstAt) / 1_000;
  expect(Math.abs(tookMs / (recordedMs / 50) - 1)).toBeLessThan(0.05);
  expect(problems).toEqual([]);
});
