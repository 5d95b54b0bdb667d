import { parseArgs } from 'node:util';
import { type Algorithm } from '#domain';
import { FEE_CASES, type FeeCase, type ReplayOptions } from './replay.js';

export interface BenchOptions extends ReplayOptions {
  readonly files: readonly string[];
  readonly symbol: string | null;
  readonly json: string | null;
}

/**
 * Reads the command line of the benchmark.
 *
 * @throws RangeError naming the option, the value found and what it must be
 */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      fills: { type: 'boolean', default: false },
      bound: { type: 'boolean', default: false },
      symbol: { type: 'string' },
      strategies: { type: 'string', default: 'twap' },
      durations: { type: 'string', default: '60,120,240' },
      sizes: { type: 'string', default: '1,2,5' },
      cases: { type: 'string', default: 'A,B' },
      every: { type: 'string', default: '5' },
      'warm-up': { type: 'string', default: '40' },
      discretion: { type: 'string', default: '0.08' },
      passiveness: { type: 'string', default: '0.02' },
    },
  });
  const cases = Object.keys(FEE_CASES) as FeeCase[];
  return {
    files: positionals,
    symbol: values.symbol ?? null,
    json: values.json ?? null,
    fills: values.fills,
    bound: values.bound,
    algorithms: words<Algorithm>('strategies', values.strategies, WORKED),
    durationsMs: values.durations.split(',').map((text) => 1_000 * number('durations', text, 10, 86_400)),
    shares: values.sizes.split(',').map((text) => number('sizes', text, 0.001, 50) / 100),
    feeCases: words('cases', values.cases, cases),
    everyMs: 1_000 * number('every', values.every, 1, 3_600),
    warmUpMs: 1_000 * number('warm-up', values['warm-up'], 0, 3_600),
    discretion: number('discretion', values.discretion, 0.02, 1),
    passiveness: number('passiveness', values.passiveness, 0, 1),
  };
}

/** Algorithms whose plan is a matter of the window alone. */
const WORKED: readonly Algorithm[] = ['twap', 'vwap', 'is'];

function words<T extends string>(option: string, text: string, known: readonly T[]): T[] {
  return text.split(',').map((word) => {
    const found = known.find((name) => name === word.trim());
    if (found === undefined) throw new RangeError(`--${option} must be of ${known.join(', ')}, was ${word}`);
    return found;
  });
}

function number(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new RangeError(`--${option} must be ${least} to ${most}, was ${text}`);
  return value;
}
