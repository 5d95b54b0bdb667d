import { describe, expect, it } from '@jest/globals';
import { ALERT, STOCK_SENTENCE } from '../../../../../test/support/alert-samples.js';
import { decimal, epochMs } from '#domain';
import { readSignalBody } from '../common/signal-body.js';
import { parseAlert, type AlertTerms } from './parse-alert.js';

const NOW = epochMs(Date.parse('2026-03-02T09:00:30Z'));
const BTC = { base: 'BTC', quote: 'USDT' };
const ONE: AlertTerms = {
  market: 'FUTURES',
  symbols: [BTC],
  defaultQuote: 'USDT',
  fullContracts: null,
  maxLagS: 120,
};
const TWO: AlertTerms = { ...ONE, symbols: [BTC, { base: 'ETH', quote: 'USDT' }] };
const SPOT: AlertTerms = { ...ONE, market: 'SPOT' };

function parse(alert: unknown, terms = ONE) {
  const text = typeof alert === 'string' ? alert : JSON.stringify(alert);
  const body = readSignalBody(new TextEncoder().encode(text));
  if (!body.ok) throw new Error(body.error.message);
  return parseAlert(body.value, terms, NOW);
}
/** The intent, decimals as texts; or the reason and message of the refusal. */
function read(alert: unknown, terms = ONE): unknown {
  const parsed = parse(alert, terms);
  if (!parsed.ok) return [parsed.error.reason, parsed.error.message];
  return JSON.parse(JSON.stringify(parsed.value.intent)) as unknown;
}
const warningsOf = (alert: unknown, terms = ONE) => {
  const parsed = parse(alert, terms);
  return parsed.ok ? parsed.value.warnings : [parsed.error.message];
};
const pairOf = (alert: unknown, terms = ONE) => {
  const parsed = parse(alert, terms);
  return parsed.ok ? parsed.value.pair : parsed.error.message;
};

/** Of what {@link read} gives, when it enters. */
interface Entering {
  readonly wanted: {
    readonly openItems: readonly { readonly amount: string }[];
    readonly closeItems: readonly { readonly trigger: { readonly ratio?: string } }[];
  };
}

const MARKET = { orderType: 'market', limitPrice: null, expiresAt: null };
const entry = (amount = '1', key = 'open') => ({ key, gate: null, amount, ...MARKET });
const wanted = (amount = '1', closeItems: unknown[] = []) => ({
  leverage: null,
  openItems: [entry(amount)],
  closeItems,
  orderExpiresAt: null,
  actionExpiresAt: null,
});
const exact = (kind: string, key: string, price: string, ratio = '1') => ({
  key,
  kind,
  ratio,
  trigger: { kind: 'exact', price },
});

describe('an alert', () => {
  it('reads the sample of the contract', () => {
    expect(parse(ALERT)).toMatchObject({ ok: true, value: { pair: 'BTC-USDT', isTest: false, warnings: [] } });
    expect(read(ALERT)).toEqual({
      action: 'enter',
      againstLive: 'reverse',
      wanted: {
        side: 'long',
        leverage: '2',
        openItems: [
          {
            key: 'open',
            gate: null,
            amount: '0.5',
            orderType: 'limit',
            limitPrice: '61200',
            expiresAt: NOW + 900_000,
          },
        ],
        closeItems: [
          exact('take_profit', 'tp-1', '63000', '0.5'),
          exact('take_profit', 'tp-2', '65000'),
          exact('stop_loss', 'sl-1', '59800'),
        ],
        orderExpiresAt: null,
        actionExpiresAt: null,
      },
    });
  });

  it('SA-44 reads the text command', () => {
    expect(read('long BTC/USDT 0.5 sl=90 tp=120')).toEqual({
      action: 'enter',
      againstLive: 'reverse',
      wanted: {
        side: 'long',
        ...wanted('0.5', [exact('take_profit', 'tp-1', '120'), exact('stop_loss', 'sl-1', '90')]),
      },
    });
  });

  it('SA-45 reads the stock sentence as the state that is wanted', () => {
    expect(read(STOCK_SENTENCE)).toEqual({ action: 'desired', state: 'flat', change: null, wanted: wanted() });
    expect(read('order buy @ 2 filled on BTCUSDT. New strategy position is 6')).toMatchObject({
      state: 'long',
      change: { now: '6', before: '4' },
    });
  });

  it.each([
    ['action', 'symbol', 'side'],
    ['order', 'ticker', 'position'],
    ['signal', 'pair', 'direction'],
    ['action', 'tv_instrument', 'side'],
    ['action', 'instrument', 'side'],
  ])('knows its fields as %s, %s and %s', (action, symbol, side) => {
    const alert = { [action]: 'open', [symbol]: 'ETH', [side]: 'sell' };
    expect(pairOf(alert, TWO)).toBe('ETH-USDT');
    expect(read(alert, TWO)).toMatchObject({ action: 'enter', wanted: { side: 'short' } });
  });

  it('needs a symbol where there are several', () => {
    expect(pairOf({ action: 'buy' })).toBe('BTC-USDT');
    expect(read({ action: 'buy' }, TWO)).toEqual(['rejected_schema', 'symbol: is required']);
    expect(pairOf({ action: 'exit-all' }, TWO)).toBeNull();
  });

  it('SA-49 refuses what the strategy does not trade', () => {
    expect(read({ action: 'buy', symbol: 'DOGEUSDT' })).toEqual([
      'rejected_symbol',
      'DOGEUSDT is not in this strategy',
    ]);
  });

  it('SA-50 says that it is a test', () => {
    for (const test of [true, 'true', 1])
      expect(parse({ action: 'buy', test })).toMatchObject({ value: { isTest: true } });
    for (const test of [false, 'false', null, ''])
      expect(parse({ action: 'buy', test })).toMatchObject({ value: { isTest: false } });
    expect(read({ action: 'buy', test: 'perhaps' })).toEqual([
      'rejected_schema',
      "test: must be true or false, was 'perhaps'",
    ]);
  });

  it('takes empty texts for what is not there', () => {
    expect(read({ action: 'buy', size: '', sl: '', side: '', leverage: '' })).toEqual(read({ action: 'buy' }));
    expect(read({ action: '' })).toEqual(['rejected_schema', 'action: is required']);
  });

  it('says what is wrong with JSON that is none', () => {
    expect(read('{"action":"buy",}')).toEqual(['rejected_schema', 'body: body is not valid JSON at 16']);
  });
});

describe('the words', () => {
  it('open, and turn what is live', () => {
    for (const alert of [
      { action: 'open', side: 'long' },
      { action: 'enter', side: 'buy' },
      { action: 'enter-long' },
      'long',
    ])
      expect(read(alert)).toEqual({ action: 'enter', againstLive: 'reverse', wanted: { side: 'long', ...wanted() } });
  });

  it('SA-42 buy and sell only close what is live', () => {
    expect(read({ action: 'buy' })).toEqual({
      action: 'enter',
      againstLive: 'close',
      wanted: { side: 'long', ...wanted() },
    });
    expect(read({ action: 'sell', size: 0.5 })).toEqual({
      action: 'enter',
      againstLive: 'close',
      wanted: { side: 'short', ...wanted('0.5') },
    });
  });

  it('SA-43 yield to the state that is wanted', () => {
    expect(read({ action: 'buy', market_position: 'long' })).toEqual({
      action: 'desired',
      state: 'long',
      change: null,
      wanted: wanted(),
    });
    expect(read({ action: 'anything', sentiment: 'FLAT', size: 0 })).toMatchObject({
      action: 'desired',
      state: 'flat',
    });
    expect(read({ action: 'exit_all', market_position: 'long' })).toEqual({ action: 'exit_all' });
  });

  it('increase by a share of the capital', () => {
    expect(read({ action: 'add', size: 0.25 })).toEqual({ action: 'increase', side: null, item: entry('0.25', 'add') });
    expect(read({ action: 'increase', side: 'long' })).toMatchObject({ side: 'long', item: { amount: '1' } });
  });

  it('SA-48 reduce by a share of what is held, which must be told', () => {
    expect(read('reduce BTCUSDT 0.5')).toEqual({ action: 'reduce', side: null, ratio: '0.5' });
    expect(read({ action: 'trim', size_pct: 25, side: 'short' })).toEqual({
      action: 'reduce',
      side: 'short',
      ratio: '0.25',
    });
    expect(read({ action: 'trim' })).toEqual(['rejected_schema', 'size: is required with reduce']);
    expect(read({ action: 'trim', size: 1.5 })).toEqual(['rejected_schema', 'size: must be > 0 and <= 1, was 1.5']);
  });

  it('close, of one side when it is named', () => {
    expect([read({ action: 'close' }), read('exit-long'), read({ action: 'flat', side: 'short' })]).toEqual([
      { action: 'close', side: null },
      { action: 'close', side: 'long' },
      { action: 'close', side: 'short' },
    ]);
  });

  it('turn, to the side that is named', () => {
    expect(read({ action: 'reverse' })).toEqual({ action: 'reverse', side: null, wanted: wanted() });
    expect(read({ action: 'flip', side: 'short', size: 0.5 })).toEqual({
      action: 'reverse',
      side: 'short',
      wanted: wanted('0.5'),
    });
  });

  it('end all, whatever the symbol', () => {
    expect(parse({ action: 'close-all', symbol: 'NONSENSE' }, TWO)).toEqual({
      ok: true,
      value: {
        pair: null,
        intent: { action: 'exit_all' },
        isTest: false,
        warnings: ['symbol: is ignored, all positions end'],
      },
    });
  });

  it.each<[unknown, string]>([
    [{ symbol: 'BTC' }, 'action: is required'],
    [{ action: 5 }, 'action: must be one of '],
    [{ order: 'hold' }, 'order: must be one of '],
    [{ action: 'open' }, 'side: is required with open'],
    [{ action: 'open', side: 'up' }, "side: must be long, buy, short or sell, was 'up'"],
    [{ action: 'long', side: 'short' }, "side: must be long, as long says, was 'short'"],
    [{ action: 'buy', position: 'short' }, "position: must be long, as buy says, was 'short'"],
    [{ market_position: 'up' }, "market_position: must be long, short or flat, was 'up'"],
  ])('refuse %j', (alert, message) => {
    const refused = read(alert) as [string, string];
    expect([refused[0], refused[1].slice(0, message.length)]).toEqual(['rejected_schema', message]);
  });
});

describe('on spot', () => {
  it('SA-22 nothing may become short', () => {
    for (const alert of [
      { action: 'short' },
      { action: 'open', side: 'sell' },
      { action: 'reverse', side: 'short' },
      { action: 'add', side: 'short' },
      { market_position: 'short' },
    ])
      expect((read(alert, SPOT) as string[])[0]).toBe('rejected_side');
    expect(read({ action: 'open', side: 'short' }, SPOT)).toEqual([
      'rejected_side',
      "side: must not be short for SPOT, was 'short'",
    ]);
  });

  it('SA-22 a sell may end a long, and shorts may be closed', () => {
    for (const alert of ['sell', 'exit-short', 'buy', 'flat', { market_position: 'flat' }])
      expect(parse(alert, SPOT).ok).toBe(true);
  });

  it('SA-22 there is no leverage', () => {
    expect(read({ action: 'buy', leverage: 2 }, SPOT)).toEqual([
      'rejected_schema',
      'leverage: must be 1 for SPOT, was 2',
    ]);
    expect(read({ action: 'buy', leverage: 1 }, SPOT)).toMatchObject({ wanted: { leverage: '1' } });
  });
});

describe('sizes', () => {
  const amount = (alert: object, terms = ONE) => {
    const intent = read({ action: 'buy', ...alert }, terms);
    return Array.isArray(intent) ? (intent as string[])[1] : (intent as Entering).wanted.openItems[0]?.amount;
  };

  it('are shares of the capital', () => {
    expect([amount({}), amount({ size: '0.5' }), amount({ amount_ratio: 0.2 }), amount({ size_pct: 50 })]).toEqual([
      '1',
      '0.5',
      '0.2',
      '0.5',
    ]);
    expect([amount({ size: 0 }), amount({ size: 2 }), amount({ size_pct: 101 })]).toEqual([
      'size: must be > 0 and <= 1, was 0',
      'size: must be > 0 and <= 1, was 2',
      'size_pct: must be > 0 and <= 100, was 101',
    ]);
  });

  it('are not contracts, unless the strategy says how many are all', () => {
    const alert = { contracts: '3', quote_amount: 500 };
    expect(amount(alert)).toBe('1');
    expect(warningsOf({ action: 'buy', ...alert })).toEqual([
      'contracts: is ignored, size is a share of the capital',
      'quote_amount: is ignored, size is a share of the capital',
    ]);
    const ten = { ...ONE, fullContracts: decimal('10') };
    expect([amount(alert, ten), amount({ qty: 12 }, ten), amount({ amount: 2.5 }, ten)]).toEqual(['0.3', '1', '0.25']);
    expect(warningsOf({ action: 'buy', ...alert }, ten)).toEqual([
      'quote_amount: is ignored, size is a share of the capital',
    ]);
    expect(amount({ size: 0.1, contracts: 3 }, ten)).toBe('0.1');
    expect(amount({ contracts: 0 }, ten)).toBe('contracts: must be > 0, was 0');
    expect(amount({ contracts: '0.000000000000000001' }, ten)).toMatch(/^contracts: must be more than nothing of 10/);
  });
});

describe('orders', () => {
  const order = (alert: object) => {
    const intent = read({ action: 'buy', ...alert });
    return Array.isArray(intent) ? (intent as string[])[1] : (intent as Entering).wanted.openItems[0];
  };

  it('are market orders, whatever price the sender saw', () => {
    expect(order({ price: '61200', ttl_s: 'x' })).toEqual(entry());
    expect(order({ type: 'MARKET' })).toEqual(entry());
  });

  it('rest for 300 s as limits', () => {
    const limit = { ...entry(), orderType: 'limit', limitPrice: '61200', expiresAt: NOW + 300_000 };
    expect(order({ type: 'limit', limit_price: 61200 })).toEqual(limit);
    expect(order({ order_type: 'Limit', price: '61200', ttl_s: '60' })).toEqual({ ...limit, expiresAt: NOW + 60_000 });
    expect(read('buy price=61200 ttl=60')).toMatchObject({
      wanted: { openItems: [{ orderType: 'limit', expiresAt: NOW + 60_000 }] },
    });
  });

  it.each([
    [{ order_type: 'limit' }, 'price: is required with a limit order'],
    [{ order_type: 'limit', price: 0 }, 'price: must be > 0, was 0'],
    [{ order_type: 'limit', price: 5, ttl_s: 0 }, 'ttl_s: must be 1 to 31536000 seconds, was 0'],
    [{ order_type: 'limit', price: 5, ttl_s: 1e9 }, 'ttl_s: must be 1 to 31536000 seconds, was 1000000000'],
    [{ order_type: 'limit', price: 5, ttl_s: 1.5 }, 'ttl_s: must be an integer, was 1.5'],
    [{ order_type: 'stop' }, "order_type: must be market or limit, was 'stop'"],
    [{ leverage: 126 }, 'leverage: must be >= 1 and <= 125, was 126'],
  ])('refuse %j', (alert, message) => {
    expect(order(alert)).toBe(message);
  });
});

describe('exits', () => {
  const closeItems = (alert: object) => {
    const intent = read({ action: 'long', ...alert });
    return Array.isArray(intent) ? (intent as string[])[1] : (intent as Entering).wanted.closeItems;
  };

  it('are a number, an object or a list', () => {
    const tp = [exact('take_profit', 'tp-1', '120')];
    for (const take_profit of [120, '120', { price: 120 }, [120], [{ price: '120', ratio: '1', pct: null }]])
      expect(closeItems({ take_profit })).toEqual(tp);
    expect(closeItems({ tp: [120, { price: 130, ratio: 0.5 }], sl: 90 })).toEqual([
      ...tp,
      exact('take_profit', 'tp-2', '130', '0.5'),
      exact('stop_loss', 'sl-1', '90'),
    ]);
    expect(closeItems({ tp: [], sl: null })).toEqual([]);
  });

  it('are offsets from the average entry, in percent', () => {
    const multiples = (alert: object) => {
      const intent = read(alert) as Entering;
      return intent.wanted.closeItems.map(({ trigger }) => trigger.ratio);
    };
    const offsets = { tp: { pct: 1.5 }, sl: { pct: '10' } };
    expect(multiples({ action: 'long', ...offsets })).toEqual(['1.015', '0.9']);
    expect(multiples({ action: 'short', ...offsets })).toEqual(['0.985', '1.1']);
    expect(multiples({ market_position: 'short', ...offsets })).toEqual(['0.985', '1.1']);
    expect(multiples({ action: 'flip', side: 'short', ...offsets })).toEqual(['0.985', '1.1']);
  });

  it.each([
    [{ tp: { price: 5, pct: 5 } }, 'tp: must have exactly one of price and pct, had both'],
    [{ tp: [{ ratio: 0.5 }] }, 'tp[0]: must have exactly one of price and pct, had none'],
    [{ tp: [null] }, 'tp[0]: is required'],
    [{ stop_loss: 0 }, 'stop_loss: must be > 0, was 0'],
    [{ stop_loss: 'low' }, "stop_loss: must be a number below 10^20, was 'low'"],
    [{ sl: { pct: 100 } }, 'sl.pct: must be > 0 and < 100, was 100'],
    [{ tp: { pct: -1 } }, 'tp.pct: must be > 0 and <= 1000, was -1'],
    [{ tp: { price: 5, ratio: 0 } }, 'tp.ratio: must be > 0 and <= 1, was 0'],
    [{ action: 'reverse', tp: { pct: 5 } }, 'tp.pct: needs side, the side of the new position is not known'],
  ])('refuse %j', (alert, message) => {
    expect(closeItems(alert)).toBe(message);
  });
});

describe('the age of an alert', () => {
  const at = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

  it('SA-46 ends entries after 120 s, and exits never', () => {
    const old = { timestamp: at(200) };
    expect(read({ action: 'open', side: 'long', ...old })).toEqual([
      'expired',
      'timestamp: must be at most 120 s old, was 200 s old',
    ]);
    for (const action of ['buy', 'add', 'reverse']) expect((read({ action, ...old }) as string[])[0]).toBe('expired');
    expect((read({ market_position: 'long', ...old }) as string[])[0]).toBe('expired');
    for (const action of ['close', 'exit-long', 'exit-all']) expect(parse({ action, ...old }).ok).toBe(true);
    expect(parse({ action: 'reduce', size: 1, ...old }).ok).toBe(true);
    expect(parse({ market_position: 'flat', ...old }).ok).toBe(true);
  });

  it('counts for exits where the alert says so', () => {
    for (const action of ['close', 'exit-all'])
      expect((read({ action, timenow: at(61), max_lag: 60 }) as string[])[0]).toBe('expired');
    expect(parse({ action: 'close', timenow: at(60), max_lag: 60 }).ok).toBe(true);
  });

  it('may be as long as the alert says, at most', () => {
    expect(parse({ action: 'buy', alert_time: at(120) }).ok).toBe(true);
    expect(read({ action: 'buy', alert_time: at(120.001) })).toEqual([
      'expired',
      'alert_time: must be at most 120 s old, was 120 s old',
    ]);
    expect(parse({ action: 'buy', timestamp: at(3000), max_lag: '3600' }).ok).toBe(true);
    expect(parse({ action: 'buy', timestamp: at(3000) }, { ...ONE, maxLagS: 3600 }).ok).toBe(true);
    expect((read({ action: 'buy', timestamp: at(1), max_lag: 0 }) as string[])[0]).toBe('expired');
    expect(parse({ action: 'buy', timestamp: (NOW - 1000) / 1000 }).ok).toBe(true);
  });

  it('is not looked at in the future', () => {
    expect(warningsOf({ action: 'buy', timestamp: at(-61) })).toEqual([
      'timestamp: is 61 s in the future, its age is not looked at',
    ]);
    expect(warningsOf({ action: 'buy', timestamp: at(-60) })).toEqual([]);
  });

  it('needs a time', () => {
    expect(read({ action: 'buy', timestamp: 'now' })).toEqual([
      'rejected_schema',
      "timestamp: must be a time, ISO-8601 or epoch seconds or milliseconds, was 'now'",
    ]);
    expect(parse({ action: 'close', timestamp: 'now' }).ok).toBe(true);
    expect(read({ action: 'buy', timestamp: at(0), max_lag: -1 })).toEqual([
      'rejected_schema',
      'max_lag: must be >= 0, was -1',
    ]);
    expect(warningsOf('buy max_lag=5')).toEqual(['max_lag: is ignored, there is no timestamp']);
  });

  it('counts last, after what is wrong otherwise', () => {
    expect((read({ action: 'buy', symbol: 'DOGE', timestamp: at(200) }) as string[])[0]).toBe('rejected_symbol');
  });
});

describe('the state that is wanted', () => {
  const sizes = (now: unknown, before: unknown) => ({ market_position_size: now, prev_market_position_size: before });
  const changeOf = (alert: object) => (read({ market_position: 'long', ...alert }) as { change: unknown }).change;

  it('tells how the position of the sender changed, when both sizes are there', () => {
    expect(changeOf(sizes('3', 2))).toEqual({ now: '3', before: '2' });
    expect(changeOf(sizes(-3, '-2'))).toEqual({ now: '3', before: '2' });
    expect([changeOf(sizes(3, null)), changeOf(sizes(null, 3)), changeOf(sizes(3, 0))]).toEqual([null, null, null]);
    expect(changeOf({ ...sizes(3, 2), prev_market_position: 'short' })).toBeNull();
    expect(changeOf({ ...sizes(3, 2), prev_market_position: 'Long' })).toEqual({ now: '3', before: '2' });
  });

  it('is not long with nothing', () => {
    expect(read({ market_position: 'long', ...sizes(0, 2) })).toEqual([
      'rejected_schema',
      'market_position_size: must not be 0 when market_position is long, was 0',
    ]);
    expect(read({ market_position: 'flat', ...sizes(0, 2) })).toMatchObject({ state: 'flat', change: null });
  });
});
