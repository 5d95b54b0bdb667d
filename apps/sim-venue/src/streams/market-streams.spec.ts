import { describe, expect, it } from '@jest/globals';
import { TestStreams } from './test-streams.js';

/** TESTUSDT: ticks of 0.01, lots of 0.001. */
const HUNDRED = 10_000;

describe('market streams of spot', () => {
  it('tell trades, each by itself and aggregated, with the vendor’s fields', () => {
    const test = new TestStreams('spot');
    const [trades, aggregates] = [test.listen('testusdt@trade'), test.listen('testusdt@aggTrade')];
    test.place('BUY', HUNDRED, 2_000);
    test.place('SELL', HUNDRED, 500);
    const common = { E: test.time, s: 'TESTUSDT', p: '100.00000000', q: '0.50000000', T: test.time, m: true, M: true };
    expect(trades.messages).toEqual([{ e: 'trade', ...common, t: 1 }]);
    expect(aggregates.messages).toEqual([{ e: 'aggTrade', ...common, a: 1, f: 1, l: 1 }]);
  });

  it('tell the touch when it changed, and not when something else did', () => {
    const test = new TestStreams('spot');
    const { messages } = test.listen('testusdt@bookTicker');
    test.place('BUY', 9_900, 1_000);
    test.place('SELL', 10_100, 2_000);
    test.place('BUY', 9_800, 5_000);
    test.place('BUY', 9_900, 500);
    expect(messages.map(({ b, B, a, A, u }) => [b, B, a, A, u])).toEqual([
      ['99.00000000', '1.00000000', '0.00000000', '0.00000000', 1],
      ['99.00000000', '1.00000000', '101.00000000', '2.00000000', 2],
      ['99.00000000', '1.50000000', '101.00000000', '2.00000000', 4],
    ]);
    expect(Object.keys(messages[0] ?? {})).toEqual(['u', 's', 'b', 'B', 'a', 'A']);
  });

  it('tell differences of the book at both speeds, no id left out and nothing when nothing changed', () => {
    const test = new TestStreams('spot');
    test.place('BUY', 9_900, 1_000);
    const [slow, fast] = [test.listen('testusdt@depth'), test.listen('testusdt@depth@100ms')];
    test.place('BUY', 9_800, 1_000);
    test.place('SELL', 10_100, 3_000);
    test.wait(100);
    expect(fast.messages).toEqual([
      {
        ...{ e: 'depthUpdate', E: test.time, s: 'TESTUSDT', U: 2, u: 3 },
        ...{ b: [['98.00000000', '1.00000000']], a: [['101.00000000', '3.00000000']] },
      },
    ]);
    test.wait(300);
    expect(fast.messages).toHaveLength(1);
    test.place('SELL', 9_900, 1_000);
    test.place('SELL', 10_100, 1_000);
    test.wait(100);
    expect(fast.messages[1]).toMatchObject({
      ...{ U: 4, u: 5 },
      ...{ b: [['99.00000000', '0.00000000']], a: [['101.00000000', '4.00000000']] },
    });
    expect(slow.messages).toEqual([]);
    test.wait(500);
    expect(slow.messages).toEqual([
      {
        ...{ e: 'depthUpdate', E: test.time, s: 'TESTUSDT', U: 2, u: 5 },
        b: [
          ['98.00000000', '1.00000000'],
          ['99.00000000', '0.00000000'],
        ],
        a: [['101.00000000', '4.00000000']],
      },
    ]);
  });

  it('tell the first levels of the book when it changed', () => {
    const test = new TestStreams('spot');
    for (let i = 0; i < 8; i += 1) test.place('BUY', 9_900 - i, 1_000);
    const { messages } = test.listen('testusdt@depth5@100ms');
    test.wait(300);
    expect(messages).toEqual([
      {
        lastUpdateId: 8,
        bids: ['99.00000000', '98.99000000', '98.98000000', '98.97000000', '98.96000000'].map((p) => [p, '1.00000000']),
        asks: [],
      },
    ]);
    test.place('SELL', 10_100, 1_000);
    test.wait(100);
    expect(messages[1]).toMatchObject({ lastUpdateId: 9, asks: [['101.00000000', '1.00000000']] });
  });

  it('tell a candle after a trade, at most every two seconds, and once more when it closes', () => {
    const test = new TestStreams('spot');
    test.place('BUY', HUNDRED, 10_000);
    test.place('SELL', HUNDRED, 1_000);
    const { messages } = test.listen('testusdt@kline_1m');
    test.wait(5_000);
    expect(messages).toEqual([]);
    test.place('SELL', HUNDRED, 2_000);
    test.place('SELL', HUNDRED, 3_000);
    const openAt = Date.UTC(2026, 0, 5, 9);
    const candle = {
      ...{ t: openAt, T: openAt + 59_999, s: 'TESTUSDT', i: '1m', f: 1, L: 2, o: '100.00000000', c: '100.00000000' },
      ...{ h: '100.00000000', l: '100.00000000', v: '3.00000000', n: 2, x: false, q: '300.00000000' },
      ...{ V: '0.00000000', Q: '0.00000000', B: '0' },
    };
    expect(messages).toEqual([{ e: 'kline', E: test.time, s: 'TESTUSDT', k: candle }]);
    test.wait(2_000);
    expect(messages[1]).toMatchObject({ k: { ...candle, L: 3, v: '6.00000000', n: 3, q: '600.00000000' } });
    test.wait(52_950);
    expect(messages).toHaveLength(2);
    test.wait(50);
    expect(messages[2]).toMatchObject({ k: { t: openAt, x: true, n: 3 } });
    test.wait(60_000);
    expect(messages[3]).toMatchObject({
      k: { t: openAt + 60_000, x: true, n: 0, f: -1, L: -1, o: '100.00000000', v: '0.00000000' },
    });
    test.place('BUY', HUNDRED + 5, 1_000);
    test.place('SELL', HUNDRED + 5, 1_000);
    expect(messages[4]).toMatchObject({
      k: { t: openAt + 120_000, x: false, n: 1, o: '100.05000000', h: '100.05000000', l: '100.05000000' },
    });
  });

  it('tell statistics once a second where something changed', () => {
    const test = new TestStreams('spot');
    const [ticker, mini, all, hour, average] = [
      ...['testusdt@ticker', 'testusdt@miniTicker', '!miniTicker@arr', 'testusdt@ticker_1h', 'testusdt@avgPrice'],
    ].map((name) => test.listen(name).messages);
    test.wait(1_000);
    for (const messages of [ticker, mini, hour, average]) messages?.splice(0);
    all?.splice(0);
    test.place('BUY', HUNDRED, 2_000);
    test.place('SELL', HUNDRED, 1_000);
    test.place('SELL', HUNDRED + 100, 4_000);
    test.place('BUY', HUNDRED + 100, 1_000);
    const tradedAt = test.time;
    test.wait(3_000);
    const stats = {
      ...{ o: '100.00000000', h: '101.00000000', l: '100.00000000', v: '2.00000000', q: '201.00000000' },
      c: '101.00000000',
    };
    const told = { E: tradedAt + 1_000, s: 'TESTUSDT' };
    const change = { p: '1.00000000', P: '1.000', w: '100.50000000' };
    const span = { O: told.E - 86_400_000, C: told.E, F: 1, L: 2, n: 2 };
    expect(ticker).toEqual([
      {
        ...{ e: '24hrTicker', ...told, ...change, ...stats, ...span, x: '100.00000000', Q: '1.00000000' },
        ...{ b: '100.00000000', B: '1.00000000', a: '101.00000000', A: '3.00000000' },
      },
    ]);
    expect(mini).toEqual([{ e: '24hrMiniTicker', ...told, ...stats }]);
    expect(all).toEqual([[{ e: '24hrMiniTicker', ...told, ...stats }]]);
    expect(hour).toEqual([{ e: '1hTicker', ...told, ...change, ...stats, ...span, O: told.E - 3_600_000 }]);
    expect(average).toEqual([{ e: 'avgPrice', ...told, i: '5m', w: '100.50000000', T: tradedAt }]);
  });

  it('fall silent for who leaves, and go on for who stays', () => {
    const test = new TestStreams('spot');
    const [first, second] = [test.listen('testusdt@trade'), test.listen('testusdt@trade')];
    first.leave();
    test.place('BUY', HUNDRED, 2_000);
    test.place('SELL', HUNDRED, 1_000);
    second.leave();
    test.place('SELL', HUNDRED, 1_000);
    expect([first.messages.length, second.messages.length]).toEqual([0, 1]);
  });

  it('are silent about symbols that do not exist', () => {
    const test = new TestStreams('spot');
    const { messages, leave } = test.listen('nousdt@depth5');
    test.place('BUY', HUNDRED, 2_000);
    test.wait(2_000);
    expect(messages).toEqual([]);
    leave();
  });
});

describe('market streams of USD-M', () => {
  it('tell trades with their kind and time, in the decimals of the symbol', () => {
    const test = new TestStreams('usdm');
    const [trades, aggregates] = [test.listen('testusdt@trade'), test.listen('testusdt@aggTrade')];
    test.place('SELL', HUNDRED, 2_000);
    test.place('BUY', HUNDRED, 500);
    const common = { E: test.time, T: test.time, s: 'TESTUSDT', p: '100.00', q: '0.500', m: false };
    expect(trades.messages).toEqual([{ e: 'trade', ...common, t: 1, X: 'MARKET' }]);
    expect(aggregates.messages).toEqual([{ e: 'aggTrade', ...common, nq: '0.500', a: 1, f: 1, l: 1 }]);
  });

  it('tell differences as they happen or every 100, 250 and 500 ms, each naming the one before', () => {
    const test = new TestStreams('usdm');
    test.place('BUY', 9_900, 1_000);
    const [at0, at100, at250, at500] = ['@0ms', '@100ms', '', '@500ms'].map(
      (speed) => test.listen(`testusdt@depth${speed}`).messages,
    );
    test.wait(50);
    test.place('BUY', 9_800, 1_000);
    const changedAt = test.time;
    const change = { b: [['98.00', '1.000']], a: [] };
    const first = { e: 'depthUpdate', T: changedAt, s: 'TESTUSDT', U: 2, u: 2, pu: 1, ...change };
    expect(at0).toEqual([{ ...first, E: changedAt }]);
    test.wait(50);
    expect(at100).toEqual([{ ...first, E: changedAt + 50 }]);
    test.place('SELL', 10_100, 1_000);
    test.wait(150);
    expect(at0?.[1]).toMatchObject({ U: 3, u: 3, pu: 2 });
    expect(at100?.[1]).toMatchObject({ U: 3, u: 3, pu: 2, b: [], a: [['101.00', '1.000']] });
    expect(at250).toMatchObject([{ U: 2, u: 3, pu: 1, b: [['98.00', '1.000']], a: [['101.00', '1.000']] }]);
    expect(at500).toEqual([]);
    test.wait(250);
    expect(at500).toMatchObject([{ U: 2, u: 3, pu: 1 }]);
    test.wait(1_000);
    expect([at0, at100, at250, at500].map((messages) => messages?.length)).toEqual([2, 2, 1, 1]);
  });

  it('tell partial books as updates, and the touch of one symbol or of all', () => {
    const test = new TestStreams('usdm');
    const [partial, touch, all] = ['testusdt@depth5@100ms', 'testusdt@bookTicker', '!bookTicker'].map(
      (name) => test.listen(name).messages,
    );
    test.place('BUY', 9_900, 1_000);
    test.place('SELL', 10_100, 2_000);
    const changedAt = test.time;
    test.wait(100);
    expect(partial).toEqual([
      {
        ...{ e: 'depthUpdate', E: changedAt + 100, T: changedAt, s: 'TESTUSDT', U: 2, u: 2, pu: 2 },
        ...{ b: [['99.00', '1.000']], a: [['101.00', '2.000']] },
      },
    ]);
    test.place('BUY', 9_800, 1_000);
    test.wait(100);
    expect(partial?.[1]).toMatchObject({ U: 3, u: 3, pu: 2 });
    const last = { e: 'bookTicker', u: 2, s: 'TESTUSDT', b: '99.00', B: '1.000', a: '101.00', A: '2.000' };
    expect(touch?.[1]).toEqual({ ...last, T: changedAt, E: changedAt });
    expect(all?.filter(({ s }) => s === 'TESTUSDT')).toEqual([]);
    test.wait(4_800);
    expect(all?.filter(({ s }) => s === 'TESTUSDT')).toEqual([{ ...last, u: 3, T: changedAt + 100, E: test.time }]);
    test.wait(5_000);
    expect(all?.filter(({ s }) => s === 'TESTUSDT')).toHaveLength(1);
  });

  it('tell candles and statistics in the decimals of the symbol', () => {
    const test = new TestStreams('usdm');
    const [kline, ticker, mini] = ['testusdt@kline_5m', 'testusdt@ticker', '!miniTicker@arr'].map(
      (name) => test.listen(name).messages,
    );
    test.place('BUY', HUNDRED, 2_000);
    test.place('SELL', HUNDRED, 1_000);
    expect(kline?.[0]).toMatchObject({
      k: { i: '5m', T: test.time + 299_999, o: '100.00', c: '100.00', v: '1.000', q: '100.00000000', x: false },
    });
    test.wait(2_000);
    expect(ticker?.at(-1)).toEqual({
      ...{ e: '24hrTicker', E: test.time, s: 'TESTUSDT', p: '0.00', P: '0.000', w: '100.00', c: '100.00', Q: '1.000' },
      ...{ o: '100.00', h: '100.00', l: '100.00', v: '1.000', q: '100.00000000' },
      ...{ O: test.time - 86_400_000, C: test.time, F: 1, L: 1, n: 1 },
    });
    const list = mini?.[0] as unknown as { s: string }[];
    expect(list.find(({ s }) => s === 'TESTUSDT')).toMatchObject({ e: '24hrMiniTicker', c: '100.00', v: '1.000' });
  });

  it('tell mark prices every three seconds or every one, changed or not, and none before there is one', () => {
    let markUnits = 0n;
    const test = new TestStreams('usdm', ({ spec }) =>
      markUnits === 0n || spec.symbol !== 'TESTUSDT'
        ? null
        : { markUnits, indexUnits: markUnits + 1n, rateUnits: 10_000n, fundingAt: 1_800_000_000_000 },
    );
    const [slow, fast, all] = ['testusdt@markPrice', 'testusdt@markPrice@1s', '!markPrice@arr@1s'].map(
      (name) => test.listen(name).messages,
    );
    test.wait(3_000);
    expect([slow, fast, all]).toEqual([[], [], []]);
    markUnits = 10_012_345_678n;
    test.wait(3_000);
    const event = {
      ...{ e: 'markPriceUpdate', s: 'TESTUSDT', p: '100.12345678', ap: '100.12345678', P: '100.12345678' },
      ...{ i: '100.12345679', r: '0.00010000', T: 1_800_000_000_000 },
    };
    expect(slow).toEqual([{ ...event, E: test.time }]);
    expect(fast?.map(({ E }) => E)).toEqual([test.time - 2_000, test.time - 1_000, test.time]);
    expect(all?.at(-1)).toEqual([{ ...event, E: test.time }]);
  });
});
