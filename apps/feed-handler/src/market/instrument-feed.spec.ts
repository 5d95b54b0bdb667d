import { describe, expect, it } from '@jest/globals';
import {
  epochMs,
  NO_BARS,
  NO_VOLUME,
  notional,
  price,
  printCounter,
  quantity,
  toDecimalString,
  type Instrument,
  type TradeIds,
  type TradedVolume,
  type VenueId,
} from '#domain';
import type { FeedMessage, FeedStatus } from '#venues';
import { InstrumentFeed } from './instrument-feed.js';

const T0 = 1_764_000_000_000;
const at = (ms: number) => epochMs(T0 + ms);
const BTC: Instrument = {
  venue: 'sim' as VenueId,
  symbol: 'BTCUSDT',
  pair: 'BTC-USDT',
  marketType: 'spot',
  base: 'BTC',
  quote: 'USDT',
  tick: price('0.01'),
  lot: quantity('0.00001'),
  minQty: quantity('0.00001'),
  minNotional: notional('5'),
  status: 'trading',
};
const status = (to: FeedStatus): FeedMessage => ({ type: 'status', from: 'connecting', to, reason: '' });
const snapshot: FeedMessage = {
  type: 'snapshot',
  seq: 10,
  bids: [{ price: price('99'), qty: quantity('1') }],
  asks: [{ price: price('101'), qty: quantity('2') }],
};
const trade = (id: number): FeedMessage => ({
  type: 'trade',
  id: String(id),
  price: price('100'),
  qty: quantity('1'),
  aggressor: 'buy',
  venueAt: at(0),
});
const row = (id: number) => ({
  id: String(id),
  price: price('100'),
  qty: quantity('1'),
  aggressor: 'buy' as const,
  venueAt: at(0),
});

function live(volume: TradedVolume = NO_VOLUME, ids: TradeIds = 'numbers'): InstrumentFeed {
  const market = new InstrumentFeed(BTC, volume, printCounter(ids));
  market.receive(status('syncing'), at(0));
  market.receive(snapshot, at(1));
  market.receive(status('live'), at(1));
  return market;
}

describe('InstrumentFeed', () => {
  it('says when the book was last known to be right, by message or pong, and only while live', () => {
    const market = live();
    expect(market.at).toBe(at(1));
    market.receive({ type: 'alive' }, at(900));
    expect(market.at).toBe(at(900));
    market.receive(status('stale'), at(6_000));
    market.receive({ type: 'alive' }, at(6_500));
    expect(market.publishable(at(6_600))).toMatchObject({ status: 'stale', at: at(900), mid: null });
  });

  it('samples each second once, with no prices while there is no market and no count while prints are missing', () => {
    const market = live();
    market.tick(at(10));
    market.caughtUp([row(1)], at(20));
    market.receive(trade(2), at(30));
    market.tick(at(900));
    market.tick(at(1_000));
    market.receive(status('stale'), at(1_500));
    market.tick(at(2_000));
    const [chunk] = market.samples.handOut(true);
    const texts = chunk?.samples.map(
      (one) => one && [one.bid, one.ask, one.cumBase, one.cumQuote].map((value) => value?.toFixed() ?? null),
    );
    // T0 is the first second of its ten. What was traded before we listened is not counted.
    expect(texts?.slice(0, 4)).toEqual([
      ['99', '101', null, null],
      ['99', '101', '1', '100'],
      [null, null, null, null],
      null,
    ]);
  });

  it('has no book between a gap and the next snapshot', () => {
    const market = live();
    market.receive({ type: 'resync', reason: 'gap' }, at(2));
    market.receive(status('resyncing'), at(2));
    expect(market.publishable(at(3))).toMatchObject({ status: 'resyncing', bids: [], asks: [], mid: null, seq: null });
  });

  it.each<FeedStatus>(['connecting', 'syncing', 'stale', 'resyncing', 'down'])(
    'has no market while it is %s, says why, and has it again when it is live',
    (to) => {
      const market = live();
      market.receive({ type: 'status', from: 'live', to, reason: `because ${to}` }, at(2));
      const nothing = { status: to, reason: `because ${to}`, bids: [], asks: [], mid: null, seq: null };
      expect(market.publishable(at(3))).toMatchObject(nothing);
      expect(market.top(5)).toEqual({ bids: [], asks: [] });
      market.receive(snapshot, at(4));
      market.receive(status('live'), at(4));
      expect(market.publishable(at(4))).toMatchObject({ status: 'live', mid: price('100'), seq: 10 });
    },
  );

  it('has no book while the connection is lost', () => {
    const market = live();
    market.receive(status('connecting'), at(2));
    expect(market.publishable(at(3))).toMatchObject({ status: 'connecting', bids: [], at: at(1) });
  });

  it('is due after a change, after a failed publication, and once a second', () => {
    const market = live();
    expect(market.isDue(at(2), 1_000)).toBe(true);
    market.publishable(at(2));
    expect(market.isDue(at(1_001), 1_000)).toBe(false);
    expect(market.isDue(at(1_002), 1_000)).toBe(true);
    market.publishable(at(1_002));
    market.receive({ type: 'delta', prevSeq: 10, seq: 11, bids: [], asks: [] }, at(1_003));
    expect(market.isDue(at(1_003), 1_000)).toBe(true);
    market.publishable(at(1_003));
    market.notPublished();
    expect(market.isDue(at(1_004), 1_000)).toBe(true);
  });

  it('knows volatility and median after half a minute of seconds', () => {
    const market = live();
    for (let second = 0; second < 35; second += 1) market.tick(at(second * 1_000));
    expect(market.publishable(at(35_000))).toMatchObject({ medianMid60: price('100'), sigma10Bps: null });
    expect(toDecimalString(market.publishable(at(35_000)).sigma1Bps ?? price('1'))).toBe('0');
  });

  it('counts from where it stopped: the missed trades first, then those that came meanwhile', () => {
    const market = live({
      cumBase: quantity('5'),
      cumQuote: notional('500'),
      lastTradeId: '10',
      seen: null,
      bars: NO_BARS,
    });
    market.receive(trade(14), at(2));
    expect(market.volume.lastTradeId).toBe('10');
    expect(market.wantsCatchUp).toBe(true);
    expect(market.caughtUp([row(9), row(10), row(11), row(12), row(13)], at(2))).toMatchObject({
      missed: 0n,
      restarted: false,
    });
    market.receive(trade(15), at(3));
    expect(market.volume).toMatchObject({ cumBase: quantity('10'), cumQuote: notional('1000'), lastTradeId: '15' });
    expect(market.wantsCatchUp).toBe(false);
  });

  it('wants the missed trades again after each loss, once there is a connection', () => {
    const market = live();
    market.caughtUp([], at(2));
    const before = market.connection;
    market.receive(status('connecting'), at(5));
    expect([market.wantsCatchUp, market.connection > before]).toEqual([false, true]);
    market.receive(status('live'), at(6));
    expect(market.wantsCatchUp).toBe(true);
  });

  it('asks for the newest when the venue left a number out, and counts in order; soon again it does not', () => {
    const market = live({ ...NO_VOLUME, lastTradeId: '10' });
    market.caughtUp([], at(2));
    market.receive(trade(12), at(3));
    expect([market.volume.lastTradeId, market.wantsCatchUp]).toEqual(['10', true]);
    expect(market.caughtUp([row(9), row(10), row(11), row(12)], at(4)).missed).toBe(0n);
    expect([market.volume.lastTradeId, market.volume.cumBase.toFixed()]).toEqual(['12', '2']);
    market.receive(trade(14), at(9_000));
    expect([market.volume.lastTradeId, market.wantsCatchUp]).toEqual(['14', false]);
    market.receive(trade(16), at(10_003));
    expect(market.wantsCatchUp).toBe(true);
  });

  it('asks for the newest where the feed says that trades may have gone by, and keeps its market', () => {
    const market = live(NO_VOLUME, 'names');
    market.caughtUp([], at(2));
    market.receive({ type: 'trade_gap' }, at(3));
    expect([market.wantsCatchUp, market.publishable(at(4)).mid]).toEqual([true, price('100')]);
  });

  it('knows since when no price is missing: of trades through a silence and a loss that was made up for', () => {
    const market = live({ ...NO_VOLUME, lastTradeId: '10' });
    market.prices.begin(new Map(), at(0));
    const whole = () =>
      new Map(
        market.prices.take(true).map(({ kind, whole }) => [kind, whole?.map(({ from, to }) => [from - T0, to - T0])]),
      );
    market.caughtUp([row(10)], at(2));
    market.receive(trade(11), at(3));
    market.receive(status('stale'), at(6_000));
    market.receive(status('live'), at(9_000));
    expect([whole().get('last'), whole().get('mid')]).toEqual([
      [[2, 9_000]],
      [
        [1, 3],
        [9_000, 9_000],
      ],
    ]);
    market.receive(status('connecting'), at(10_000));
    market.receive(status('live'), at(12_000));
    market.receive(trade(14), at(12_001));
    expect(whole().get('last')).toEqual([[2, 9_000]]);
    market.caughtUp([row(11), { ...row(12), price: price('77') }, row(13), row(14)], at(12_500));
    const [last] = market.prices.take(true);
    expect([last?.update.low.toFixed(), last?.update.price.toFixed()]).toEqual(['77', '100']);
    expect(whole().get('last')).toEqual([[2, 12_500]]);
    market.receive(status('connecting'), at(13_000));
    market.receive(status('live'), at(14_000));
    market.caughtUp([row(90)], at(15_000));
    market.receive({ type: 'alive' }, at(16_000));
    expect(whole().get('last')).toEqual([
      [2, 12_500],
      [16_000, 16_000],
    ]);
  });

  it('takes no trade of the future where times decide which are new', () => {
    const far = { ...row(7), venueAt: at(300_001) };
    const counted = (ids: TradeIds) => {
      const market = live(NO_VOLUME, ids);
      market.caughtUp([], at(0));
      market.receive({ type: 'trade', ...far }, at(0));
      market.caughtUp([far], at(0));
      return market.volume.cumBase.toFixed();
    };
    expect([counted('names'), counted('numbers')]).toEqual(['0', '1']);
  });

  it('goes on from another’s count: by itself when it has all of it, else from theirs with the missing prints', () => {
    const count = (base: string, lastTradeId: string): TradedVolume => ({
      cumBase: quantity(base),
      cumQuote: notional('0'),
      lastTradeId,
      seen: null,
      bars: NO_BARS,
    });
    const counting = (from: TradedVolume): InstrumentFeed => {
      const market = live(from);
      market.caughtUp([], at(2));
      return market;
    };
    const complete = counting(count('5', '40'));
    complete.receive(trade(41), at(2));
    complete.continueFrom(count('5', '40'));
    expect([complete.volume.cumBase.toFixed(), complete.wantsCatchUp]).toEqual(['6', false]);

    const late = counting(count('5', '40'));
    late.continueFrom(count('7', '42'));
    late.receive(trade(44), at(2));
    expect([late.volume.cumBase.toFixed(), late.wantsCatchUp]).toEqual(['7', true]);
    late.caughtUp([row(42), row(43)], at(2));
    expect(late.volume).toMatchObject({ cumBase: quantity('9'), lastTradeId: '44' });

    const holed = counting(count('3', '40'));
    holed.receive(trade(45), at(2));
    holed.continueFrom(count('7', '44'));
    expect([holed.volume, holed.wantsCatchUp]).toMatchObject([{ cumBase: quantity('7'), lastTradeId: '44' }, true]);
    holed.caughtUp([row(44), row(45)], at(2));
    expect(holed.volume).toMatchObject({ cumBase: quantity('8'), lastTradeId: '45' });

    // Ahead in its number and in sum, yet without a print that the other counted before we listened.
    const short = counting(count('3', '40'));
    for (const id of [41, 42, 43, 44, 45]) short.receive(trade(id), at(2));
    short.continueFrom(count('7', '43'));
    expect(short.volume).toMatchObject({ cumBase: quantity('9'), lastTradeId: '45' });

    const deaf = counting(count('3', '40'));
    deaf.receive(trade(45), at(2));
    deaf.continueFrom(count('7', '43'));
    expect([deaf.volume.lastTradeId, deaf.wantsCatchUp]).toEqual(['43', true]);
    deaf.caughtUp([row(44), row(45)], at(2));
    expect(deaf.volume.cumBase.toFixed()).toBe('9');

    const fresh = live();
    fresh.continueFrom(count('7', '44'));
    expect(fresh.volume.lastTradeId).toBe('44');
  });
});
