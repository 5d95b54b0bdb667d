import fc from 'fast-check';
import { mangle, placesIn } from './mangle.js';

/** Stands for a number that a double would not hold; JSON has it as a literal. */
const HUGE = 'one followed by many noughts';

/** What senders of signals put where something else was expected. */
const ODD: readonly unknown[] = [
  null,
  true,
  [],
  {},
  [null],
  [[1]],
  { value: null },
  { items: 5 },
  { items: [null, 5, {}] },
  -1,
  0,
  0.5,
  1.5,
  1e308,
  2 ** 53,
  HUGE,
  '',
  ' ',
  'NaN',
  '0x10',
  '1e999999999',
  '-0',
  '0.50',
  '{{close}}',
  'BTC/USDT',
  'close',
  'x'.repeat(70),
  'null\u0000',
  '\ud800',
  '\u202e',
  '2026-13-01T00:00:00Z',
  '__proto__',
];

/** Bodies that are nearly right, JSON of no meaning, and texts: what no reader of signals may fail on. */
export function oddBodies(samples: readonly unknown[], words: readonly string[] = []): fc.Arbitrary<string> {
  const change = fc.tuple(fc.nat(), fc.constantFrom(...ODD));
  const nearly = fc.tuple(fc.constantFrom(...samples), fc.array(change, { maxLength: 2 })).map(([sample, changes]) => {
    const odd = changes.reduce<unknown>((body, [at, junk]) => mangle(body, at % placesIn(body), junk), sample);
    return JSON.stringify(odd).replaceAll(`"${HUGE}"`, '1e400');
  });
  const pieces = [...words, '=', ' ', '\n', '0.5', '1e9', 'BTCUSDT', '%', '\u0000', 'x=y'];
  return fc.oneof(
    { weight: 6, arbitrary: nearly },
    { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 2, arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(' ')) },
  );
}
