import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { price, quantity, toDecimalString } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import { addPrints, catchUp, NO_VOLUME, type TradedVolume, type VolumePrint } from './traded-volume.js';

const print = (id: number, px = '2', qty = '3'): VolumePrint => ({
  id: String(id),
  price: price(px),
  qty: quantity(qty),
  aggressor: 'buy',
  venueAt: epochMs(1_764_000_000_000 + id),
});
const shown = (volume: TradedVolume) => [
  toDecimalString(volume.cumBase),
  toDecimalString(volume.cumQuote),
  volume.lastTradeId,
];

it('counts base and quote once per print', () => {
  const volume = addPrints(NO_VOLUME, [print(5, '10', '0.5'), print(4, '11', '1')]);
  expect(shown(volume)).toEqual(['1.5', '16', '5']);
  expect(addPrints(volume, [print(5), print(4), print(3)])).toEqual(volume);
});

it('compares numbers, not texts', () => {
  expect(shown(addPrints(addPrints(NO_VOLUME, [print(9)]), [print(10)]))).toEqual(['6', '12', '10']);
});

it('comes to the same whatever overlaps and repeats', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 0, max: 39 }),
      (sizes, cut) => {
        const all = sizes.map((qty, index) => print(index + 1, '2', String(qty)));
        const whole = addPrints(NO_VOLUME, all);
        const live = all.slice(0, cut).reduce((volume, one) => addPrints(volume, [one]), NO_VOLUME);
        const caughtUp = cut === 0 ? addPrints(NO_VOLUME, all) : catchUp(live, all.toReversed(), []).volume;
        expect(shown(addPrints(caughtUp, all))).toEqual(shown(whole));
      },
    ),
  );
});

it('says how many prints can no longer be had', () => {
  const volume = addPrints(NO_VOLUME, [print(10)]);
  expect(catchUp(volume, [print(15), print(16)], [])).toMatchObject({
    missed: 4n,
    restarted: false,
    volume: { lastTradeId: '16' },
  });
  expect(catchUp(volume, [print(11), print(12)], []).missed).toBe(0n);
  expect(catchUp(volume, [], [])).toEqual({ volume, missed: 0n, restarted: false });
});

it('begins with the first print it heard, not with what was traded before', () => {
  expect(shown(catchUp(NO_VOLUME, [print(7), print(8)], []).volume)).toEqual(['0', '0', '8']);
  expect(shown(catchUp(NO_VOLUME, [print(7), print(8), print(9)], [print(8), print(9), print(10)]).volume)).toEqual([
    '9',
    '18',
    '10',
  ]);
  expect(catchUp(NO_VOLUME, [], []).volume).toEqual(NO_VOLUME);
});

it('adds what was heard after what is listed, each once', () => {
  const volume = addPrints(NO_VOLUME, [print(10)]);
  expect(shown(catchUp(volume, [print(11), print(12)], [print(12), print(13)]).volume)).toEqual(['12', '24', '13']);
  expect(shown(catchUp(volume, [], [print(11)]).volume)).toEqual(['6', '12', '11']);
});

it('does not take a read that lags for a venue that counts anew', () => {
  const volume = addPrints(NO_VOLUME, [print(500)]);
  expect(catchUp(volume, [print(490), print(498)], [])).toEqual({ volume, missed: 0n, restarted: false });
});

it('follows a venue that counts anew', () => {
  const before = addPrints(NO_VOLUME, [print(1_000)]);
  const { volume, restarted } = catchUp(before, [print(1), print(2)], []);
  expect(restarted).toBe(true);
  expect(shown(addPrints(volume, [print(3)]))).toEqual(['6', '12', '3']);
  const heard = catchUp(before, [print(1), print(2)], [print(2), print(3)]).volume;
  expect(shown(heard)).toEqual(['9', '18', '3']);
});
