import { expect, it } from '@jest/globals';
import { price } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import { decodePrice, decodePrices, encodePrice, encodePrices, type PriceOf } from './price-message.js';

const T0 = 1_764_000_000_000;
const point: PriceOf = {
  symbol: 'BTCUSDT',
  kind: 'last',
  update: {
    seq: T0 + 1,
    price: price('60000.10'),
    low: price('60000.10'),
    high: price('60000.10'),
    from: epochMs(T0),
    at: epochMs(T0),
  },
};
const range: PriceOf = {
  symbol: 'BTC/USDT:USDT',
  kind: 'mark',
  update: {
    seq: 7,
    price: price('0.000000012'),
    low: price('0.00000001'),
    high: price('123456789012345678.000000000000000001'),
    from: epochMs(T0 - 5),
    at: epochMs(T0),
  },
};

it('carries updates unchanged, a single price in few words', () => {
  const rows = [point, range].map(encodePrice);
  expect(rows[0]).toBe(`["BTCUSDT","last",${T0 + 1},"60000.1",${T0}]`);
  expect(decodePrices(encodePrices(rows))).toEqual([point, range]);
  expect(decodePrice(rows[1] ?? '')).toEqual(range);
  expect(decodePrices(encodePrices([]))).toEqual([]);
});

it.each<Partial<PriceOf['update']>>([{ low: price('59999') }, { high: price('60001') }, { from: epochMs(T0 - 1) }])(
  'does not take %j for a single price',
  (more) => {
    const one = { ...point, update: { ...point.update, ...more } };
    expect(decodePrice(encodePrice(one))).toEqual(one);
  },
);

it('leaves out what is known before it reads on', () => {
  const text = encodePrices([encodePrice(point), encodePrice(range), '["BTCUSDT","mid",3,"no number",0]']);
  expect(decodePrices(text, (_symbol, kind, seq) => kind !== 'last' || seq !== T0 + 1)).toEqual([point]);
  expect(decodePrice(encodePrice(range), () => true)).toBeNull();
});

it.each([
  ['', 'of version 1'],
  ['5', 'of version 1'],
  ['{"v":2,"prices":[]}', 'of version 1'],
  ['{"v":1,"prices":[["BTCUSDT","best",1,"1",1]]}', '"best"'],
  ['{"v":1,"prices":[["","last",1,"1",1]]}', '""'],
  ['{"v":1,"prices":[["BTCUSDT","last",1.5,"1",1]]}', '1.5'],
  ['{"v":1,"prices":[["BTCUSDT","last",1,"-1",1]]}', '"-1"'],
  ['{"v":1,"prices":[["BTCUSDT","last",1,"0",1]]}', '"0"'],
  ['{"v":1,"prices":[["BTCUSDT","last",1,1,1]]}', '1,1,1'],
  ['{"v":1,"prices":[["BTCUSDT","last",1,"1"]]}', '"1"'],
  ['{"v":1,"prices":[["BTCUSDT","last",1,"1",1,"1","2"]]}', '"2"'],
])('refuses %s and says what was found', (text, found) => {
  expect(() => decodePrices(text)).toThrow(found);
});
