import { describe, expect, it } from '@jest/globals';
import { BYBIT_ERRORS } from '../bybit/classify-error.js';
import { OKX_ERRORS } from '../okx/classify-error.js';
import { classify, type CallKind, type ErrorClass, type ErrorTable } from './classify.js';

const told = (table: ErrorTable, venueCode: string, text: string, call: CallKind = 'place'): ErrorClass =>
  classify(table, call, { stage: 'body', failure: null, httpStatus: 200, venueCode, text });

describe('what a text says against the list of codes', () => {
  it('an id that is taken is looked up, whatever the code', () => {
    const text = 'OrderLinkedID is duplicate';
    expect(told(BYBIT_ERRORS, '10001', text)).toEqual({ kind: 'unknown', code: '10001', exists: true });
    expect(told(OKX_ERRORS, '51000', 'Duplicated clOrdId')).toMatchObject({ kind: 'unknown', exists: true });
  });

  it('a time that ran out proves no refusal, whatever the range of codes', () => {
    const text = 'Order timed out. Please try again later.';
    expect(told(OKX_ERRORS, '51149', text)).toEqual({ kind: 'unknown', code: '51149', exists: false });
    expect(told(OKX_ERRORS, '51054', 'Request timed out. Please try again.', 'amend')).toMatchObject({
      kind: 'unknown',
    });
    expect(told(OKX_ERRORS, '51054', 'Request timeout')).toMatchObject({ kind: 'unknown' });
  });

  it('the same codes with other texts stay refusals', () => {
    expect(told(BYBIT_ERRORS, '10001', 'params error: qty')).toMatchObject({ kind: 'refused' });
    expect(told(OKX_ERRORS, '51008', 'Insufficient balance')).toMatchObject({ kind: 'refused' });
  });
});
