import { describe, expect, it } from '@jest/globals';
import { INSTRUMENT } from '../../../../test/support/simulated-order.js';
import { decimal, price } from '../numeric/decimal.js';
import { judgeTurn, type TurnRequest } from './turn.js';

const REQUEST: TurnRequest = {
  sizing: 'base',
  orderQty: decimal('1'),
  instruments: [INSTRUMENT],
  mid: price('100'),
};

describe('judgeTurn', () => {
  it('lets a member begin whose pair trades and whose notional reaches the minimum', () => {
    expect(judgeTurn(REQUEST)).toEqual({ kind: 'begin' });
    expect(judgeTurn({ ...REQUEST, sizing: 'quote', orderQty: decimal('5') })).toEqual({ kind: 'begin' });
    expect(judgeTurn({ ...REQUEST, sizing: 'quote', orderQty: decimal('4.99') })).toMatchObject({
      kind: 'fail',
      reason: 'venue_rejected',
    });
    expect(judgeTurn({ ...REQUEST, sizing: 'quote', orderQty: decimal('50') })).toEqual({ kind: 'begin' });
  });

  it('fails a member whose pair no longer trades anywhere', () => {
    const halted = { ...INSTRUMENT, status: 'halted' as const };
    expect(judgeTurn({ ...REQUEST, instruments: [halted] })).toMatchObject({ kind: 'fail', reason: 'pair_suspended' });
    expect(judgeTurn({ ...REQUEST, instruments: [] })).toMatchObject({ kind: 'fail', reason: 'pair_suspended' });
    expect(judgeTurn({ ...REQUEST, instruments: [halted, INSTRUMENT] })).toEqual({ kind: 'begin' });
  });

  it('fails a member that fell below the minimum, with the value found', () => {
    expect(judgeTurn({ ...REQUEST, orderQty: decimal('0.04') })).toEqual({
      kind: 'fail',
      reason: 'venue_rejected',
      text: 'notional must be at least the minimum of 5 USDT, was 4 at 100',
    });
  });

  it('waits for a market', () => {
    expect(judgeTurn({ ...REQUEST, mid: null })).toEqual({ kind: 'wait' });
  });
});
