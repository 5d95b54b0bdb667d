import { describe, expect, it } from '@jest/globals';
import { spotStreamName, usdmStreamName } from './stream-name.js';

describe('names of streams', () => {
  it('say symbol, kind and speed', () => {
    expect(spotStreamName('btcusdt@depth20@100ms')).toMatchObject({
      ...{ symbol: 'BTCUSDT', kind: 'partial', levels: 20, everyMs: 100 },
    });
    expect(spotStreamName('btcusdt@depth')).toMatchObject({ kind: 'depth', everyMs: 1_000 });
    expect(usdmStreamName('btcusdt@depth')).toMatchObject({ kind: 'depth', everyMs: 250 });
    expect(usdmStreamName('btcusdt@depth@0ms')).toMatchObject({ kind: 'depth', everyMs: 0 });
    expect(spotStreamName('btcusdt@kline_1M')).toMatchObject({ kind: 'kline', interval: '1M', offsetMs: 0 });
    expect(spotStreamName('btcusdt@kline_1d@+08:00')).toMatchObject({ interval: '1d', offsetMs: 28_800_000 });
    expect(spotStreamName('!miniTicker@arr')).toMatchObject({ kind: 'miniTicker', symbol: null });
    expect(usdmStreamName('!forceOrder@arr')).toMatchObject({ kind: 'forceOrder', symbol: null });
  });

  it('are served by the product that has them', () => {
    for (const name of ['btcusdt@avgPrice', 'btcusdt@kline_1s', 'btcusdt@ticker_4h', '!ticker_1d@arr']) {
      expect(spotStreamName(name)).not.toBeNull();
      expect(usdmStreamName(name)).toBeNull();
    }
    for (const name of ['btcusdt@markPrice', '!markPrice@arr@1s', 'btcusdt@forceOrder', '!bookTicker']) {
      expect(usdmStreamName(name)).not.toBeNull();
      expect(spotStreamName(name)).toBeNull();
    }
  });

  it.each(['', 'BTCUSDT@trade', 'btcusdt', 'btcusdt@', '@trade', 'btcusdt@depth7', 'btcusdt@depth@50ms', '!trade@arr'])(
    'are not %s',
    (name) => {
      expect(spotStreamName(name)).toBeNull();
      expect(usdmStreamName(name)).toBeNull();
    },
  );
});
