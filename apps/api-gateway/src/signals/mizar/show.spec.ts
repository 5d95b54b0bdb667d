import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { OPEN_ITEM, POSITION } from '../../../../../test/support/shown-positions.js';
import { decimal, epochMs, notional, price, quantity, SIGNAL_REASONS } from '#domain';
import { jsonText } from '#order-intake';
import { noMarketPrice, notOpened, positionNotFound, refuse, REFUSALS, strategyNotFound } from './answers.js';
import { showBar, showBars, type Kline } from './show-bars.js';
import { showClosedPosition, showOpenPosition } from './show-lot.js';
import {
  PONG,
  showBarTypes,
  showExchanges,
  showServerTime,
  showStrategies,
  showStrategy,
  showSymbols,
} from './show-markets.js';
import { showPrice } from './show-price.js';

describe('prices', () => {
  it.each([
    ['34209.48', '34209.480000000000'],
    ['3120.405', '3120.405000000000'],
    ['103', '103.000000000000'],
    ['100', '100.000000000000'],
    ['0.1234567890125', '0.123456789012'],
    ['0.1234567890135', '0.123456789014'],
    ['0.12345678901250000001', '0.123456789013'],
    ['0.000000000001', '0.000000000001'],
    ['0.0000000000006', '0.000000000001'],
    ['0.0000000000005', '0.0000000000005000'],
    ['0.00000000000012345', '0.0000000000001234'],
    ['0.0000000000001', '0.0000000000001000'],
    ['0.000000000000000001', '0.000000000000000001000'],
  ])('SA-29 SA-30 SA-32 SA-34 shows %s as %s', (value, text) => {
    expect(showPrice(price(value))).toBe(text);
  });

  it('are never zero, and 12 decimals wherever that is enough', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 30n }), fc.integer({ min: 0, max: 18 }), (digits, decimals) => {
        const text = showPrice(price(decimal(digits.toString()).div(decimal('10').pow(decimals)).toFixed()));
        expect(text).toMatch(/^\d+\.\d{12,}$/);
        expect(text).toMatch(/[1-9]/);
        if (text.length - text.indexOf('.') - 1 > 12)
          expect(text.replace(/^0\.0*/, '').length).toBeGreaterThanOrEqual(4);
      }),
    );
  });

  it('are not made of what is none', () => {
    for (const odd of [decimal('0'), decimal('0').div(0), decimal('1').div(0)])
      expect(() => showPrice(odd as never)).toThrow('A price must be above 0');
  });
});

describe('lots', () => {
  const lot = { ...POSITION, pair: 'ETH-USDT', openItems: [{ ...OPEN_ITEM, amount: decimal('0.25') }] };

  it('SA-29 show as the contract has them, keys in its order', () => {
    expect(jsonText(showOpenPosition(lot, 7, price('3120.405')))).toBe(
      '{"position_id":"31","strategy_id":"7","open_timestamp":1767225700456,"open_price":"3120.405000000000",' +
        '"base_asset":"ETH","quote_asset":"USDT","size":0.25,"is_long":true}',
    );
  });

  it('SA-30 show their end, and the size that they were opened with', () => {
    const closed = { ...lot, size: decimal('0'), state: 'closed', side: 'short' } as const;
    const prices = { open: price('3120.405'), close: price('3155.12') };
    expect(jsonText(showClosedPosition(closed, 7, prices, epochMs(1767229300789)))).toBe(
      '{"position_id":"31","strategy_id":"7","open_timestamp":1767225700456,"close_timestamp":1767229300789,' +
        '"open_price":"3120.405000000000","close_price":"3155.120000000000","base_asset":"ETH","quote_asset":"USDT",' +
        '"size":0.25,"is_long":false}',
    );
  });
});

describe('strategies and markets', () => {
  const strategy = {
    number: 7,
    createdAt: epochMs(1767225600123),
    name: 'Mean Rev',
    exchanges: ['binance'],
    market: 'FUTURES',
    pairs: ['ETH-USDT'],
  } as const;

  it('SA-28 show a strategy as the contract has it', () => {
    expect(jsonText(showStrategy(strategy))).toBe(
      '{"strategy_id":7,"creation_timestamp":1767225600123,"name":"Mean Rev","exchange":"binance",' +
        '"exchanges":["binance"],"market":"FUTURES",' +
        '"symbols":[{"base_asset":"ETH","quote_asset":"USDT","symbol":"ETHUSDT"}]}',
    );
  });

  it('list strategies by ascending id', () => {
    const { strategies } = showStrategies([strategy, { ...strategy, number: 2 }]);
    expect(strategies.map(({ strategy_id }) => strategy_id)).toEqual([2, 7]);
  });

  it('list symbols of a market, or with their markets', () => {
    const traded = [
      { pair: 'ETH-USDT', market: 'FUTURES' },
      { pair: 'ETH-USDT', market: 'SPOT' },
      { pair: 'ADA-USDT', market: 'SPOT' },
    ] as const;
    expect(jsonText(showSymbols(traded, 'FUTURES'))).toBe(
      '{"symbols":[{"symbol":"ETHUSDT","base_asset":"ETH","quote_asset":"USDT","market":"FUTURES"}]}',
    );
    expect(jsonText(showSymbols(traded, null))).toBe(
      '{"symbols":[{"symbol":"ADAUSDT","base_asset":"ADA","quote_asset":"USDT","markets":["SPOT"]},' +
        '{"symbol":"ETHUSDT","base_asset":"ETH","quote_asset":"USDT","markets":["SPOT","FUTURES"]}]}',
    );
  });

  it('show the rest as the contract has it', () => {
    expect(jsonText(PONG)).toBe('{"message":"pong"}');
    expect(jsonText(showServerTime(epochMs(1767225600123)))).toBe('{"server_time":1767225600123}');
    expect(jsonText(showExchanges([{ name: 'binance', markets: ['FUTURES', 'SPOT'] }]))).toBe(
      '{"exchanges":[{"name":"binance","markets":["SPOT","FUTURES"]}]}',
    );
    expect(
      jsonText(showBarTypes([{ barType: 'time', barSubclass: '5min', pair: 'ADA-USDT', exchange: 'binance' }])),
    ).toBe(
      '{"bar_types":[{"bar_type":"time","bar_subclass":"5min","base_asset":"ADA","quote_asset":"USDT","exchange":"binance"}]}',
    );
  });
});

describe('bars', () => {
  const kline: Kline = {
    openAt: epochMs(1502928000000),
    lengthMs: 86_400_000,
    open: price('4261.48'),
    high: price('4485.39'),
    low: price('4200.74'),
    close: price('4285.08'),
    base: quantity('795.15037699'),
    takerBuyBase: quantity('616.24854100'),
    quote: notional('3454770.05073207'),
    takerBuyQuote: notional('2678216.40060401'),
    trades: 3427,
  };

  it('show all fields as numbers, in the order of the contract', () => {
    expect(jsonText(showBar(kline))).toBe(
      '{"time":1502928000000,"open":4261.48,"high":4485.39,"low":4200.74,"close":4285.08,' +
        '"base_asset_volume":795.15037699,"base_asset_buy_volume":616.248541,"base_asset_sell_volume":178.90183599,' +
        '"quote_asset_volume":3454770.05073207,"quote_asset_buy_volume":2678216.40060401,' +
        '"quote_asset_sell_volume":776553.65012806,"num_ticks":3427,"num_buy_ticks":2656,"num_sell_ticks":771,' +
        '"first_timestamp":1502928000000,"last_timestamp":1503014399999,"first_trade_id":1502928000000,' +
        '"last_trade_id":1503014399999}',
    );
  });

  it('have no ticks of no volume', () => {
    const zero = quantity('0');
    expect(showBar({ ...kline, base: zero, takerBuyBase: zero, trades: 0 })).toMatchObject({
      num_ticks: 0,
      num_buy_ticks: 0,
      num_sell_ticks: 0,
    });
  });

  it('ascend, and differ in their first trade', () => {
    const later = { ...kline, openAt: epochMs(1503014400000) };
    const { bars } = showBars([later, kline]);
    expect(bars.map(({ first_trade_id }) => first_trade_id)).toEqual([1502928000000, 1503014400000]);
  });
});

describe('refusals', () => {
  it('have the texts of the contract', () => {
    expect([
      REFUSALS.unauthorized,
      REFUSALS.hostedStrategy,
      REFUSALS.dcaBots,
      strategyNotFound(8),
      refuse(positionNotFound(99)),
      refuse(noMarketPrice('ETH-USDT')),
      notOpened(
        31,
        new Map([
          ['venue_rejected', 1],
          ['insufficient_balance', 1],
        ]),
      ),
    ]).toEqual([
      { status: 401, body: { detail: 'invalid API key' } },
      { status: 400, body: { detail: 'hosted strategies are not supported' } },
      { status: 404, body: { detail: 'DCA bots are not enabled' } },
      { status: 404, body: { detail: 'strategy 8 not found' } },
      { status: 404, body: { detail: 'position 99 not found' } },
      { status: 409, body: { detail: 'no market price for ETHUSDT' } },
      { status: 409, body: { detail: 'position 31 not opened: insufficient_balance x1, venue_rejected x1' } },
    ]);
  });

  it('have a status below 500 for every reason, and a text', () => {
    for (const reason of SIGNAL_REASONS.refused) {
      const { status, body } = refuse({ reason, message: 'why' });
      expect([status >= 400 && status < 500, Object.keys(body)]).toEqual([true, ['detail']]);
    }
    expect(refuse({ reason: 'rejected_schema', message: 'body: must be UTF-8' })).toEqual({
      status: 422,
      body: { detail: [{ loc: ['body'], msg: 'body: must be UTF-8', type: 'value_error' }] },
    });
  });
});
