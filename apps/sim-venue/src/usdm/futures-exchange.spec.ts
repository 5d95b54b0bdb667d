import { beforeEach, describe, expect, it } from '@jest/globals';
import { units, unitsText } from '../matching/scaled.js';
import type { FuturesAccount, FuturesOrder } from './ledger/futures-account.js';
import { command, TestFutures } from './test-futures.js';

let venue: TestFutures;
let a: FuturesAccount;
let b: FuturesAccount;
beforeEach(() => {
  venue = new TestFutures();
  a = venue.open('a', '10000');
  b = venue.open('b', '10000');
});

const place = (account: FuturesAccount, ...args: Parameters<typeof command>): FuturesOrder =>
  venue.exchange.orders.place(account, venue.market, command(...args));
const lots = (account: FuturesAccount, side: 'BOTH' | 'LONG' | 'SHORT' = 'BOTH'): number =>
  account.position(venue.market.spec, side).lots;
const refused = (code: number, message: string) => expect.objectContaining({ code, message });

describe('placing', () => {
  it('trades between accounts at the resting price, and tells both', () => {
    const maker = place(a, 'BUY', 10_000, 2_000, { clientOrderId: 'mine' });
    const taker = place(b, 'SELL', 9_900, 500);
    expect([maker.status, maker.filledLots, taker.status]).toEqual(['PARTIALLY_FILLED', 500, 'FILLED']);
    expect([lots(a), lots(b)]).toEqual([500, -500]);
    expect(unitsText(a.walletUnits)).toBe('9999.99000000');
    expect(unitsText(b.walletUnits)).toBe('9999.97500000');
    expect(venue.told(a, 'ORDER_TRADE_UPDATE').map(({ o }) => (o as Record<string, unknown>)['x'])).toEqual([
      'NEW',
      'TRADE',
    ]);
    expect(venue.told(a, 'TRADE_LITE')).toMatchObject([{ s: 'TESTUSDT', c: 'mine', L: '100.00', l: '0.500', m: true }]);
    venue.exchange.assertInvariants();
  });

  it.each([
    [
      'a post-only order that would take',
      { timeInForce: 'GTX' } as const,
      -5022,
      'Due to the order could not be executed as maker, the Post Only order will be rejected. The order will not be recorded in the order history.',
    ],
    [
      'a fill-or-kill order that the book cannot fill',
      { timeInForce: 'FOK', lots: 2_000_000 } as const,
      -5021,
      'Due to the order could not be filled immediately, the FOK order has been rejected. The order will not be recorded in the order history.',
    ],
    ['nothing to reduce', { reduceOnly: true } as const, -2022, 'ReduceOnly Order is rejected.'],
    ['too little margin', { lots: 2_100_000 } as const, -2019, 'Margin is insufficient.'],
    ['a client id that is open', { clientOrderId: 'open' } as const, -4116, 'ClientOrderId is duplicated.'],
  ])('refuses %s and leaves nothing behind', (_what, more, code, text) => {
    venue.quote(9_900, 10_000);
    place(a, 'BUY', 5_000, 100, { clientOrderId: 'open' });
    const before = venue.operations.length;
    expect(() => place(a, 'BUY', 10_000, 100, more)).toThrow(refused(code, text));
    expect([venue.operations.length, a.orders.length]).toEqual([before, 1]);
  });

  it('refuses more than the leverage allows to hold', () => {
    const rich = venue.open('rich', '100000000');
    venue.exchange.settings.setLeverage(rich, venue.market.spec, 125);
    expect(place(rich, 'BUY', 10_000, 500_000).status).toBe('NEW');
    expect(() => place(rich, 'BUY', 10_000, 1)).toThrow(
      refused(-2027, 'Exceeded the maximum allowable position at current leverage.'),
    );
  });

  it('an order that opens beyond what it closes needs margin for the rest only', () => {
    const poor = venue.open('poor', '55');
    venue.quote(9_999, 10_000);
    place(poor, 'BUY', 10_000, 10_000); // 1,000 at 20x
    expect(() => place(poor, 'BUY', 10_000, 1_000)).toThrow(refused(-2019, 'Margin is insufficient.'));
    expect(() => place(poor, 'SELL', 9_999, 21_000)).toThrow(refused(-2019, 'Margin is insufficient.'));
    expect(place(poor, 'SELL', 9_999, 20_000).status).toBe('FILLED');
    expect(lots(poor)).toBe(-10_000);
  });

  it.each([
    ['IOC', 'EXPIRED', 300],
    ['FOK', 'FILLED', 200],
    ['GTC', 'PARTIALLY_FILLED', 300],
  ] as const)('%s ends %s', (timeInForce, status, filled) => {
    venue.quote(9_900, 10_000, 300);
    const order = place(a, 'BUY', 10_000, timeInForce === 'FOK' ? 200 : 500, { timeInForce });
    expect([order.status, order.filledLots]).toEqual([status, filled]);
    venue.exchange.assertInvariants();
  });

  it('a market order expires with what the book cannot give', () => {
    venue.quote(9_900, 10_000, 300);
    const order = place(a, 'BUY', 0, 500, { type: 'MARKET' });
    expect([order.status, order.filledLots]).toEqual(['EXPIRED', 300]);
  });

  it.each([
    ['BUY', 10_500, 10_501],
    ['SELL', 9_500, 9_499],
  ] as const)('a market order to %s goes no further than 5 %% from the mark', (side, within, beyond) => {
    const opposite = side === 'BUY' ? 'SELL' : 'BUY';
    for (const [ticks, lots] of [
      [within, 100],
      [beyond, 1_000],
    ] as const)
      venue.exchange.floor.placeForMarket(venue.market, opposite, ticks, lots);
    venue.exchange.scriptMark('TESTUSDT', units('100'));
    const order = place(a, side, 0, 500, { type: 'MARKET' });
    expect([order.status, order.fills.map(({ ticks }) => ticks)]).toEqual(['EXPIRED', [within]]);
    venue.exchange.assertInvariants();
  });

  it('two orders of one account do not trade with each other', () => {
    const maker = place(a, 'BUY', 10_000, 100);
    const taker = place(a, 'SELL', 10_000, 100);
    expect([maker.status, taker.status, lots(a)]).toEqual(['EXPIRED_IN_MATCH', 'NEW', 0]);
    venue.exchange.assertInvariants();
  });
});

describe('orders that only reduce', () => {
  beforeEach(() => {
    venue.quote(9_900, 10_000);
    place(a, 'BUY', 10_000, 1_000);
  });

  it('are cut to the position', () => {
    const order = place(a, 'SELL', 10_500, 5_000, { reduceOnly: true });
    expect(order.lots).toBe(1_000);
    expect(() => place(a, 'BUY', 9_000, 10, { reduceOnly: true })).toThrow(
      refused(-2022, 'ReduceOnly Order is rejected.'),
    );
  });

  it('shrink and end with the position, also in the middle of a match', () => {
    const [first, second, third] = [10_100, 10_200, 10_300].map((ticks) =>
      place(a, 'SELL', ticks, 700, { reduceOnly: true }),
    );
    venue.quote(9_900, 10_900);
    const taker = place(b, 'BUY', 10_400, 2_100);
    expect([first, second, third].map((order) => [order?.status, order?.filledLots, order?.lots])).toEqual([
      ['FILLED', 700, 700],
      ['FILLED', 300, 300],
      ['EXPIRED', 0, 300],
    ]);
    expect([lots(a), taker.filledLots]).toEqual([0, 1_000]);
    venue.exchange.assertInvariants();
  });

  it('in hedge mode are those that close', () => {
    const c = venue.open('c', '1000');
    venue.exchange.settings.setDual(c, true);
    place(c, 'BUY', 10_000, 200, { positionSide: 'LONG' });
    place(c, 'SELL', 9_900, 300, { positionSide: 'SHORT' });
    expect([lots(c, 'LONG'), lots(c, 'SHORT')]).toEqual([200, -300]);
    expect(place(c, 'SELL', 9_900, 900, { positionSide: 'LONG' }).filledLots).toBe(200);
    expect(() => place(c, 'SELL', 9_900, 1, { positionSide: 'LONG' })).toThrow(
      refused(-2022, 'ReduceOnly Order is rejected.'),
    );
    expect(place(c, 'BUY', 10_000, 900, { positionSide: 'SHORT' }).filledLots).toBe(300);
    venue.exchange.assertInvariants();
  });
});

describe('amending', () => {
  const queue = (): (string | undefined)[] => {
    const ids: string[] = [];
    for (let order = venue.market.book.best('BUY')?.first ?? null; order !== null; order = order.after)
      ids.push((order as FuturesOrder).clientOrderId);
    return ids;
  };
  let first: FuturesOrder;
  beforeEach(() => {
    first = place(a, 'BUY', 10_000, 500, { clientOrderId: 'first' });
    place(b, 'BUY', 10_000, 500, { clientOrderId: 'second' });
  });

  it('VE-C45 down at the same price keeps the place, up and another price lose it', () => {
    venue.exchange.orders.amend(first, 'BUY', 10_000, 400);
    expect([queue(), venue.market.book.best('BUY')?.lots]).toEqual([['first', 'second'], 900]);
    venue.exchange.orders.amend(first, 'BUY', 10_000, 600);
    expect(queue()).toEqual(['second', 'first']);
    venue.exchange.orders.amend(first, 'BUY', 9_999, 600);
    venue.exchange.orders.amend(first, 'BUY', 10_000, 600);
    expect(queue()).toEqual(['second', 'first']);
    expect(
      first.amendments.map(({ lotsBefore, lotsAfter, ticksAfter }) => [lotsBefore, lotsAfter, ticksAfter]),
    ).toEqual([
      [500, 400, 10_000],
      [400, 600, 10_000],
      [600, 600, 9_999],
      [600, 600, 10_000],
    ]);
    expect(venue.told(a, 'ORDER_TRADE_UPDATE').map(({ o }) => (o as Record<string, unknown>)['x'])).toEqual([
      'NEW',
      ...['AMENDMENT', 'AMENDMENT', 'AMENDMENT', 'AMENDMENT'],
    ]);
    venue.exchange.assertInvariants();
  });

  it('to a price that crosses trades', () => {
    const offer = place(b, 'SELL', 10_100, 200);
    venue.exchange.orders.amend(first, 'BUY', 10_100, 500);
    expect([offer.status, first.filledLots, first.status]).toEqual(['FILLED', 200, 'PARTIALLY_FILLED']);
    venue.exchange.assertInvariants();
  });

  it('cancels what would be left with nothing, and a post-only order that would take', () => {
    place(b, 'SELL', 10_000, 200);
    expect(venue.exchange.orders.amend(first, 'BUY', 10_000, 200).status).toBe('CANCELED');
    const maker = place(a, 'BUY', 9_000, 100, { timeInForce: 'GTX' });
    place(b, 'SELL', 10_100, 200);
    expect(venue.exchange.orders.amend(maker, 'BUY', 10_100, 100).status).toBe('CANCELED');
    venue.exchange.assertInvariants();
  });

  it('needs the margin of what it adds, and something to change', () => {
    expect(() => venue.exchange.orders.amend(first, 'BUY', 10_000, 3_000_000)).toThrow(
      refused(-2019, 'Margin is insufficient.'),
    );
    expect(() => venue.exchange.orders.amend(first, 'BUY', 10_000, 500)).toThrow(
      refused(-5027, 'No need to modify the order.'),
    );
    expect([first.lots, queue()]).toEqual([500, ['first', 'second']]);
    venue.exchange.orders.cancel(first);
    expect(() => venue.exchange.orders.amend(first, 'BUY', 10_000, 400)).toThrow(
      refused(-2013, 'Order does not exist.'),
    );
    expect(() => venue.exchange.orders.cancel(first)).toThrow(refused(-2011, 'Unknown order sent.'));
  });
});

describe('by the clock', () => {
  it('a GTD order expires', () => {
    const order = place(a, 'BUY', 10_000, 100, { timeInForce: 'GTD', goodTill: venue.time + 700_000 });
    venue.wait(699_999);
    expect(order.status).toBe('NEW');
    venue.wait(1);
    expect([order.status, venue.market.book.count('BUY')]).toEqual(['EXPIRED', 0]);
  });

  it('a countdown cancels what is open of its symbol, unless it is set again or taken back', () => {
    const { spec } = venue.market;
    const order = place(a, 'BUY', 10_000, 100);
    venue.exchange.countdown(a, spec, 1_000);
    venue.wait(900);
    venue.exchange.countdown(a, spec, 1_000);
    venue.wait(900);
    expect(order.status).toBe('NEW');
    venue.exchange.countdown(a, spec, 0);
    venue.wait(5_000);
    expect(order.status).toBe('NEW');
    venue.exchange.countdown(a, spec, 100);
    venue.wait(100);
    expect(order.status).toBe('CANCELED');
  });

  it('positions pay each other at 00, 08 and 16 UTC, at the mark', () => {
    venue.quote(9_999, 10_001);
    place(a, 'BUY', 10_000, 10_000, {});
    place(b, 'SELL', 10_000, 10_000);
    const before = [a.walletUnits, b.walletUnits];
    expect(new Date(venue.exchange.fundingAt).toISOString()).toBe('2026-01-05T16:00:00.000Z');
    venue.wait(venue.exchange.fundingAt - venue.time);
    expect([a.walletUnits - (before[0] as bigint), b.walletUnits - (before[1] as bigint)]).toEqual([
      -units('0.1'),
      units('0.1'),
    ]);
    venue.wait(3_600_000);
    expect(a.walletUnits).toBe((before[0] as bigint) - units('0.1'));
    expect(venue.told(a, 'ACCOUNT_UPDATE').at(-1)).toMatchObject({
      a: { m: 'FUNDING_FEE', B: [{ bc: '-0.10000000' }], P: [] },
    });
  });

  it('the mark follows the mid by at most 0.5 % a second', () => {
    venue.quote(9_999, 10_001);
    expect(unitsText(venue.exchange.markOf('TESTUSDT'))).toBe('100.00000000');
    venue.quote(10_999, 11_001);
    venue.wait(1_000);
    venue.wait(1_000);
    expect(unitsText(venue.exchange.markOf('TESTUSDT'))).toBe('101.00250000');
    venue.empty();
    venue.wait(60_000);
    expect(unitsText(venue.exchange.markOf('TESTUSDT'))).toBe('101.00250000');
    venue.exchange.scriptMark('TESTUSDT', units('90'));
    venue.quote(10_999, 11_001);
    venue.wait(60_000);
    expect(unitsText(venue.exchange.markOf('TESTUSDT'))).toBe('90.00000000');
    venue.exchange.scriptMark('TESTUSDT', null);
    venue.wait(60_000);
    expect(unitsText(venue.exchange.markOf('TESTUSDT'))).toBe('110.00000000');
  });
});

describe('liquidation', () => {
  const closings = (account: FuturesAccount): FuturesOrder[] => account.orders.filter(({ liquidation }) => liquidation);

  it('VE-C54 a long of 1 BTC from 60,000, isolated at 10x, is liquidated once at a mark of 54,000', () => {
    venue = new TestFutures('BTCUSDT');
    a = venue.open('a', '7000');
    venue.exchange.settings.setMarginType(a, venue.market.spec, true);
    venue.exchange.settings.setLeverage(a, venue.market.spec, 10);
    venue.quote(599_990, 600_000);
    place(a, 'BUY', 600_000, 1_000);
    const order = place(a, 'BUY', 500_000, 10);
    venue.quote(540_000, 540_010);
    venue.exchange.scriptMark('BTCUSDT', units('54000'));
    venue.exchange.scriptMark('BTCUSDT', units('53000'));
    expect(closings(a).map(({ clientOrderId, status, filledLots }) => [clientOrderId, status, filledLots])).toEqual([
      ['autoclose-1', 'FILLED', 1_000],
    ]);
    expect([order.status, lots(a), unitsText(a.walletUnits)]).toEqual(['CANCELED', 0, '970.00000000']);
    expect(a.totalUnits >= 0n).toBe(true);
    expect(venue.told(a, 'ORDER_TRADE_UPDATE').at(-1)).toMatchObject({
      o: { x: 'CALCULATED', o: 'LIQUIDATION', c: 'autoclose-1' },
    });
    venue.exchange.assertInvariants();
  });

  it('warns once at 120 % of the maintenance margin, and again after a recovery', () => {
    venue.exchange.settings.setMarginType(a, venue.market.spec, true);
    venue.quote(9_999, 10_000);
    place(a, 'BUY', 10_000, 1_000); // 100 at 20x: 5 of margin, 0.4 of maintenance
    const mark = (price: string): number => {
      venue.exchange.scriptMark('TESTUSDT', units(price));
      return venue.told(a, 'MARGIN_CALL').length;
    };
    expect(['96', '95.45', '95.44', '98', '95.44'].map(mark)).toEqual([0, 1, 1, 1, 2]);
    expect(venue.told(a, 'MARGIN_CALL')[0]).toMatchObject({
      p: [{ s: 'TESTUSDT', pa: '1.000', mt: 'ISOLATED', mp: '95.45000000' }],
    });
    expect(closings(a)).toEqual([]);
  });

  it('what the book cannot take is taken over at the mark', () => {
    venue.exchange.settings.setMarginType(a, venue.market.spec, true);
    venue.quote(9_999, 10_000);
    place(a, 'BUY', 10_000, 1_000);
    venue.quote(9_500, 9_510, 300);
    venue.exchange.scriptMark('TESTUSDT', units('95'));
    expect(closings(a)[0]?.fills.map(({ ticks, lots: taken }) => [ticks, taken])).toEqual([
      [9_500, 300],
      [9_500, 700],
    ]);
    venue.exchange.assertInvariants();
  });

  it('a bid far below the mark gets nothing of a liquidation', () => {
    const poor = venue.open('poor', '60');
    venue.quote(9_999, 10_000);
    place(poor, 'BUY', 10_000, 10_000);
    venue.empty();
    const vulture = place(b, 'BUY', 2_000, 10_000);
    venue.exchange.scriptMark('TESTUSDT', units('94'));
    expect([vulture.filledLots, closings(poor)[0]?.fills.map(({ ticks }) => ticks)]).toEqual([0, [9_400]]);
    venue.exchange.assertInvariants();
  });

  it('a crossed account closes its largest position first, and stops when the rest is covered', () => {
    const c = venue.open('c', '60');
    const eth = venue.exchange.markets.get('ETHUSDT');
    if (eth === undefined) throw new Error('ETHUSDT must be listed');
    venue.quote(9_999, 10_000);
    for (const side of ['BUY', 'SELL'] as const)
      venue.exchange.floor.placeForMarket(eth, side, side === 'BUY' ? 9_999 : 10_001, 1_000_000);
    place(c, 'BUY', 10_000, 9_000); // 900 of TEST
    venue.exchange.orders.place(c, eth, command('BUY', 10_001, 1_000)); // 100 of ETH
    const resting = place(c, 'BUY', 8_000, 10);
    venue.exchange.scriptMark('TESTUSDT', units('93.7'));
    expect(closings(c).map(({ spec }) => spec.symbol)).toEqual(['TESTUSDT']);
    expect([resting.status, c.openPositions().map(({ spec }) => spec.symbol)]).toEqual(['CANCELED', ['ETHUSDT']]);
    venue.exchange.assertInvariants();
  });
});

describe('settings', () => {
  it('do not change under open orders or positions', () => {
    const { settings } = venue.exchange;
    const { spec } = venue.market;
    const order = place(a, 'BUY', 9_000, 100);
    expect(() => settings.setDual(a, true)).toThrow(
      refused(-4067, 'Position side cannot be changed if there exists open orders.'),
    );
    expect(() => settings.setMarginType(a, spec, true)).toThrow(
      refused(-4047, 'Margin type cannot be changed if there exists open orders.'),
    );
    venue.exchange.orders.cancel(order);
    venue.quote(9_999, 10_000);
    place(a, 'BUY', 10_000, 100);
    expect(() => settings.setDual(a, true)).toThrow(
      refused(-4068, 'Position side cannot be changed if there exists position.'),
    );
    expect(() => settings.setMarginType(a, spec, true)).toThrow(
      refused(-4048, 'Margin type cannot be changed if there exists position.'),
    );
    expect(() => settings.setDual(a, false)).toThrow(refused(-4059, 'No need to change position side.'));
    expect(() => settings.setMarginType(a, spec, false)).toThrow(refused(-4046, 'No need to change margin type.'));
    expect(() => settings.movePositionMargin(a, spec, 'BOTH', 1n)).toThrow(
      refused(-4049, 'Add margin only support for isolated position.'),
    );
  });

  it('leverage falls only as far as margin and isolated positions allow', () => {
    const { settings } = venue.exchange;
    const { spec } = venue.market;
    venue.quote(9_999, 10_000);
    place(a, 'BUY', 10_000, 500_000); // 50,000
    expect(() => settings.setLeverage(a, spec, 4)).toThrow(
      refused(-2028, 'Leverage is smaller than permitted: insufficient margin balance.'),
    );
    expect(a.settingsOf('TESTUSDT').leverage).toBe(20);
    settings.setLeverage(a, spec, 6);
    expect(venue.told(a, 'ACCOUNT_CONFIG_UPDATE')).toMatchObject([{ ac: { s: 'TESTUSDT', l: 6 } }]);
    settings.setMarginType(b, spec, true);
    place(b, 'BUY', 10_000, 1_000);
    expect(() => settings.setLeverage(b, spec, 10)).toThrow(
      refused(-4161, 'Leverage reduction is not supported in Isolated Margin Mode with open positions.'),
    );
  });

  it('isolated margin goes in and out as far as it is there and not needed', () => {
    const { settings } = venue.exchange;
    const { spec } = venue.market;
    settings.setMarginType(a, spec, true);
    expect(() => settings.movePositionMargin(a, spec, 'BOTH', 1n)).toThrow(
      refused(-4054, 'Cannot add position margin: position is 0.'),
    );
    venue.quote(9_999, 10_000);
    place(a, 'BUY', 10_000, 1_000);
    settings.movePositionMargin(a, spec, 'BOTH', units('10'));
    expect(unitsText(a.position(spec, 'BOTH').isolatedUnits)).toBe('15.00000000');
    expect(() => settings.movePositionMargin(a, spec, 'BOTH', units('10000'))).toThrow(
      refused(-4050, 'Cross balance insufficient.'),
    );
    expect(() => settings.movePositionMargin(a, spec, 'BOTH', -units('10.1'))).toThrow(
      refused(-4051, 'Isolated balance insufficient.'),
    );
    settings.movePositionMargin(a, spec, 'BOTH', -units('9'));
    venue.exchange.assertInvariants();
  });
});
