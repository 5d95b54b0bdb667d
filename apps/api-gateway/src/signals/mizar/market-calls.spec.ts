import { describe, expect, it } from '@jest/globals';
import { readSignalBody } from '../common/signal-body.js';
import { schemaAnswer } from './answers.js';
import { venueNamed } from './exchange-names.js';
import type { CallResult } from './lot-calls.js';
import { readBars, readBarTypes, readSymbols } from './market-calls.js';
import { readPublish, unknownExchange, unknownSymbol } from './publish.js';
import { bodyField, queryField, type UrlParameters } from './read-input.js';

const detailOf = <T>(result: CallResult<T>) => (result.ok ? 'accepted' : schemaAnswer(result.error).body['detail']);

describe('bars', () => {
  const bars = (query: UrlParameters) => readBars(queryField({ base_asset: 'BTC', quote_asset: 'USDT', ...query }));

  it('has the defaults of the public client', () => {
    expect(bars({})).toEqual({
      ok: true,
      value: {
        base: 'BTC',
        quote: 'USDT',
        exchange: 'binance',
        barType: 'time',
        barSubclass: 'D',
        startAt: 0,
        endAt: null,
        limit: 500,
      },
    });
  });

  it('SA-40 cuts the limit, and starts alike in seconds and milliseconds', () => {
    const limits = ['5000', '500', '0', '-3', '7'].map((limit) => {
      const read = bars({ limit });
      return read.ok ? read.value.limit : null;
    });
    expect(limits).toEqual([500, 500, 1, 1, 7]);
    const seconds = bars({ start_timestamp: '1767225600', end_timestamp: '1767312000' });
    expect(seconds).toEqual(bars({ start_timestamp: '1767225600000', end_timestamp: '1767312000000' }));
    expect(seconds).toMatchObject({ value: { startAt: 1767225600000, endAt: 1767312000000 } });
  });

  it.each([
    ['1min', '1min'],
    ['1m', '1min'],
    ['3m', '3min'],
    ['5m', '5min'],
    ['15m', '15min'],
    ['30m', '30min'],
    ['1h', '1H'],
    ['2h', '2H'],
    ['4h', '4H'],
    ['6h', '6H'],
    ['12h', '12H'],
    ['12H', '12H'],
    ['1d', 'D'],
    ['D', 'D'],
  ])('reads the subclass %s as %s', (bar_subclass, barSubclass) => {
    expect(bars({ bar_subclass })).toMatchObject({ ok: true, value: { barSubclass } });
  });

  it('has dynamic bars of ticks, volume and dollars', () => {
    for (const bar_type of ['tick', 'volume', 'dollar']) {
      expect(bars({ bar_type })).toMatchObject({ value: { barType: bar_type, barSubclass: 'dynamic' } });
      expect(bars({ bar_type, bar_subclass: 'dynamic' }).ok).toBe(true);
      expect(bars({ bar_type, bar_subclass: 'D' }).ok).toBe(false);
    }
  });

  it.each<[UrlParameters, string, string]>([
    [{ base_asset: '' }, 'base_asset', 'field required'],
    [{ limit: 'all' }, 'limit', 'must be an integer'],
    [{ start_timestamp: 'x' }, 'start_timestamp', 'must be a time, ISO-8601 or epoch seconds or milliseconds'],
    [{ bar_type: 'renko' }, 'bar_type', 'must be time, tick, volume or dollar'],
    [{ bar_subclass: '1M' }, 'bar_subclass', 'must be one of 1min 3min 5min 15min 30min 1H 2H 4H 6H 12H D'],
    [{ bar_subclass: 'dynamic' }, 'bar_subclass', 'must be one of 1min 3min 5min 15min 30min 1H 2H 4H 6H 12H D'],
    [{ bar_type: 'tick', bar_subclass: '1H' }, 'bar_subclass', 'must be one of dynamic'],
  ])('refuses %j', (query, name, msg) => {
    expect(detailOf(bars(query))).toMatchObject([{ loc: ['query', name], msg }]);
  });
});

describe('bar-types', () => {
  it('has filters, all optional', () => {
    const none = { barType: null, barSubclass: null, base: null, quote: null, exchange: null };
    expect(readBarTypes(queryField({}))).toEqual({ ok: true, value: none });
    expect(readBarTypes(queryField({ bar_subclass: '1h', base_asset: 'btc', exchange: 'binance' }))).toEqual({
      ok: true,
      value: { ...none, barSubclass: '1H', base: 'BTC', exchange: 'binance' },
    });
    expect(readBarTypes(queryField({ bar_subclass: '2min' })).ok).toBe(false);
  });
});

describe('symbols', () => {
  it('needs an exchange, and may have a market', () => {
    expect(readSymbols(queryField({ exchange: 'binance' }))).toEqual({
      ok: true,
      value: { exchange: 'binance', market: null },
    });
    expect(readSymbols(queryField({ exchange: 'binance', market: 'spot' }))).toMatchObject({
      value: { market: 'SPOT' },
    });
    expect(detailOf(readSymbols(queryField({ market: 'X' })))).toEqual([
      { loc: ['query', 'exchange'], msg: 'field required', type: 'value_error.missing' },
      { loc: ['query', 'market'], msg: 'must be SPOT or FUTURES', type: 'value_error' },
    ]);
  });

  it('takes binance for whatever venue is there', () => {
    expect([
      venueNamed('Binance', ['binance', 'mock'], 'mock'),
      venueNamed('binance', ['mock', 'okx'], 'mock'),
      venueNamed('OKX', ['mock', 'okx'], 'mock'),
      venueNamed('kraken', ['mock'], 'mock'),
    ]).toEqual(['binance', 'mock', 'okx', null]);
  });
});

describe('publish-self-hosted-strategy', () => {
  function publish(text: string) {
    const body = readSignalBody(new TextEncoder().encode(text));
    const field = body.ok ? bodyField(body.value) : null;
    if (field?.ok !== true) throw new Error('no body');
    return readPublish(field.value);
  }
  const BODY = { name: 'My Strategy', description: 'd', exchanges: ['binance'], symbols: ['BTCUSDT'], market: 'SPOT' };

  it('SA-28 reads what the public client sends', () => {
    expect(publish(JSON.stringify(BODY))).toEqual({ ok: true, value: BODY });
  });

  it('reads the older exchange, forms, and lists as text', () => {
    const { exchanges: _, ...old } = BODY;
    expect(publish(JSON.stringify({ ...old, exchange: 'Binance' }))).toEqual({ ok: true, value: BODY });
    const form = 'name=My+Strategy&description=d&exchanges[]=binance&market=spot';
    for (const symbols of ['symbols=btcusdt', 'symbols=BTCUSDT&symbols=BTCUSDT', 'symbols=%5B%22BTCUSDT%22%5D'])
      expect(publish(`${form}&${symbols}`)).toEqual({ ok: true, value: BODY });
    expect(publish(`${form}&symbols=BTCUSDT,ethusdt`)).toMatchObject({ value: { symbols: ['BTCUSDT', 'ETHUSDT'] } });
  });

  it('needs no description', () => {
    expect(publish(JSON.stringify({ ...BODY, description: null }))).toMatchObject({ value: { description: '' } });
  });

  it.each([
    [{ name: '' }, 'name', 'must have 1 to 100 characters'],
    [{ name: null }, 'name', 'field required'],
    [{ exchanges: [] }, 'exchanges', 'must have at least one item'],
    [{ exchanges: null }, 'exchanges', 'field required'],
    [{ symbols: {} }, 'symbols', 'must be a list'],
    [{ symbols: [] }, 'symbols', 'must have at least one item'],
    [{ market: 'MARGIN' }, 'market', 'must be SPOT or FUTURES'],
    [{ market: null }, 'market', 'field required'],
  ])('refuses %j', (change, name, msg) => {
    expect(detailOf(publish(JSON.stringify({ ...BODY, ...change })))).toMatchObject([{ loc: ['body', name], msg }]);
  });

  it('has words for what does not exist', () => {
    expect([unknownExchange('kraken\u0000'), unknownSymbol('ADAUSDT', 'binance', 'SPOT')]).toEqual([
      'unknown exchange kraken?',
      'ADAUSDT is not traded at binance SPOT',
    ]);
  });

  it('names the item that is none', () => {
    expect(detailOf(publish(JSON.stringify({ ...BODY, symbols: ['BTCUSDT', 5] })))).toEqual([
      { loc: ['body', 'symbols', 1], msg: 'must be text', type: 'type_error' },
    ]);
  });
});
