import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { units } from '../../matching/scaled.js';
import { initialMargin } from './brackets.js';
import { ceilDiv } from './exact.js';
import { reducible } from './futures-ledger.js';
import { TestLedger } from './test-ledger.js';

/** A fraction of whole numbers, never rounded. */
interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

const ACCOUNTS = [1, 2, 3];
const ISOLATED = 3;
const SYMBOL = 'TESTUSDT';

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('trade' as const),
      buyer: fc.constantFrom(0, ...ACCOUNTS),
      seller: fc.constantFrom(0, ...ACCOUNTS),
      ticks: fc.integer({ min: 9_000, max: 11_000 }),
      lots: fc.integer({ min: 1, max: 977 }),
      liquidates: fc.constantFrom(false, false, false, true),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('funding' as const),
      rate: fc.bigInt({ min: -75_000n, max: 75_000n }),
      mark: fc.bigInt({ min: units('90'), max: units('110') }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('margin' as const),
      amount: fc.bigInt({ min: -units('1'), max: units('2') }),
    }),
  },
);

function started(): TestLedger {
  const test = new TestLedger();
  for (const account of ACCOUNTS) test.deposit(account, '100000.00000007');
  test.settings(ISOLATED, SYMBOL, 7, true);
  return test;
}

it('conserves every unit, holds its rules, and has entry prices of an exact model, whatever is traded', () => {
  const seen = { closes: 0, turns: 0 };
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
      const test = started();
      const { ledger } = test;
      const costs = new Map<number, Fraction>(ACCOUNTS.map((account) => [account, { top: 0n, bottom: 1n }]));
      const cuts = new Map<number, bigint>(ACCOUNTS.map((account) => [account, 0n]));
      for (const one of steps) {
        if (one.kind === 'funding')
          ledger.apply({
            k: 'usdm.funding',
            symbol: SYMBOL,
            rate: one.rate.toString(),
            mark: one.mark.toString(),
            at: 3,
          });
        else if (one.kind === 'margin') {
          const position = test.position(ISOLATED);
          if (position.isOpen && position.isolatedUnits + one.amount >= 0n)
            ledger.apply({
              k: 'usdm.positionMargin',
              account: ISOLATED,
              symbol: SYMBOL,
              positionSide: 'BOTH',
              units: one.amount.toString(),
              at: 3,
            });
        } else
          for (const [account, side] of [[one.buyer, 'BUY'] as const, [one.seller, 'SELL'] as const]) {
            if (account === 0) continue;
            const before = test.position(account).lots;
            test.trade(account, side, one.ticks, one.lots, { liquidation: one.liquidates });
            const after = test.position(account).lots;
            if (before * after < 0) seen.turns += 1;
            if (Math.abs(after) < Math.abs(before) || before * after < 0) {
              seen.closes += 1;
              cuts.set(account, after === 0 ? 0n : (cuts.get(account) as bigint) + 1n);
            }
            costs.set(
              account,
              traded(
                costs.get(account) as Fraction,
                before,
                side === 'BUY' ? one.lots : -one.lots,
                test.spec(SYMBOL).notional(one.ticks, one.lots),
              ),
            );
            const { top, bottom } = costs.get(account) as Fraction;
            const off = test.position(account).costUnits * bottom - top;
            // One unit at most for every partial close since the position was last opened.
            expect((off < 0n ? -off : off) <= (cuts.get(account) as bigint) * bottom).toBe(true);
          }
        ledger.assertInvariants();
      }
      const held = ACCOUNTS.map((account) => ledger.account(account)).reduce((sum, account) => {
        const costs = [...account.positions.values()].reduce((all, position) => all + position.costUnits, 0n);
        return sum + account.totalUnits - costs;
      }, 0n);
      expect(held + ledger.clearing + ledger.fees + ledger.insurance + ledger.fundingPool).toBe(
        3n * units('100000.00000007'),
      );
    }),
    { numRuns: 200 },
  );
  expect(seen.closes).toBeGreaterThan(1_000);
  expect(seen.turns).toBeGreaterThan(100);
});

/** Cost of a position after a trade, exactly: closing takes its share off, opening adds what it cost. */
function traded(cost: Fraction, lots: number, delta: number, notional: bigint): Fraction {
  const perLot = notional / BigInt(Math.abs(delta));
  const closed = lots * delta < 0 ? Math.min(Math.abs(lots), Math.abs(delta)) : 0;
  const left = Math.abs(lots) - closed;
  const kept: Fraction =
    lots === 0
      ? { top: 0n, bottom: 1n }
      : { top: cost.top * BigInt(left), bottom: cost.bottom * BigInt(Math.abs(lots)) };
  const opened = perLot * BigInt(Math.abs(delta) - closed) * (delta > 0 ? 1n : -1n);
  return { top: kept.top + opened * kept.bottom, bottom: kept.bottom };
}

it('trades and funding between accounts leave nothing with the market, and funding no more than rounding', () => {
  let funded = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 40 }), (steps) => {
      const test = started();
      for (const one of steps) {
        if (one.kind === 'trade' && one.buyer !== 0 && one.seller !== 0 && one.buyer !== one.seller) {
          test.trade(one.buyer, 'BUY', one.ticks, one.lots);
          test.trade(one.seller, 'SELL', one.ticks, one.lots);
        } else if (one.kind === 'funding') {
          const pool = test.ledger.fundingPool;
          test.ledger.apply({
            k: 'usdm.funding',
            symbol: SYMBOL,
            rate: one.rate.toString(),
            mark: one.mark.toString(),
            at: 3,
          });
          const left = test.ledger.fundingPool - pool;
          expect(left >= -3n && left <= 3n).toBe(true);
          funded += test.position(1).lots === 0 ? 0 : 1;
        }
        expect(test.ledger.clearing).toBe(0n);
        expect(ACCOUNTS.reduce((sum, account) => sum + test.position(account).lots, 0)).toBe(0);
      }
    }),
    { numRuns: 100 },
  );
  expect(funded).toBeGreaterThan(50);
});

it('an isolated position never takes more from the wallet than its margin and the commission of opening', () => {
  let losses = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 40 }), (steps) => {
      const test = started();
      const account = test.ledger.account(ISOLATED);
      for (const one of steps) {
        const walletBefore = account.walletUnits;
        if (one.kind === 'funding') {
          test.ledger.apply({
            k: 'usdm.funding',
            symbol: SYMBOL,
            rate: one.rate.toString(),
            mark: one.mark.toString(),
            at: 3,
          });
          expect(account.walletUnits).toBe(walletBefore);
        }
        if (one.kind !== 'trade') continue;
        const side = one.buyer === 0 ? 'SELL' : 'BUY';
        const position = test.position(ISOLATED);
        const opened = one.lots - Math.min(one.lots, reducible(position, side));
        const notional = test.spec(SYMBOL).notional(one.ticks, opened);
        // Far from where it was opened, so that margin runs out.
        const ticks = opened === 0 ? (side === 'BUY' ? 14_000 : 6_000) : one.ticks;
        if (opened === 0) losses += 1;
        test.trade(ISOLATED, side, ticks, one.lots);
        const mayTake = initialMargin(notional, 7) + ceilDiv(notional * 5n, 10_000n) + 1n;
        expect(account.walletUnits >= walletBefore - mayTake).toBe(true);
        expect(account.walletUnits >= 0n).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
  expect(losses).toBeGreaterThan(100);
});
