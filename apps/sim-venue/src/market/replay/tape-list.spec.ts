import { expect, it } from '@jest/globals';
import { parseTapeList } from './tape-list.js';

it.each([
  ['/a/tape.gz', [{ product: 'spot', symbol: null, file: '/a/tape.gz' }]],
  ['usdm:tape.gz', [{ product: 'usdm', symbol: null, file: 'tape.gz' }]],
  ['ETHUSDT:C:\\tapes\\a.gz', [{ product: 'spot', symbol: 'ETHUSDT', file: 'C:\\tapes\\a.gz' }]],
  [
    'spot:BTCUSDT:a.gz, usdm:BTCUSDT:b.gz,ETHUSDT:a.gz',
    [
      { product: 'spot', symbol: 'BTCUSDT', file: 'a.gz' },
      { product: 'usdm', symbol: 'BTCUSDT', file: 'b.gz' },
      { product: 'spot', symbol: 'ETHUSDT', file: 'a.gz' },
    ],
  ],
  ['a.gz,', null],
  ['', null],
  ['usdm:', null],
  ['usdm:BTCUSDT:', null],
])('%j names these tapes', (text, tapes) => {
  expect(parseTapeList(text)).toEqual(tapes);
});
