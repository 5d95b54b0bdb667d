import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { Seen } from '../../../../test/support/seen.js';
import { Dec, price, quantity, ZERO, type Decimal, type Price } from '../numeric/decimal.js';
import { MARKOUT_SECONDS, type CostFill, type MarkoutSeconds } from './cost-fill.js';
import { fillFigures, wholeFillsOf } from './fill-figures.js';

/** As algorithms.md 9 says it, one fill after the other in decimals of 60 digits. */
function asWritten(fills: readonly CostFill[], sign: 1 | -1) {
  const sum = (of: (fill: CostFill) => Decimal, among = fills): Decimal =>
    among.reduce<Decimal>((total, fill) => total.add(of(fill)), ZERO);
  const notional = ({ price: px, qty }: CostFill): Decimal => px.mul(qty);
  const markout = (role: CostFill['role'], seconds: MarkoutSeconds): Decimal => {
    const ours = fills.filter((fill) => fill.role === role);
    const loss = (fill: CostFill): Decimal =>
      notional(fill)
        .mul(fill.price.div(fill.midAfter[seconds] ?? 0).ln())
        .mul(sign)
        .mul(10_000);
    return sum(loss, ours).div(sum(notional, ours));
  };
  const captured = (fill: CostFill): Decimal =>
    notional(fill)
      .mul((fill.mid ?? ZERO).sub(fill.price))
      .mul(sign)
      .div(fill.halfSpread ?? 0);
  return { markout, spreadCapture: sum(captured).div(sum(notional)) };
}

/** At the scale of the columns that keep it. */
const stored = (value: Decimal | null): string | undefined => value?.toDecimalPlaces(18, Dec.ROUND_HALF_EVEN).toFixed();

describe('fillFigures', () => {
  it('are to the last stored digit what the formulas give fill by fill', () => {
    const seen = new Seen();
    const ticks = fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 9_990_000, max: 10_010_000 }) },
      fc.integer({ min: 1, max: 100_000_000 }),
    );
    const scale = fc.constantFrom('0.000000000000000001', '0.00000001', '0.01', '12.5');
    const fill = fc.record({
      ticks,
      lots: fc.integer({ min: 1, max: 1_000_000_000 }),
      role: fc.constantFrom('maker' as const, 'taker' as const),
      mid: ticks,
      spread: fc.integer({ min: 1, max: 5_000 }),
      after: fc.tuple(ticks, ticks, ticks),
    });
    const orders = fc.tuple(fc.array(fill, { minLength: 1, maxLength: 8 }), scale, scale, fc.constantFrom(1, -1));
    fc.assert(
      fc.property(orders, ([drawn, tick, lot, sign]) => {
        const px = (count: number): Price => price(new Dec(count).mul(tick).toFixed());
        const fills = drawn.map((one): CostFill => ({
          price: px(one.ticks),
          qty: quantity(new Dec(one.lots).mul(lot).toFixed()),
          role: one.role,
          feeQuote: null,
          mid: px(one.mid),
          halfSpread: px(one.spread).div(2),
          midAfter: { 1: px(one.after[0]), 5: px(one.after[1]), 30: px(one.after[2]) },
        }));
        const [figures, expected] = [fillFigures(wholeFillsOf(fills), sign), asWritten(fills, sign)];
        expect(stored(figures.spreadCapture.value)).toBe(stored(expected.spreadCapture));
        for (const role of ['maker', 'taker'] as const) {
          const isThere = fills.some((one) => one.role === role);
          seen.note(isThere ? role : 'none');
          for (const seconds of MARKOUT_SECONDS) {
            const { value } = figures.markoutBps[role][seconds];
            if (isThere) expect(stored(value)).toBe(stored(expected.markout(role, seconds)));
            else expect(figures.markoutBps[role][seconds]).toEqual({ value: null, missing: `no ${role} fills` });
          }
        }
      }),
      { numRuns: 60 },
    );
    seen.atLeast({ maker: 30, taker: 30, none: 5 });
  });

  it('cost little beside adding up what was executed, with thousands of fills', () => {
    const px = (n: number): Price => price(new Dec(6_000_000 + ((n * 7_919) % 20_011)).mul('0.01').toFixed());
    const mids = Array.from({ length: 1_000 }, (_, n) => px(n * 31));
    const mid = (n: number): Price => mids[n % mids.length] ?? px(0);
    const fills = Array.from({ length: 3_000 }, (_, n): CostFill => {
      const qty = quantity(new Dec(n + 1).mul('0.00001').toFixed());
      const after = { 1: mid(n), 5: mid(n + 2), 30: mid(n + 9) };
      const role = n % 3 === 0 ? 'taker' : 'maker';
      return { price: px(n), qty, role, feeQuote: null, mid: mid(n), halfSpread: new Dec('0.005'), midAfter: after };
    });
    const least = (work: () => unknown): number => {
      const times = Array.from({ length: 12 }, () => {
        const began = process.cpuUsage();
        work();
        const { user, system } = process.cpuUsage(began);
        return user + system;
      });
      return Math.min(...times);
    };
    const floor = least(() => fills.reduce<Decimal>((sum, { price: one, qty }) => sum.add(one.mul(qty)), ZERO));
    // Three or four times in fact; a logarithm of forty digits for each fill and horizon takes more than fifty.
    expect(least(() => fillFigures(wholeFillsOf(fills), 1)) / floor).toBeLessThan(20);
  });
});
