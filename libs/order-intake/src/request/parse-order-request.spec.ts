import { describe, expect, it } from '@jest/globals';
import type { AccountId, Instrument, VenueId } from '#domain';
import type { EpochMicros, VenueAccount } from '#persistence';
import { parseJsonBody, type JsonObject } from '../json/json-body.js';
import type { OrderRequest } from './order-request.js';
import { ORDER_FIELDS } from './order-fields.js';
import { parseOrderRequest } from './parse-order-request.js';
import { priceSources } from './price-sources.js';
import { STRATEGIES } from './strategies.js';

const NOW = (Date.UTC(2026, 2, 2, 10, 15) * 1000 + 211) as EpochMicros;
const MOCK: VenueAccount = {
  id: 'ea4ceaee-1b63-425e-9525-00e7c3c31443' as AccountId,
  name: 'mock',
  venue: 'sim' as VenueId,
  exchange: 'MockExchange',
  isArchived: false,
  routes: [],
};
const ACCOUNTS = [
  MOCK,
  { ...MOCK, id: 'ea4ceaee-1b63-425e-9525-00e7c3c31444' as AccountId, name: 'old', isArchived: true },
];
const P = {
  accounts: ['mock'],
  pair: 'ETH-USDT',
  side: 'buy',
  duration: 300,
  strategy: 'TWAP',
  base_asset_qty: 5,
};
const TARGET_TIME = { strategy: 'Target Time', strategy_params: { target_time: '2026-03-02T11:00:00Z' } };
const BTC = { venue: 'sim', symbol: 'BTCUSDT', pair: 'BTC-USDT' } as Instrument;
const PRICES = priceSources([BTC], [{ venue: 'sim', exchange: 'MockExchange' }]);
const LIMIT = { strategy: 'Limit', limit_price: 3000 };

/** P with fields added or replaced; undefined removes one. */
function body(more: object): JsonObject {
  const parsed = parseJsonBody(new TextEncoder().encode(JSON.stringify({ ...P, ...more })));
  if (!parsed.ok) throw new Error(parsed.error.text);
  return parsed.value;
}

const parse = (more: object) => parseOrderRequest(body(more), { now: NOW, accounts: ACCOUNTS, prices: PRICES });

function accepted(more: object): OrderRequest {
  const parsed = parse(more);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

function refused(more: object): Readonly<Record<string, readonly string[]>> {
  const parsed = parse(more);
  if (parsed.ok) throw new Error('was accepted');
  return parsed.error;
}

const PAIR_TEXT = 'pair must correct syntax: {BASE}-{QUOTE} or {BASE}:{VARIANT}-{QUOTE} ex. ETH-USDT or ETH:PERP-USDT';
const QUANTITIES = "['sell_token_amount', 'base_asset_qty', 'quote_asset_qty']";

const REFUSALS: readonly (readonly [vector: string, more: object, field: string, text: string])[] = [
  ['', { accounts: undefined }, 'accounts', 'accounts must be a non-empty list'],
  ['', { accounts: [] }, 'accounts', 'accounts must be a non-empty list'],
  ['', { accounts: [null] }, 'accounts', 'accounts must be a non-empty list'],
  ['', { accounts: 'mock' }, 'accounts', 'accounts must be a non-empty list'],
  [
    '',
    { accounts: Array.from({ length: 17 }, (_, i) => `a${i}`) },
    'accounts',
    'accounts must be a list of at most 16, was 17',
  ],
  ['OA-27', { accounts: ['nope'] }, 'accounts', "unknown account 'nope'"],
  ['', { accounts: ['other/mock'] }, 'accounts', "unknown account 'other/mock'"],
  ['', { accounts: [5] }, 'accounts', "unknown account '5'"],
  ['', { accounts: ['old'] }, 'accounts', "account 'old' is archived"],
  ['', { pair: undefined }, 'pair', PAIR_TEXT],
  ['OA-13', { pair: '//ETH-USDT//' }, 'pair', PAIR_TEXT],
  ['OA-13', { pair: 'ETHUSDT' }, 'pair', PAIR_TEXT],
  ['', { pair: 'ETH-USDT\n' }, 'pair', PAIR_TEXT],
  ['', { pair: 'BTC:FUTURE_2026.02.30-USD' }, 'pair', PAIR_TEXT],
  ['OA-11', { side: 'wrong' }, 'side', "side must be 'buy' or 'sell'"],
  ['', { side: undefined }, 'side', "side must be 'buy' or 'sell'"],
  ['', { strategy: undefined }, 'strategy', 'strategy is required'],
  ['OA-12', { strategy: 'asdf' }, 'strategy', 'unexpected strategy asdf'],
  ['', { strategy: 'toString' }, 'strategy', 'unexpected strategy toString'],
  ['', { base_asset_qty: undefined }, 'base_asset_qty', `need one of ${QUANTITIES}`],
  ['OA-16', { quote_asset_qty: 100 }, 'base_asset_qty', `only one of ${QUANTITIES} may be given`],
  ['OA-15', { base_asset_qty: 0 }, 'base_asset_qty', 'base_asset_qty must be greater than 0'],
  ['OA-15', { base_asset_qty: -1 }, 'base_asset_qty', 'base_asset_qty must be greater than 0'],
  ['', { base_asset_qty: '1e-19' }, 'base_asset_qty', 'base_asset_qty must be greater than 0'],
  ['', { base_asset_qty: 'many' }, 'base_asset_qty', "base_asset_qty must be a number below 10^20, was 'many'"],
  ['', { base_asset_qty: '1e20' }, 'base_asset_qty', "base_asset_qty must be a number below 10^20, was '1e20'"],
  ['', { base_asset_qty: 'NaN' }, 'base_asset_qty', "base_asset_qty must be a number below 10^20, was 'NaN'"],
  ['', { base_asset_qty: true }, 'base_asset_qty', 'base_asset_qty must be a number below 10^20, was true'],
  ['OA-24', { duration: undefined }, 'duration', 'duration or pov_target must be provided'],
  ['', { duration: 0 }, 'duration', 'duration out of range, must be [1,604800]'],
  ['', { duration: 604_801 }, 'duration', 'duration out of range, must be [1,604800]'],
  ['', { duration: 1.5 }, 'duration', 'duration must be an integer, was 1.5'],
  ['', { engine_passiveness: 1.1 }, 'engine_passiveness', 'engine_passiveness out of range, must be [0,1]'],
  ['OA-20', { schedule_discretion: 1.1 }, 'schedule_discretion', 'schedule_discretion out of range, must be [0,1]'],
  ['', { alpha_tilt: -1.1 }, 'alpha_tilt', 'alpha_tilt out of range, must be [-1,1]'],
  ['', { pov_limit: 0 }, 'pov_limit', 'pov_limit is a ratio within (0,1]'],
  ['', { pov_limit: 1.01 }, 'pov_limit', 'pov_limit is a ratio within (0,1]'],
  ['', { pov_limit: 0.1, pov_target: 0.2 }, 'pov_limit', 'pov_limit must be at least pov_target'],
  ['', { pov_target: 1.1 }, 'pov_target', 'pov_target is a ratio within (0,1]'],
  ['', { strategy: 'POV' }, 'pov_target', 'pov_target is required for POV'],
  ['', { strategy: 'POV', duration: undefined }, 'pov_target', 'pov_target is required for POV'],
  ['', { ...TARGET_TIME, pov_target: 0.1 }, 'pov_target', 'pov_target cannot be used with Target Time'],
  ['', { limit_price: 0 }, 'limit_price', 'limit_price must be greater than 0'],
  ['OA-25', { strategy: 'Limit' }, 'limit_price', 'limit_price is required for Limit'],
  ['', { strategy: 'IOC' }, 'limit_price', 'limit_price is required for IOC'],
  ['', { strategy: 'Limit', limit_price: '-1.0' }, 'limit_price', 'limit_price is required for Limit'],
  ['', { is_reverse_limit_price: true }, 'is_reverse_limit_price', 'is_reverse_limit_price needs limit_price'],
  [
    '',
    { is_reverse_limit_price: 'no' },
    'is_reverse_limit_price',
    "is_reverse_limit_price must be true or false, was 'no'",
  ],
  ['', { stop_price: 5 }, 'stop_price', 'stop_price is not supported'],
  ['', { order_condition: 5 }, 'order_condition', 'order_condition must be text, was 5'],
  ['', { order_condition: 'BTC-USDT@Binance >' }, 'order_condition', 'order_condition: unexpected end at 18'],
  [
    '',
    { order_condition: '1 < 2 AND BTC-USDT@Nowhere > 1' },
    'order_condition',
    "order_condition: unknown exchange 'Nowhere' at 10",
  ],
  [
    '',
    { order_condition: 'SOL-USDT@MockExchange > 1' },
    'order_condition',
    "order_condition: no pair 'SOL-USDT' on 'MockExchange' at 0",
  ],
  [
    '',
    { order_condition_expiry: '2099-01-01' },
    'order_condition_expiry',
    'order_condition_expiry needs order_condition',
  ],
  [
    '',
    { order_condition: '1 < 2', order_condition_expiry: '2026-03-02T10:15' },
    'order_condition_expiry',
    'order_condition_expiry must be in the future',
  ],
  [
    '',
    { order_condition: '1 < 2', order_condition_expiry: 'soon' },
    'order_condition_expiry',
    "order_condition_expiry must be an ISO-8601 time, was 'soon'",
  ],
  ['', { start_datetime: 'soon' }, 'start_datetime', "start_datetime must be an ISO-8601 time, was 'soon'"],
  ['', { start_datetime: '2026-04-02' }, 'start_datetime', 'start_datetime must be within 30 days'],
  ['', { strategy_params: [] }, 'strategy_params', 'strategy_params must be a dict'],
  [
    '',
    { strategy_params: { passive_only: 1 } },
    'strategy_params.passive_only',
    'passive_only must be true or false, was 1',
  ],
  [
    '',
    { strategy_params: { max_clip_size: 0 } },
    'strategy_params.max_clip_size',
    'max_clip_size must be greater than 0',
  ],
  [
    '',
    { strategy: 'Market', strategy_params: { passive_only: true } },
    'strategy_params.passive_only',
    'passive_only cannot be used with Market, which only takes',
  ],
  [
    '',
    { strategy_params: { reduce_only: true } },
    'strategy_params.reduce_only',
    "reduce_only is not supported by account 'mock' on spot pairs",
  ],
  [
    '',
    { strategy: 'IOC', limit_price: 3000, strategy_params: { passive_only: true } },
    'strategy_params.passive_only',
    'passive_only cannot be used with IOC, which only takes',
  ],
  [
    '',
    { pov_target: 0.1, strategy_params: { ool_pause: true } },
    'strategy_params.ool_pause',
    'ool_pause cannot be used with pov_target',
  ],
  [
    '',
    { strategy: 'POV', pov_target: 0.1, strategy_params: { strict_duration: true } },
    'strategy_params.strict_duration',
    'strict_duration cannot be used with POV',
  ],
  [
    '',
    { strategy: 'Market Maker', strategy_params: { strict_duration: true } },
    'strategy_params.strict_duration',
    'strict_duration cannot be used with Market Maker',
  ],
  ['', { strategy: 'Target Time' }, 'strategy_params.target_time', 'target_time is required for Target Time'],
  [
    '',
    { strategy: 'Target Time', strategy_params: { target_time: '2026-03-02T10:15:00Z' } },
    'strategy_params.target_time',
    'target_time must be in the future',
  ],
  [
    '',
    { strategy: 'Target Time', strategy_params: { target_time: 'noon' } },
    'strategy_params.target_time',
    "target_time must be an ISO-8601 time, was 'noon'",
  ],
  [
    '',
    { ...TARGET_TIME, strategy_params: { ...TARGET_TIME.strategy_params, interval_minutes: 1441 } },
    'strategy_params.interval_minutes',
    'interval_minutes out of range, must be [1,1440]',
  ],
  ['', { ...TARGET_TIME, duration: undefined }, 'duration', 'duration or interval_minutes must be provided'],
  ['', { notes: 'x'.repeat(1001) }, 'notes', 'notes must be at most 1000 characters'],
  ['', { notes: 'a\0b' }, 'notes', 'notes must hold whole characters other than U+0000'],
  ['', { notes: 'a\ud800b' }, 'notes', 'notes must hold whole characters other than U+0000'],
  ['', { custom_order_id: '\udc00' }, 'custom_order_id', 'custom_order_id must hold printable characters only'],
  ['', { custom_order_id: 'x'.repeat(65) }, 'custom_order_id', 'custom_order_id must be at most 64 characters'],
  ['', { custom_order_id: 'a\tb' }, 'custom_order_id', 'custom_order_id must hold printable characters only'],
  ['', { custom_order_id: 5 }, 'custom_order_id', 'custom_order_id must be text, was 5'],
  ['', { updated_leverage: 201 }, 'updated_leverage', 'updated_leverage out of range, must be [1,200]'],
  ['', { max_otc: -0.5 }, 'max_otc', 'max_otc must be a positive value'],
  ['', { pos_side: 'both' }, 'pos_side', "pos_side must be 'long' or 'short'"],
  ['', { market_type: 'perp' }, 'market_type', 'market_type does not match pair'],
  ['', { order_slices: 101 }, 'order_slices', 'order_slices out of range, must be [1,100]'],
];

describe('refusals', () => {
  it.each(REFUSALS)('%s refuses %j', (_, more, field, text) => {
    expect(refused(more)).toEqual({ [field]: [text] });
  });

  it('has a refusal for every field of the table', () => {
    const tried = new Set(REFUSALS.flatMap(([, more, field]) => [field.split('.')[0], ...Object.keys(more)]));
    expect(
      ORDER_FIELDS.map((field) => field.name).filter((name) => !tried.has(name) && name !== 'sell_token_amount'),
    ).toEqual([]);
  });

  it('finds all faults at once, the first of the table first', () => {
    const errors = refused({ order_slices: 0, side: 'x', accounts: ['a', 'b'], strategy: 'y' });
    expect(Object.entries(errors)).toEqual([
      ['accounts', ["unknown account 'a'", "unknown account 'b'"]],
      ['side', ["side must be 'buy' or 'sell'"]],
      ['strategy', ['unexpected strategy y']],
      ['order_slices', ['order_slices out of range, must be [1,100]']],
    ]);
  });
});

describe('what is accepted', () => {
  it('reads P with its defaults', () => {
    const order = accepted({});
    expect({
      ...order,
      orderQty: order.orderQty.toFixed(),
      passiveness: order.passiveness.toFixed(),
      discretion: order.discretion.toFixed(),
    }).toMatchObject({
      accounts: [MOCK],
      pair: 'ETH-USDT',
      marketType: 'spot',
      side: 'buy',
      algorithm: 'twap',
      sizing: 'base',
      orderQty: '5',
      durationMs: 300_000,
      passiveness: '0.02',
      discretion: '0.08',
      limitPrice: null,
      startAt: null,
      notes: '',
      customOrderId: '',
      updatedLeverage: null,
      maxOtc: null,
      posSide: null,
      warnings: [],
    });
  });

  it.each([
    ['buy', 'sell_token_amount', 'quote'],
    ['sell', 'sell_token_amount', 'base'],
    ['buy', 'quote_asset_qty', 'quote'],
    ['sell', 'base_asset_qty', 'base'],
  ])('sizes a %s by %s in %s', (side, field, sizing) => {
    expect(accepted({ side, base_asset_qty: undefined, [field]: 7 }).sizing).toBe(sizing);
  });

  it.each([
    ['OA-17', '10', '10'],
    ['', '1.5e3', '1500'],
    ['', '0.1234567890123456789', '0.123456789012345678'],
    ['', '99999999999999999999.999999999999999999', '99999999999999999999.999999999999999999'],
  ])('%s reads the quantity %s as %s', (_, given, qty) => {
    expect(accepted({ base_asset_qty: given }).orderQty.toFixed()).toBe(qty);
  });

  it('OA-26 takes a strategy by name, UUID in any case, or preset', () => {
    expect(accepted({ strategy: '6FE4BA3E-C578-45BD-824C-C523BF3C56DE' }).algorithm).toBe('twap');
    const preset = accepted({ strategy: 'Time Constant' }).chosen;
    expect([preset.strategy.name, preset.superStrategy]).toEqual(['TWAP', 'Time Constant']);
  });

  it.each(STRATEGIES.flatMap((s) => [[s.name, s] as const, [s.id, s] as const]))('takes the strategy %s', (text, s) => {
    const more = { TWAP: {}, POV: { pov_target: 0.1 }, 'Target Time': TARGET_TIME }[s.name] ?? { limit_price: 3000 };
    const { algorithm, chosen } = accepted({ ...more, strategy: text });
    expect([algorithm, chosen.superStrategy]).toEqual([s.algorithm, 'Standard']);
  });

  it.each([
    ['Time Constant', 'twap'],
    ['Impact Minimization', 'vwap'],
    ['Market Maker', 'vwap'],
    ['Target Participation Rate', 'pov'],
  ])('takes the preset %s as %s', (preset, algorithm) => {
    const order = accepted({ strategy: preset, ...(algorithm === 'pov' ? { pov_target: 0.1 } : {}) });
    expect([order.algorithm, order.chosen.superStrategy]).toEqual([algorithm, preset]);
  });

  it('OA-23 derives the duration from pov_target; a given one is its ceiling', () => {
    const derived = accepted({ pov_target: '0.1', duration: undefined });
    expect([derived.povTarget?.toFixed(), derived.durationMs]).toEqual(['0.1', null]);
    expect(accepted({ pov_target: 0.1, pov_limit: 0.1 }).durationMs).toBe(300_000);
    expect(accepted({ pov_target: 0.1, alpha_tilt: 1 }).warnings).toEqual(['alpha_tilt has no effect with pov_target']);
  });

  it('places the window of a Target Time order round its time', () => {
    const at = (hour: number, minute: number): number => Date.UTC(2026, 2, 2, hour, minute) * 1000;
    const plain = accepted(TARGET_TIME);
    expect([plain.strategyParams.targetTime, plain.durationMs, plain.startAt]).toEqual([
      at(11, 0),
      300_000,
      at(10, 57) + 30_000_000,
    ]);
    const interval = { target_time: '2026-03-02T11:00:00Z', interval_minutes: '60' };
    const wide = accepted({ ...TARGET_TIME, duration: undefined, strategy_params: interval });
    expect([wide.durationMs, wide.startAt]).toEqual([3_600_000, at(10, 30)]);
    expect(accepted({ ...TARGET_TIME, strategy_params: interval }).durationMs).toBe(3_600_000);
    const late = accepted({ ...TARGET_TIME, start_datetime: '2026-03-02T10:45:00Z', strategy_params: interval });
    expect(late.startAt).toBe(at(10, 45));
    expect(accepted({ ...TARGET_TIME, duration: 86_400 }).startAt).toBeNull();
    expect(accepted({ strategy_params: interval }).warnings).toEqual([
      "unknown field 'strategy_params.target_time' was ignored",
      "unknown field 'strategy_params.interval_minutes' was ignored",
    ]);
  });

  it('reads tilt, cap, reverse limit, slices, leverage and position side', () => {
    const order = accepted({
      pair: 'ETH:PERP-USDT',
      alpha_tilt: -0.5,
      pov_limit: '0.25',
      limit_price: 3000,
      is_reverse_limit_price: true,
      updated_leverage: '5',
      pos_side: 'short',
      strategy_params: { reduce_only: true },
    });
    expect([order.alphaTilt.toFixed(), order.povLimit?.toFixed(), order.isReverseLimit]).toEqual([
      '-0.5',
      '0.25',
      true,
    ]);
    expect([order.updatedLeverage, order.posSide, order.strategyParams.reduceOnly]).toEqual([5, 'short', true]);
    expect(accepted({ order_slices: 7 }).orderSlices).toBeNull();
    expect(accepted({ strategy: 'Iceberg', order_slices: 7 }).orderSlices).toBe(7);
    expect(accepted({ strategy: 'Iceberg' }).orderSlices).toBe(5);
  });

  it('takes an account by name or id, once', () => {
    expect(accepted({ accounts: ['mock', MOCK.id.toUpperCase(), 'mock', null] }).accounts).toEqual([MOCK]);
    expect(accepted({ accounts: Array(17).fill('mock') }).accounts).toEqual([MOCK]);
    expect(refused({ accounts: [...Array<string>(17).fill('mock'), 'nope', 'nope'] })).toEqual({
      accounts: ["unknown account 'nope'"],
    });
  });

  it('reads times with and without an offset, and starts at once when they are past', () => {
    expect(accepted({ start_datetime: '2026-03-02T12:16:00.5+02:00' }).startAt).toBe(
      Date.UTC(2026, 2, 2, 10, 16) * 1000 + 500_000,
    );
    expect(accepted({ start_datetime: '2026-03-03' }).startAt).toBe(Date.UTC(2026, 2, 3) * 1000);
    const past = accepted({ start_datetime: '2026-03-02T10:14:59Z' });
    expect([past.startAt, past.warnings]).toEqual([null, ['start_datetime is in the past, the order starts now']]);
  });

  it.each([
    ['OA-19', { schedule_discretion: 0 }, 'schedule_discretion below 0.02 works as 0.02'],
    ['OA-20', { schedule_discretion: 0.8 }, 'schedule_discretion above 0.5 leaves the schedule little meaning'],
    ['OA-21', { strategy_params: { asdf: 1 } }, "unknown field 'strategy_params.asdf' was ignored"],
    ['OA-22', { foo: 1 }, "unknown field 'foo' was ignored"],
    ['', { max_otc: 50 }, 'max_otc has no effect: no over-the-counter venue is connected'],
    ['', { pos_side: 'long' }, 'pos_side is ignored for spot pairs'],
    ['', { updated_leverage: '5' }, 'updated_leverage is ignored for spot pairs'],
    ['', { strategy_params: { dicy: true } }, 'strategy_params.dicy has no effect'],
    [
      '',
      { ...LIMIT, strategy_params: { ool_pause: true } },
      'strategy_params.ool_pause has no effect with Limit, which has no plan',
    ],
    [
      '',
      { strategy: 'Iceberg', order_slices: 3, duration: undefined, strategy_params: { strict_duration: true } },
      'strategy_params.strict_duration has no effect with Iceberg, which has no plan',
    ],
  ])('%s warns once of %j', (_, more, warning) => {
    expect(accepted(more).warnings).toEqual([warning]);
  });

  it('OA-21 shows again only the parameters it knows', () => {
    const { strategyParams } = accepted({ strategy_params: { asdf: 1, strict_duration: true, ool_pause: false } });
    expect(strategyParams).toEqual({
      passiveOnly: false,
      activeLimit: false,
      strictDuration: true,
      oolPause: false,
      maxClipNotional: null,
      reduceOnly: false,
      targetTime: null,
      intervalMinutes: null,
      echo: { strict_duration: true, ool_pause: false },
    });
  });

  it('lets simple strategies ignore the fields of a trajectory', () => {
    const order = accepted({
      ...LIMIT,
      duration: 'x',
      start_datetime: 'x',
      engine_passiveness: 9,
      schedule_discretion: 9,
      alpha_tilt: 9,
      pov_target: 9,
      pov_limit: 9,
    });
    expect([order.durationMs, order.startAt, order.warnings]).toEqual([null, null, []]);
    expect([order.passiveness.toFixed(), order.discretion.toFixed()]).toEqual(['0.02', '0.08']);
  });

  it('OA-18 takes nulls as absent, at any depth', () => {
    expect(accepted({ limit_price: null, foo: null, strategy_params: { passive_only: null } })).toEqual(
      accepted({ strategy_params: {} }),
    );
  });

  it('names unknown fields without what could not be stored, and not thousands of them', () => {
    expect(accepted({ 'a\0b\ud800': 1 }).warnings).toEqual(["unknown field 'a?b?' was ignored"]);
    const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`f${i}`, i]));
    const { warnings } = accepted({ ...many, strategy_params: { x: 1 } });
    expect([warnings.length, warnings[0], warnings.at(-1)]).toEqual([
      51,
      "unknown field 'strategy_params.x' was ignored",
      '1951 more unknown fields were ignored',
    ]);
  });

  it('takes -1 as no price', () => {
    expect(accepted({ limit_price: -1, stop_price: '-1.00000000000000000000' }).limitPrice).toBeNull();
  });
});
