import { expect, it } from '@jest/globals';
import { decimal } from '../numeric/decimal.js';
import { whyNotChange, type Standing } from './setting-change.js';

const standing = (over: Partial<Standing>): Standing => ({ orders: [], positions: [], ...over });
const position = (symbol: string, qty: string) => standing({ positions: [{ symbol, qty: decimal(qty) }] });

it('VE-A16 lets a setting be changed only where no order is open and no position is held in its symbol', () => {
  expect(whyNotChange('BTCUSDT', standing({}))).toBeNull();
  expect(whyNotChange('BTCUSDT', standing({ orders: [{ symbol: 'ETHUSDT' }] }))).toBeNull();
  expect(whyNotChange('BTCUSDT', standing({ orders: [{ symbol: 'BTCUSDT' }] }))).toBe('an order in BTCUSDT is open');
  expect(whyNotChange('BTCUSDT', position('BTCUSDT', '-0.001'))).toBe('there is a position in BTCUSDT');
  expect(whyNotChange('BTCUSDT', position('BTCUSDT', '0'))).toBeNull();
  expect(whyNotChange('BTCUSDT', position('ETHUSDT', '5'))).toBeNull();
});

it('VE-A16 lets a setting of the whole account be changed only where nothing stands in any symbol', () => {
  expect(whyNotChange('', standing({ orders: [{ symbol: 'ETHUSDT' }] }))).toBe('an order in ETHUSDT is open');
  expect(whyNotChange('', position('ETHUSDT', '5'))).toBe('there is a position in ETHUSDT');
  expect(whyNotChange('', position('ETHUSDT', '0'))).toBeNull();
});
