import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RecordedTape, TapeFolder } from '../../test/support/recorded-tape.js';
import { SeededRandom } from '../../test/support/seeded-random.js';
import { instrumentOf } from './instrument-of.js';
import { readOptions } from './options.js';
import { replayTape, type ReplayResult } from './replay.js';
import { judge } from './report/judge.js';
import { tableOf } from './report/print-table.js';
import { loadTape } from './tape/load-tape.js';
import type { Tape } from './tape/tape.js';

/** Twenty-two seconds of a market that wanders by a tick, trades ten times a second and is quoted as often. */
function wanderingMarket(): RecordedTape {
  const random = new SeededRandom(7);
  const tape = new RecordedTape('ETHUSDT').snapshot([['2500.00', '4']], [['2500.01', '4']]);
  let bid = 250_000;
  const text = (ticks: number): string => (ticks / 100).toFixed(2);
  for (let ms = 0; ms < 22_000; ms += 100) {
    bid += random.between(-1, 1);
    const size = (): string => `${random.between(1, 9)}.${random.between(0, 9)}`;
    tape.at(ms).ticker([text(bid), size()], [text(bid + 1), size()]);
    if (random.between(0, 1) === 0) tape.at(ms + 20).trade(text(bid), size(), 'bid');
    else tape.at(ms + 20).trade(text(bid + 1), size(), 'ask');
  }
  return tape;
}

const options = readOptions(['--durations', '10', '--sizes', '5', '--every', '5', '--warm-up', '5']);
const tapes = new TapeFolder();
let tape: Tape;
let result: ReplayResult;

beforeAll(async () => {
  tape = await loadTape(tapes.write(wanderingMarket()));
  result = replayTape(tape, instrumentOf(tape), options);
});
afterAll(() => tapes.remove());

describe('a replay', () => {
  it('reads tick and lot off the capture', () => {
    expect([tape.symbol, tape.product, tape.tickUnits, tape.lotUnits]).toEqual([
      'ETHUSDT',
      'spot',
      1_000_000,
      10_000_000,
    ]);
  });

  it('works every window with every strategy, whole, whatever the fees', () => {
    expect(result.runs.map(({ feeCase, strategy }) => `${feeCase} ${strategy}`)).toEqual([
      ...['A twap', 'A R1', 'A R2', 'A R3'],
      ...['B twap', 'B R1', 'B R2', 'B R3'],
    ]);
    for (const { starts, strategy } of result.runs) {
      expect(starts).toHaveLength(2);
      for (const one of starts) {
        expect([strategy, one.completion]).toEqual([strategy, 1]);
        expect(Math.abs(one.allIn)).toBeLessThan(20);
      }
    }
  });

  it('charges takers and makers as the case says', () => {
    const feeOf = (name: string) =>
      result.runs.find(({ feeCase, strategy }) => `${feeCase} ${strategy}` === name)!.starts[0]!.fee;
    expect([feeOf('A R1'), feeOf('B R1'), feeOf('A R3')]).toEqual([0, 5, 0]);
    expect(feeOf('B R3')).toBeLessThan(5);
  });

  it('keeps the engine inside its band', () => {
    for (const { strategy, worstError, cell } of result.runs)
      if (strategy === 'twap') expect(worstError).toBeLessThanOrEqual(0.08 + 1.2 / cell.slices + 0.05);
    expect(result.decisions).toBeGreaterThan(50);
  });

  it('does the same again', () => {
    expect(replayTape(tape, instrumentOf(tape), options).runs).toEqual(result.runs);
  });

  it('is judged and printed, a cell that is not reached as FAILED', () => {
    const terms = { halfSpreadBps: 0.02, discretion: 0.08, everyMs: 5_000 };
    const worse = result.runs.map((run) =>
      run.strategy === 'twap' ? { ...run, starts: run.starts.map((one) => ({ ...one, allIn: one.allIn + 50 })) } : run,
    );
    const better = result.runs.map((run) =>
      run.strategy === 'twap' ? { ...run, starts: run.starts.map((one) => ({ ...one, allIn: one.allIn - 50 })) } : run,
    );
    const [lost, won] = [judge(worse, terms), judge(better, terms)];
    const reached = (rows: typeof lost) => rows.flatMap(({ goal }) => (goal === null ? [] : [goal.isReached]));
    expect([reached(lost), reached(won)]).toEqual([
      [false, false],
      [true, true],
    ]);
    expect(tableOf([lost]).filter((line) => line.includes('FAILED'))).toHaveLength(2);
    expect(tableOf([won]).filter((line) => line.includes('FAILED'))).toHaveLength(0);
  });

  it('says which option cannot be read', () => {
    expect(() => readOptions(['--sizes', '1,x'])).toThrow('--sizes must be 0.001 to 50, was x');
    expect(() => readOptions(['--strategies', 'iceberg'])).toThrow(
      '--strategies must be of twap, vwap, is, was iceberg',
    );
  });
});
