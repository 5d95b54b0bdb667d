import { afterAll, describe, expect, it } from '@jest/globals';
import { compareWithVenue } from '../support/compare-with-venue.js';
import { removeDataDir, startLauncher, temporaryDataDir } from '../support/launcher-process.js';
import { RecordedTape, TapeFolder } from '../support/recorded-tape.js';
import { TrancheProcess } from '../support/tranche-process.js';
import { until } from '../support/until.js';

const folder = new TapeFolder();
afterAll(() => folder.remove());

const TAPE_SECONDS = 40;
const SPEED = 2;

/** A calm market around 61,800 that trades on both sides ten times a second, deep enough for a small order. */
function calmTape(): RecordedTape {
  const tape = new RecordedTape();
  const price = (ticks: number): string => (61_800 + ticks / 100).toFixed(2);
  const side = (sign: number): [string, string][] =>
    Array.from({ length: 30 }, (_, i) => [price(sign * (i + 1)), '1.50000']);
  tape.snapshot(side(-1), side(1));
  for (let ms = 100; ms <= TAPE_SECONDS * 1_000; ms += 100) {
    const drift = Math.round(20 * Math.sin(ms / 3_000));
    const qty = (0.5 + (ms % 700) / 1_000).toFixed(5);
    tape.at(ms).ticker([price(drift - 1), qty], [price(drift + 1), qty]);
    tape.trade(price(drift + (ms % 200 === 0 ? -1 : 1)), '0.04000', ms % 200 === 0 ? 'bid' : 'ask');
    tape.depth(
      [
        [price(drift - 2), '1.2'],
        [price(drift - 3), '2'],
      ],
      [
        [price(drift + 2), '1.2'],
        [price(drift + 3), '2'],
      ],
    );
  }
  return tape;
}

describe('npm start -- --tape', () => {
  it('works a TWAP on the recorded market, and a market order on the book that stays when the tape has ended', async () => {
    const file = folder.write(calmTape());
    const system = await TrancheProcess.create({}, 'together', ['--tape', file, '--speed', String(SPEED)]);
    try {
      const tape = async (): Promise<Record<string, unknown>> => {
        const { markets } = (await system.control('GET', 'markets')) as { markets: Record<string, unknown>[] };
        return markets.find(({ symbol }) => symbol === 'BTCUSDT') as Record<string, unknown>;
      };
      expect(await tape()).toMatchObject({ source: 'replay', file, speed: SPEED, skipped: 0, gaps: 0, problem: null });
      const order = async (over: object): Promise<string> => {
        const body = { accounts: ['mock'], pair: 'BTC-USDT', side: 'buy', ...over };
        return (await system.done<{ id: string }>('POST', '/api/orders/', body)).id;
      };
      const filled = (id: string): Promise<void> =>
        until(async () => ((await system.order(id)) as { status: string }).status === 'COMPLETE', {
          everyMs: 200,
          what: `order ${id} is complete`,
        });

      const twap = await order({ base_asset_qty: 0.3, strategy: 'TWAP', duration: 10 });
      await filled(twap);
      const done = (await system.order(twap)) as { fills: { role: string; price: string }[]; executed_qty: number };
      expect(done.executed_qty).toBe(0.3);
      expect(done.fills.length).toBeGreaterThan(1);
      for (const { price } of done.fills) expect(Math.abs(Number(price) - 61_800)).toBeLessThan(1);
      expect((await compareWithVenue(system, [twap])).differences).toEqual([]);

      await until(async () => (await tape())['ended'] === true, { what: 'the tape has ended' });
      expect(await tape()).toMatchObject({ playing: false, line: 1_201, seconds: TAPE_SECONDS });
      // The quiet book is still a market: nothing takes the silence for a dead feed.
      const after = await order({ base_asset_qty: 0.2, strategy: 'Market' });
      await filled(after);
      expect((await compareWithVenue(system, [twap, after])).differences).toEqual([]);
      expect(await system.control('GET', 'invariants')).toEqual({ hold: true });
    } finally {
      await system.remove();
    }
  });
});

describe('a tape that cannot be replayed ends the start in one line', () => {
  it.each([
    [
      'cut short',
      (): string => folder.write(calmTape().text.slice(0, -30)),
      'line 1201: the file ends in the middle of this line',
    ],
    ['of another format', (): string => folder.write('time,price\n1,2\n'), 'line 1: is of another format'],
    ['not there', (): string => '/nowhere/tape.gz', '--tape must name a readable file'],
  ])('%s', async (_, fileOf, problem) => {
    const dataDir = await temporaryDataDir();
    try {
      const file = fileOf();
      const launcher = startLauncher({ dataDir, args: ['--port', '0', '--tape', file] });
      expect(await launcher.ended).toBe(1);
      expect(launcher.output().trim().split('\n')).toHaveLength(1);
      expect(launcher.output()).toContain(problem);
      expect(launcher.output()).toContain(file);
    } finally {
      await removeDataDir(dataDir);
    }
  });

  it.each([
    [['--speed', '2'], '--speed needs a tape'],
    [['--tape', 'package.json', '--speed', '0.01'], '--speed must be a plain number from 0.1 to 1000, was "0.01"'],
    [['--tape', 'package.json', '--speed', 'fast'], '--speed must be a plain number'],
    [['--tape', '.'], '--tape must name a file, was a folder'],
  ])('%j', async (args, problem) => {
    const dataDir = await temporaryDataDir();
    try {
      const launcher = startLauncher({ dataDir, args: ['--port', '0', ...args] });
      expect(await launcher.ended).toBe(1);
      expect(launcher.output()).toContain(problem);
    } finally {
      await removeDataDir(dataDir);
    }
  });
});
