import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Instrument } from '../instrument/instrument.js';
import { decimal, notional, price, quantity, ZERO_QUANTITY } from '../numeric/decimal.js';
import type { VenueId } from '../parent-order/ids.js';
import { epochMs } from '../time/clock.js';
import { lastGate, type GateChild, type GateParent, type GateSibling } from './last-gate.js';

const instrument: Instrument = {
  venue: 'sim' as VenueId,
  symbol: 'ETHUSDT',
  pair: 'ETH-USDT',
  marketType: 'spot',
  base: 'ETH',
  quote: 'USDT',
  tick: price('0.01'),
  lot: quantity('0.001'),
  minQty: quantity('0.001'),
  minNotional: notional('5'),
  status: 'trading',
};
const parent = (over: Partial<GateParent> = {}): GateParent => ({
  status: 'ACTIVE',
  side: 'buy',
  symbol: 'ETHUSDT',
  accountIds: ['a'],
  sizing: 'base',
  orderQty: decimal('10'),
  limitPrice: null,
  endsAt: null,
  ...over,
});
const child = (over: Partial<GateChild> = {}): GateChild => ({
  sequence: 1,
  accountId: 'a',
  symbol: 'ETHUSDT',
  side: 'buy',
  timeInForce: 'gtx',
  price: price('3000'),
  orderQty: quantity('5'),
  ...over,
});
const sibling = (over: Partial<GateSibling> = {}): GateSibling => ({
  sequence: 0,
  open: true,
  price: price('3000'),
  orderQty: quantity('6'),
  cumQty: ZERO_QUANTITY,
  cumNotional: decimal('0'),
  ...over,
});
const at = epochMs(1_000);

describe('last gate', () => {
  it('lets a child through that fits its parent', () => {
    expect(lastGate(parent(), child(), [], instrument, at)).toBeNull();
    expect(lastGate(parent(), child(), [sibling({ orderQty: quantity('5') })], instrument, at)).toBeNull();
  });

  it('VE-A17 denies the child that would pass the parent quantity, working siblings counted in full', () => {
    expect(lastGate(parent(), child(), [sibling()], instrument, at)?.code).toBe('PARENT_QUANTITY_EXCEEDED');
    const closed = sibling({ open: false, cumQty: quantity('5.001') });
    expect(lastGate(parent(), child(), [closed], instrument, at)?.code).toBe('PARENT_QUANTITY_EXCEEDED');
    expect(lastGate(parent(), child(), [sibling({ open: false })], instrument, at)).toBeNull();
  });

  it.each([
    ['PARENT_NOT_ACTIVE', parent({ status: 'CANCELED' }), child()],
    ['PARENT_NOT_ACTIVE', parent({ status: 'PAUSED' }), child()],
    ['PARENT_MISMATCH', parent(), child({ side: 'sell' })],
    ['PARENT_MISMATCH', parent(), child({ accountId: 'b' })],
    ['PARENT_MISMATCH', parent(), child({ symbol: 'BTCUSDT' })],
    ['PARENT_EXPIRED', parent({ endsAt: at }), child()],
    ['PARENT_PRICE_EXCEEDED', parent({ limitPrice: price('2999.99') }), child()],
    ['PARENT_PRICE_EXCEEDED', parent({ side: 'sell', limitPrice: price('3000.01') }), child({ side: 'sell' })],
    ['INSTRUMENT_RULE', parent(), child({ price: price('3000.001') })],
    ['INSTRUMENT_RULE', parent(), child({ orderQty: quantity('0.0015') })],
    ['INSTRUMENT_RULE', parent(), child({ orderQty: quantity('0.001') })],
  ] as const)('denies with %s', (code, p, c) => {
    expect(lastGate(p, c, [], instrument, at)?.code).toBe(code);
  });

  it('measures a quote-sized order in quote', () => {
    const p = parent({ sizing: 'quote', orderQty: decimal('15000') });
    expect(lastGate(p, child(), [], instrument, at)).toBeNull();
    expect(lastGate(p, child({ price: price('3000.01') }), [], instrument, at)?.code).toBe('PARENT_QUANTITY_EXCEEDED');
  });

  it('I-03 never lets executed, working and new together pass the parent', () => {
    let passed = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.array(
          fc.record({
            lots: fc.integer({ min: 1, max: 6_000 }),
            filled: fc.integer({ min: 0, max: 6_000 }),
            open: fc.boolean(),
          }),
          { maxLength: 5 },
        ),
        (lots, others) => {
          const siblings = others.map((o, i) =>
            sibling({
              sequence: i + 2,
              open: o.open,
              orderQty: quantity((o.lots / 1000).toFixed(3)),
              cumQty: quantity((Math.min(o.lots, o.filled) / 1000).toFixed(3)),
            }),
          );
          const qty = quantity((lots / 1000).toFixed(3));
          const verdict = lastGate(parent(), child({ orderQty: qty }), siblings, instrument, at);
          const total = siblings.reduce(
            (sum, s) => sum.add(s.open ? s.orderQty : s.cumQty),
            qty as GateParent['orderQty'],
          );
          if (verdict === null) passed += 1;
          if (verdict?.code === 'INSTRUMENT_RULE') return;
          expect(verdict === null).toBe(total.lte('10'));
        },
      ),
      { numRuns: 300 },
    );
    expect(passed).toBeGreaterThan(20);
  });
});
