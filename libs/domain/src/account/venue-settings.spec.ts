import { expect, it } from '@jest/globals';
import { settingsDifference, type ActualSettings, type ConfiguredSettings } from './venue-settings.js';

const ONE_WAY: ConfiguredSettings = { hedgeMode: false, bySymbol: new Map() };
const of = (leverage: string | null, marginType: 'cross' | 'isolated' | null): ActualSettings['bySymbol'] =>
  new Map([['BTCUSDT', { leverage, marginType }]]);

it('VE-A16 finds another hedge mode, leverage or margin, and names what it found', () => {
  expect(settingsDifference(ONE_WAY, { hedgeMode: true, bySymbol: new Map() })).toBe(
    'hedge mode is on, configured off',
  );
  expect(
    settingsDifference(
      { hedgeMode: true, bySymbol: of('5', 'isolated') },
      { hedgeMode: true, bySymbol: of('10', 'cross') },
    ),
  ).toBe('margin of BTCUSDT is cross, configured isolated; leverage of BTCUSDT is 10, configured 5');
});

it('asks nothing of a venue without such settings, and leaves alone what nobody configured', () => {
  expect(settingsDifference(ONE_WAY, { hedgeMode: null, bySymbol: new Map() })).toBeNull();
  expect(settingsDifference(ONE_WAY, { hedgeMode: false, bySymbol: of('20', 'cross') })).toBeNull();
  expect(
    settingsDifference({ hedgeMode: false, bySymbol: of('20', null) }, { hedgeMode: false, bySymbol: of('20', null) }),
  ).toBeNull();
});

it('takes what the venue does not tell for a difference', () => {
  expect(
    settingsDifference({ hedgeMode: false, bySymbol: of('3', null) }, { hedgeMode: false, bySymbol: new Map() }),
  ).toBe('leverage of BTCUSDT is not known, configured 3');
});
