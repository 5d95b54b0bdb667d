import { beforeEach, describe, expect, it } from '@jest/globals';
import { units, unitsText } from '../../matching/scaled.js';
import { bracketOf, LEVERAGE_BRACKETS, maintenanceMargin, maxNotional } from './brackets.js';
import {
  availableUnits,
  crossState,
  isolatedBalance,
  liquidationPrice,
  orderMargin,
  positionMargin,
} from './margin.js';
import { TestLedger } from './test-ledger.js';

let test: TestLedger;
beforeEach(() => {
  test = new TestLedger();
});

const wallet = (account: number): string => unitsText(test.ledger.account(account).walletUnits);
const markAt = (price: string) => () => units(price);

describe('leverage brackets', () => {
  it('are continuous in maintenance margin where they meet', () => {
    expect(LEVERAGE_BRACKETS.map(({ cumUnits }) => unitsText(cumUnits))).toEqual([
      '0.00000000',
      '50.00000000',
      '1300.00000000',
    ]);
    for (const { capUnits } of LEVERAGE_BRACKETS.slice(0, -1))
      expect(maintenanceMargin(capUnits + 1n) - maintenanceMargin(capUnits)).toBeLessThanOrEqual(1n);
  });

  it.each([
    ['50000', 1, '200'],
    ['50000.01', 2, '200.00005'],
    ['250000', 2, '1200'],
    ['600000', 3, '4700'],
  ])('a notional of %s is in bracket %d and needs %s', (notional, bracket, maintenance) => {
    expect(bracketOf(units(notional)).bracket).toBe(bracket);
    expect(maintenanceMargin(units(notional))).toBe(units(maintenance));
  });

  it.each([
    [125, '50000'],
    [101, '50000'],
    [100, '250000'],
    [50, '1000000000'],
    [1, '1000000000'],
  ])('leverage %d holds at most %s', (leverage, cap) => expect(maxNotional(leverage)).toBe(units(cap)));
});

describe('positions', () => {
  it('one-way: opens, grows, closes in part and turns', () => {
    test.deposit(1, '10000');
    test.trade(1, 'BUY', 10_000, 2_000); // 2 at 100
    test.trade(1, 'BUY', 11_000, 1_000); // 1 at 110
    expect([test.position(1).lots, unitsText(test.position(1).costUnits)]).toEqual([3_000, '310.00000000']);
    test.trade(1, 'SELL', 12_000, 1_500); // half of it at 120
    expect([test.position(1).lots, unitsText(test.position(1).costUnits)]).toEqual([1_500, '155.00000000']);
    test.trade(1, 'SELL', 9_000, 2_500); // closes 1.5 at 90, opens a short of 1
    expect([test.position(1).lots, unitsText(test.position(1).costUnits)]).toEqual([-1_000, '-90.00000000']);
    // Profit 25 - 20, commission 0.1 + 0.055 + 0.09 + 0.1125.
    expect(wallet(1)).toBe('10004.64250000');
    expect(test.ledger.account(1).incomes.map(({ type, units: amount }) => `${type} ${unitsText(amount)}`)).toEqual([
      'TRANSFER 10000.00000000',
      'COMMISSION -0.10000000',
      'COMMISSION -0.05500000',
      'REALIZED_PNL 25.00000000',
      'COMMISSION -0.09000000',
      'REALIZED_PNL -20.00000000',
      'COMMISSION -0.11250000',
    ]);
    test.ledger.assertInvariants();
  });

  it('hedge mode: long and short of one symbol stand beside each other', () => {
    test.deposit(1, '10000');
    test.hedge(1);
    test.trade(1, 'BUY', 10_000, 1_000, { positionSide: 'LONG' });
    test.trade(1, 'SELL', 10_200, 2_000, { positionSide: 'SHORT' });
    test.trade(1, 'BUY', 10_100, 500, { positionSide: 'SHORT' });
    expect([test.position(1, 'TESTUSDT', 'LONG').lots, test.position(1, 'TESTUSDT', 'SHORT').lots]).toEqual([
      1_000, -1_500,
    ]);
    expect(test.ledger.account(1).incomes.find(({ type }) => type === 'REALIZED_PNL')?.units).toBe(units('0.5'));
    test.ledger.assertInvariants();
  });

  it('what rounding cuts off a partly closed cost stays with the position and comes back when it closes', () => {
    test.deposit(1, '10');
    test.trade(1, 'BUY', 1, 2);
    test.trade(1, 'BUY', 2, 1); // 3 lots for 4 of the smallest amounts
    for (let i = 0; i < 3; i += 1) test.trade(1, 'SELL', 1, 1);
    const realised = test.ledger.account(1).incomes.filter(({ type }) => type === 'REALIZED_PNL');
    expect(realised.reduce((sum, { units: amount }) => sum + amount, 0n)).toBe(
      test.spec('TESTUSDT').notional(1, 3) - test.spec('TESTUSDT').notional(1, 4),
    );
    expect(test.position(1).costUnits).toBe(0n);
  });

  it('commission is 2 bps for a maker and 5 for a taker', () => {
    test.deposit(1, '1000');
    test.fill(test.order(1, 'BUY', 10_000, 1_000), 10_000, 1_000, true);
    expect(unitsText(test.ledger.fees)).toBe('0.02000000');
    test.trade(1, 'SELL', 10_000, 1_000);
    expect(unitsText(test.ledger.fees)).toBe('0.07000000');
  });
});

describe('margin', () => {
  it('of orders counts the worse side only, at the leverage of the symbol', () => {
    test.deposit(1, '1000');
    test.settings(1, 'TESTUSDT', 10, false);
    test.order(1, 'BUY', 10_000, 3_000); // 300
    test.order(1, 'SELL', 11_000, 1_000); // 110
    const account = test.ledger.account(1);
    expect(orderMargin(account, test.position(1))).toBe(units('30'));
    test.trade(1, 'SELL', 10_000, 2_000); // short 200: bids now close it and turn it to 100, asks make it 310
    expect([positionMargin(account, test.position(1)), orderMargin(account, test.position(1))]).toEqual([
      units('20'),
      units('11'),
    ]);
    // The orders also wait for 5 bps of 410 as commission.
    expect(availableUnits(account, markAt('100'))).toBe(units('1000') - units('0.1') - units('31') - units('0.205'));
    test.ledger.assertInvariants();
  });

  it('claims nothing for an order that only reduces, and gives back what is cancelled or amended away', () => {
    test.deposit(1, '1000');
    const order = test.order(1, 'BUY', 10_000, 2_000);
    const account = test.ledger.account(1);
    expect(orderMargin(account, test.position(1))).toBe(units('10'));
    test.ledger.apply({ k: 'usdm.amend', order: order.id, id: 1, ticks: 9_000, lots: 1_000, at: 3 });
    expect(orderMargin(account, test.position(1))).toBe(units('4.5'));
    test.ledger.apply({ k: 'usdm.close', order: order.id, status: 'CANCELED', at: 4 });
    expect(orderMargin(account, test.position(1))).toBe(0n);
    test.trade(1, 'BUY', 10_000, 1_000);
    test.order(1, 'SELL', 10_000, 1_000, { reduceOnly: true });
    expect([test.position(1).askUnits, orderMargin(account, test.position(1))]).toEqual([0n, 0n]);
    test.ledger.assertInvariants();
  });

  it('crossed positions stand for each other', () => {
    test.deposit(1, '1000');
    test.trade(1, 'BUY', 10_000, 10_000);
    test.trade(1, 'SELL', 100_000, 100, { symbol: 'ETHUSDT' });
    const state = crossState(test.ledger.account(1), (symbol) => units(symbol === 'ETHUSDT' ? '900' : '95'));
    expect([unitsText(state.unrealisedUnits), unitsText(state.maintenanceUnits)]).toEqual([
      '-40.00000000',
      '4.16000000',
    ]);
    expect(unitsText(state.balanceUnits)).toBe('959.45000000');
  });

  it('isolated margin is taken from the wallet when opening and comes back with the profit', () => {
    test.deposit(1, '1000');
    test.settings(1, 'TESTUSDT', 10, true);
    test.trade(1, 'BUY', 10_000, 2_000);
    expect([wallet(1), unitsText(test.position(1).isolatedUnits)]).toEqual(['979.90000000', '20.00000000']);
    test.trade(1, 'SELL', 10_500, 1_000);
    // 10 of margin + 5 profit - 0.0525 commission.
    expect([wallet(1), unitsText(test.position(1).isolatedUnits)]).toEqual(['994.84750000', '10.00000000']);
    expect(isolatedBalance(test.position(1), units('98'))).toBe(units('8'));
    test.trade(1, 'SELL', 10_000, 1_000);
    expect([wallet(1), unitsText(test.position(1).isolatedUnits)]).toEqual(['1004.79750000', '0.00000000']);
    test.ledger.assertInvariants();
  });

  it('a loss beyond isolated margin is the insurance account’s, the wallet stays', () => {
    test.deposit(1, '1000');
    test.settings(1, 'TESTUSDT', 10, true);
    test.trade(1, 'BUY', 10_000, 2_000);
    const before = test.ledger.account(1).walletUnits;
    test.trade(1, 'SELL', 8_000, 1_000); // loses 20 on half of it: all the margin there is
    expect(test.ledger.account(1).walletUnits).toBe(before);
    test.trade(1, 'SELL', 8_000, 1_000);
    expect(test.ledger.account(1).walletUnits).toBe(before);
    expect(unitsText(test.ledger.insurance)).toBe('-20.08000000');
    test.ledger.assertInvariants();
  });

  it('a wallet is below zero only while a crossed position may still lift it', () => {
    test.deposit(1, '10');
    test.hedge(1);
    test.trade(1, 'BUY', 10_000, 1_000, { positionSide: 'LONG' });
    test.trade(1, 'SELL', 10_000, 1_000, { positionSide: 'SHORT' });
    test.trade(1, 'BUY', 12_000, 1_000, { positionSide: 'SHORT' });
    expect([wallet(1), test.ledger.insurance]).toEqual(['-10.16000000', 0n]);
    test.ledger.assertInvariants();
    test.trade(1, 'SELL', 10_500, 1_000, { positionSide: 'LONG' });
    expect([wallet(1), unitsText(test.ledger.insurance)]).toEqual(['0.00000000', '-5.21250000']);
    test.ledger.assertInvariants();
  });

  it('the liquidation price is where the margin balance meets the maintenance margin', () => {
    test.deposit(1, '100000');
    test.settings(1, 'BTCUSDT', 10, true);
    const account = test.ledger.account(1);
    test.trade(1, 'BUY', 600_000, 1_000, { symbol: 'BTCUSDT' });
    const long = test.position(1, 'BTCUSDT');
    const price = liquidationPrice(account, long, markAt('60000'));
    // (6,000 + 50 - 60,000) / (0.5 % - 1), in the bracket of the present notional.
    expect(unitsText(price)).toBe('54221.10552763');
    const gap = isolatedBalance(long, price) - maintenanceMargin(long.valueAt(price));
    expect(gap > -100n && gap < 100n).toBe(true);
    test.trade(1, 'SELL', 600_000, 2_000, { symbol: 'BTCUSDT' });
    expect(liquidationPrice(account, long, markAt('60000')) > units('60000')).toBe(true);
  });
});

describe('funding', () => {
  it('VE-C55 0.0001 on 2 BTC at mark 50,000: the long pays 10, the short receives 10', () => {
    for (const account of [1, 2]) test.deposit(account, '20000');
    test.trade(1, 'BUY', 500_000, 2_000, { symbol: 'BTCUSDT' });
    test.trade(2, 'SELL', 500_000, 2_000, { symbol: 'BTCUSDT' });
    const before = [1, 2].map((account) => test.ledger.account(account).walletUnits);
    test.ledger.apply({
      k: 'usdm.funding',
      symbol: 'BTCUSDT',
      rate: units('0.0001').toString(),
      mark: units('50000').toString(),
      at: 5,
    });
    const paid = [1, 2].map((account, i) =>
      unitsText(test.ledger.account(account).walletUnits - (before[i] as bigint)),
    );
    expect(paid).toEqual(['-10.00000000', '10.00000000']);
    expect(test.ledger.fundingPool).toBe(0n);
    expect(test.ledger.account(1).incomes.at(-1)).toMatchObject({
      type: 'FUNDING_FEE',
      symbol: 'BTCUSDT',
      units: units('10') * -1n,
    });
    test.ledger.assertInvariants();
  });

  it('numbers incomes by account, whoever was asked about first', () => {
    test.ledger.account(2);
    for (const account of [1, 2]) test.deposit(account, '20000');
    test.trade(1, 'BUY', 500_000, 2_000, { symbol: 'BTCUSDT' });
    test.trade(2, 'SELL', 500_000, 2_000, { symbol: 'BTCUSDT' });
    const [rate, mark] = [units('0.0001').toString(), units('50000').toString()];
    test.ledger.apply({ k: 'usdm.funding', symbol: 'BTCUSDT', rate, mark, at: 5 });
    const [first, second] = [1, 2].map((account) => test.ledger.account(account).incomes.at(-1)?.id ?? 0);
    expect(second).toBe((first as number) + 1);
  });

  it('goes the other way at a negative rate, and into the margin of isolated positions', () => {
    test.deposit(1, '1000');
    test.settings(1, 'TESTUSDT', 10, true);
    test.trade(1, 'BUY', 10_000, 1_000);
    test.ledger.apply({
      k: 'usdm.funding',
      symbol: 'TESTUSDT',
      rate: (-units('0.001')).toString(),
      mark: units('100').toString(),
      at: 5,
    });
    expect(unitsText(test.position(1).isolatedUnits)).toBe('10.10000000');
    expect(unitsText(test.ledger.fundingPool)).toBe('-0.10000000');
    test.ledger.assertInvariants();
  });
});

describe('liquidation', () => {
  it('VE-C54 long 1 BTC at 60,000 isolated at 10x, closed at 54,000: the fee is 1.25 %, nothing below 0', () => {
    test.deposit(1, '7000');
    test.settings(1, 'BTCUSDT', 10, true);
    test.trade(1, 'BUY', 600_000, 1_000, { symbol: 'BTCUSDT' });
    expect(wallet(1)).toBe('970.00000000');
    test.trade(1, 'SELL', 540_000, 1_000, { symbol: 'BTCUSDT', type: 'MARKET', liquidation: true });
    expect(wallet(1)).toBe('970.00000000');
    expect(test.position(1, 'BTCUSDT')).toMatchObject({ lots: 0, isolatedUnits: 0n });
    // The fee of 675 is all that is owed: it came to the insurance account, which then paid for it.
    expect(test.ledger.insurance).toBe(0n);
    expect(
      test.ledger
        .account(1)
        .incomes.slice(-2)
        .map(({ type, units: amount }) => `${type} ${unitsText(amount)}`),
    ).toEqual(['INSURANCE_CLEAR -675.00000000', 'INSURANCE_CLEAR 675.00000000']);
    test.ledger.assertInvariants();
  });
});

const facts = ({ ledger }: TestLedger): unknown => {
  const { walletUnits, positions, settings, incomes, orders } = ledger.account(1);
  return {
    walletUnits,
    settings,
    incomes,
    positions: [...positions.values()].map(({ spec: _, ...rest }) => rest),
    orders: orders.map(({ account: _account, spec: _spec, ...rest }) => rest),
  };
};

describe('records', () => {
  it('fold back into the same ledger', () => {
    test.deposit(1, '1000');
    test.settings(1, 'TESTUSDT', 5, true);
    test.trade(1, 'BUY', 10_000, 2_000);
    test.order(1, 'SELL', 12_000, 500, { reduceOnly: true });
    test.ledger.apply({
      k: 'usdm.positionMargin',
      account: 1,
      symbol: 'TESTUSDT',
      positionSide: 'BOTH',
      units: units('3').toString(),
      at: 3,
    });
    const again = new TestLedger();
    for (const record of JSON.parse(JSON.stringify(test.ledger.history)) as typeof test.ledger.history)
      again.ledger.apply(record);
    expect(facts(again)).toEqual(facts(test));
    expect(again.ledger.history).toEqual(test.ledger.history);
    again.ledger.assertInvariants();
  });

  it.each([
    [
      'a fill beyond the order',
      (id: number) =>
        ({ k: 'usdm.fill', order: id, trade: 1, ticks: 1, lots: 9, maker: true, fee: '0', at: 1 }) as const,
      'overfilled',
    ],
    [
      'closing twice',
      (id: number) => ({ k: 'usdm.close', order: id + 1, status: 'CANCELED', at: 1 }) as const,
      'does not exist',
    ],
    [
      'an amend to less than is filled',
      (id: number) => ({ k: 'usdm.amend', order: id, id: 1, ticks: 1, lots: 0, at: 1 }) as const,
      'keep more than 0 lots',
    ],
  ])('%s is a contradiction', (_what, record, text) => {
    test.deposit(1, '1000');
    const { id } = test.order(1, 'BUY', 10_000, 5);
    expect(() => test.ledger.apply(record(id))).toThrow(text);
  });
});
