import { describe, expect, it } from '@jest/globals';
import { AT } from '../../../../test/support/signal-positions.js';
import type { Instrument } from '../instrument/instrument.js';
import { Dec, decimal, notional, price, quantity } from '../numeric/decimal.js';
import type { VenueId } from '../parent-order/ids.js';
import { addMs } from '../time/clock.js';
import { newLeg, type Leg } from './leg.js';
import { judgeWait, sizeEntry, type EntryRequest, type EntryVerdict } from './size-entry.js';

const INSTRUMENT: Instrument = {
  venue: 'sim' as VenueId,
  symbol: 'BTCUSDT',
  pair: 'BTC-USDT',
  marketType: 'perp',
  base: 'BTC',
  quote: 'USDT',
  tick: price('0.01'),
  lot: quantity('0.001'),
  minQty: quantity('0.001'),
  minNotional: notional('5'),
  status: 'trading',
};

const TERMS: EntryRequest['terms'] = {
  status: 'active',
  capital: notional('1000'),
  leverage: new Dec(1),
  maxLeverage: new Dec(5),
  maxPositions: 3,
  onLowBalance: 'skip',
};

const FUTURES = { leverage: new Dec(1), holdsPosition: false };

const judged = (
  more: Partial<EntryRequest> & { amount?: string; limit?: string } = {},
  terms: Partial<EntryRequest['terms']> = {},
): EntryVerdict =>
  sizeEntry({
    action: {
      amount: decimal(more.amount ?? '1'),
      orderType: more.limit === undefined ? 'market' : 'limit',
      limitPrice: more.limit === undefined ? null : price(more.limit),
    },
    ...{ leverage: new Dec(1), isFirst: true, otherLegs: 0, instrument: INSTRUMENT, mid: price('100'), free: null },
    ...{ isOppositeLive: false, venue: FUTURES, acceptedAt: AT, at: AT, maxDelayMs: 60_000 },
    ...more,
    terms: { ...TERMS, ...terms },
  });

const qtyOf = (verdict: EntryVerdict): string => (verdict.kind === 'enter' ? verdict.qty.toFixed() : verdict.reason);

describe('sizeEntry', () => {
  it('SA-1 floors capital x amount x leverage / mid to whole lots', () => {
    expect(qtyOf(judged({ amount: '0.5' }))).toBe('5');
    expect(qtyOf(judged({ mid: price('99.7') }))).toBe('10.03');
    expect(qtyOf(judged({ leverage: new Dec(3), amount: '0.25' }))).toBe('7.5');
  });

  it('SA-2 sizes a limit order by its limit price', () => {
    expect(qtyOf(judged({ limit: '58078', mid: null }, { capital: notional('1000') }))).toBe('0.017');
  });

  it('takes the leverage of the signal as far as it may, else its own; 1 on spot', () => {
    const leverageOf = (more: Partial<EntryRequest>, terms: Partial<EntryRequest['terms']> = {}) => {
      const verdict = judged(more, terms);
      return verdict.kind === 'enter' ? [verdict.leverage, verdict.setLeverage].map((value) => value?.toFixed()) : [];
    };
    expect(leverageOf({ leverage: new Dec(3) })).toEqual(['3', '3']);
    expect(leverageOf({ leverage: new Dec(20) })).toEqual(['5', '5']);
    expect(leverageOf({ leverage: null }, { leverage: new Dec(2) })).toEqual(['2', '2']);
    expect(leverageOf({ venue: null, leverage: null }, { leverage: new Dec(2) })).toEqual(['1', undefined]);
    expect(leverageOf({ leverage: new Dec(3), venue: { leverage: new Dec(3), holdsPosition: false } })).toEqual([
      '3',
      undefined,
    ]);
    expect(leverageOf({ leverage: new Dec(3), venue: { leverage: new Dec(1), holdsPosition: true } })).toEqual([
      '3',
      undefined,
    ]);
    expect(leverageOf({ leverage: new Dec(3), isFirst: false })).toEqual(['3', undefined]);
    expect(leverageOf({ leverage: new Dec(3), venue: { leverage: null, holdsPosition: false } })).toEqual(['3', '3']);
  });

  it.each<[string, Partial<EntryRequest>, Partial<EntryRequest['terms']>, string, string]>([
    ['a pause', {}, { status: 'paused' }, 'paused', 'must be active, was paused'],
    ['a low balance before', {}, { status: 'limited' }, 'limited', 'must be active, was limited'],
    ['SA-52 a third position', { otherLegs: 3 }, {}, 'max_positions', 'at most 3, 3 have not ended'],
    ['the other side', { isOppositeLive: true }, {}, 'opposite_side_live', 'the other side'],
    ['no instrument', { instrument: null }, {}, 'instrument_unavailable', 'no such instrument'],
    ['a halt', { instrument: { ...INSTRUMENT, status: 'halted' } }, {}, 'instrument_unavailable', 'does not trade'],
    ['no price', { mid: null }, {}, 'instrument_unavailable', 'no price for BTCUSDT'],
    [
      'too little',
      {},
      { capital: notional('4.9') },
      'below_minimum',
      'notional must be at least 5 USDT, was 4.9 at 100',
    ],
    ['less than a lot', {}, { capital: notional('0.09') }, 'below_minimum', 'at least 0.001, was 0'],
    ['a fan-out that is late', { at: addMs(AT, 60_001) }, {}, 'stale_entry', 'within 60000 ms, was 60001 ms'],
  ])('is left out by %s', (_, more, terms, reason, message) => {
    const verdict = judged(more, terms);
    expect(verdict).toMatchObject({ kind: 'skip', reason, limits: false });
    expect(verdict.kind === 'skip' && verdict.message).toContain(message);
  });

  it('goes on at the edge of each', () => {
    expect(qtyOf(judged({ at: addMs(AT, 60_000) }))).toBe('10');
    expect(qtyOf(judged({ otherLegs: 2 }))).toBe('10');
    expect(qtyOf(judged({ otherLegs: 3, isFirst: false }))).toBe('10');
    expect(qtyOf(judged({}, { capital: notional('5') }))).toBe('0.05');
    expect(qtyOf(judged({ free: decimal('1000') }))).toBe('10');
  });

  it('SA-51 is left out by a low balance, which limits the subscription', () => {
    expect(judged({ free: decimal('200') })).toMatchObject({
      ...{ kind: 'skip', reason: 'insufficient_balance', limits: true },
      message: 'free balance must be 1000 USDT, was 200',
    });
  });

  it('scales to the balance if told so, down to the minimum of the venue', () => {
    const scale = { onLowBalance: 'scale' } as const;
    const scaled = judged({ free: decimal('200'), leverage: new Dec(2) }, scale);
    expect(scaled).toMatchObject({ kind: 'enter', qty: quantity('4'), isScaled: true });
    expect(judged({ free: decimal('4.9') }, scale)).toMatchObject({ reason: 'insufficient_balance', limits: true });
    expect(judged({ free: decimal('-1') }, scale)).toMatchObject({ reason: 'insufficient_balance', limits: true });
  });
});

describe('judgeWait', () => {
  const leg = newLeg({ side: 'long' } as Leg);
  it('lets an entry go once the leg before has ended, and drops it after 60 s', () => {
    const judge = (before: Leg | null, after: number) => judgeWait({ since: AT }, before, addMs(AT, after)).kind;
    expect(judge(null, 0)).toBe('go');
    expect(judge({ ...leg, outcome: { kind: 'ended', reason: 'exited' } }, 59_999)).toBe('go');
    expect(judge(leg, 59_999)).toBe('wait');
    expect(judge(leg, 60_000)).toBe('drop');
    expect(judgeWait({ since: AT }, leg, AT)).toEqual({ kind: 'wait', until: AT + 60_000 });
  });
});
