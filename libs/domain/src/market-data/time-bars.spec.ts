import { expect, it } from '@jest/globals';
import { TIME_BAR_MINUTES, timeBarSubclass } from './time-bars.js';

it('knows each subclass by its name and its alias, and no other', () => {
  const names = '1min 3min 5min 15min 30min 1H 2H 4H 6H 12H D'.split(' ');
  const aliases = '1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d'.split(' ');
  expect(names.map(timeBarSubclass)).toEqual(names);
  expect(aliases.map(timeBarSubclass)).toEqual(names);
  expect(Object.values(TIME_BAR_MINUTES)).toEqual([1, 3, 5, 15, 30, 60, 120, 240, 360, 720, 1_440]);
  for (const other of ['', 'd', '1M', '1D', '2min', 'toString', 'tick']) expect(timeBarSubclass(other)).toBeNull();
});
