import { expect, it } from '@jest/globals';
import { DatabaseUnavailableError } from '#persistence';
import { isOurFault } from './failing-orders.js';

const withCode = (code: string): Error => Object.assign(new Error(code), { code });

it('tells a fault of ours from a database that fails', () => {
  const ours = [new RangeError('no plan'), new Error('not loaded'), withCode('23514'), withCode('22P02')];
  expect([...ours, withCode('ERR_INVALID_ARG_TYPE')].map(isOurFault)).toEqual(Array(5).fill(true));
  const others = ['40001', '57P01', '42703', '53300', 'ECONNRESET'].map(withCode);
  expect([...others, new DatabaseUnavailableError(new Error('gone'))].map(isOurFault)).toEqual(Array(6).fill(false));
});
