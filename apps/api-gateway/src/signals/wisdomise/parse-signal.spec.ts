import { describe, expect, it } from '@jest/globals';
import type { WantedPosition } from '#domain';
import {
  CLOSE_ITEM,
  GATED_LIMIT_ITEM,
  LEGACY,
  OPEN_ITEM,
  SAMPLE,
} from '../../../../../test/support/wisdomise-samples.js';
import { readSignalBody, requireFields } from '../common/signal-body.js';
import { parseWisdomiseSignal } from './parse-signal.js';

const SOL = { base: 'SOL', quote: 'USDT' };
const BTC = { base: 'BTC', quote: 'USDT' };
const futures = { market: 'FUTURES', symbols: [SOL, BTC], defaultQuote: 'USDT' } as const;
const spot = { ...futures, market: 'SPOT' } as const;

function parse(body: unknown, terms: typeof futures | typeof spot = futures) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const read = readSignalBody(new TextEncoder().encode(text));
  const fields = read.ok ? requireFields(read.value) : read;
  if (!fields.ok) throw new Error(fields.error.message);
  return parseWisdomiseSignal(fields.value, terms);
}

/** What is compared: decimals as texts. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

function wanted(body: unknown, terms: typeof futures | typeof spot = futures): WantedPosition {
  const parsed = parse(body, terms);
  if (!parsed.ok) throw new Error(parsed.error.message);
  if (parsed.value.intent.action !== 'open') throw new Error('not an open');
  return parsed.value.intent.wanted;
}

const faultOf = (body: unknown, terms: typeof futures | typeof spot = futures): [string, string] => {
  const parsed = parse(body, terms);
  return parsed.ok ? ['accepted', ''] : [parsed.error.reason, parsed.error.message];
};

const open = (more: Record<string, unknown> = {}) => ({
  action: 'open',
  pair: 'SOL/USDT',
  position: { type: 'long' },
  open_orders: { items: [{ key: 'in-1' }] },
  ...more,
});
const items = (...list: Record<string, unknown>[]) => open({ open_orders: { items: list } });
const closes = (name: 'take_profit' | 'stop_loss', ...list: Record<string, unknown>[]) => open({ [name]: list });

describe('a Wisdomise open', () => {
  it('reads the sample of the contract', () => {
    const parsed = parse(SAMPLE);
    expect(parsed.ok && parsed.value.pair).toBe('SOL-USDT');
    expect(parsed.ok && parsed.value.warnings).toEqual([]);
    expect(plain(wanted(SAMPLE))).toEqual({
      side: 'long',
      leverage: '3',
      openItems: [
        { key: 'in-1', gate: null, amount: '0.5', orderType: 'market', limitPrice: null, expiresAt: null },
        {
          key: 'in-2',
          gate: { op: '<=', price: '141.5' },
          amount: '0.3',
          orderType: 'limit',
          limitPrice: '141',
          expiresAt: null,
        },
        {
          key: 'in-3',
          gate: { op: '<=', price: '138' },
          amount: '0.2',
          orderType: 'market',
          limitPrice: null,
          expiresAt: null,
        },
      ],
      closeItems: [
        { key: 'tp-1', kind: 'take_profit', ratio: '0.4', trigger: { kind: 'exact', price: '158' } },
        { key: 'tp-2', kind: 'take_profit', ratio: '1', trigger: { kind: 'ratio', ratio: '1.12' } },
        { key: 'sl-1', kind: 'stop_loss', ratio: '1', trigger: { kind: 'exact', price: '131' } },
      ],
      orderExpiresAt: Date.parse('2026-03-02T10:00:00.000Z'),
      actionExpiresAt: Date.parse('2026-03-02T09:30:00.000Z'),
    });
  });

  it('SA-1 SA-2 SA-5 reads the sample conditions', () => {
    const read = plain(
      wanted(open({ open_orders: [OPEN_ITEM, { ...GATED_LIMIT_ITEM, amount: 0.5 }], take_profit: [CLOSE_ITEM] })),
    );
    expect(read).toMatchObject({
      openItems: [
        { gate: null, amount: '0.5', orderType: 'market' },
        { gate: { op: '<=', price: '50000' }, amount: '0.5', orderType: 'limit', limitPrice: '58078' },
      ],
      closeItems: [{ ratio: '0.5', trigger: { kind: 'exact', price: '59313.04492' } }],
    });
  });

  it('has the defaults of the contract', () => {
    expect(plain(wanted(open()))).toEqual({
      side: 'long',
      leverage: '1',
      openItems: [{ key: 'in-1', gate: null, amount: '1', orderType: 'market', limitPrice: null, expiresAt: null }],
      closeItems: [],
      orderExpiresAt: null,
      actionExpiresAt: null,
    });
    const nulls = open({
      leverage: null,
      position: { type: 'SHORT', order_expires_at: null, suggested_action_expires_at: null },
      open_orders: [{ key: 'in-1', condition: null, amount: null, order_type: null, price: null, applied: true }],
      take_profit: null,
      stop_loss: { items: null },
      comment: 'unknown fields are ignored',
    });
    expect(plain(wanted(nulls))).toEqual({ ...(plain(wanted(open())) as object), side: 'short' });
  });

  it('SA-27 reads bare arrays, texts for numbers and any symbol as the canonical form', () => {
    const loose = {
      action: 'open',
      pair: 'solusdt',
      leverage: '3',
      position: { ...SAMPLE.position, type: 'Long', order_expires_at: 1772445600 },
      open_orders: SAMPLE.open_orders.items.map((item) => ({ ...item, amount: String(item.amount) })),
      take_profit: SAMPLE.take_profit.items.map((item) => ({ ...item, amount_ratio: String(item.amount_ratio) })),
      stop_loss: [{ key: 'sl-1', amount_ratio: '1.0', price_exact: '131.00' }],
    };
    loose.open_orders[1] = { ...loose.open_orders[1], price: 141 } as never;
    expect(plain(parse(loose))).toEqual(plain(parse(SAMPLE)));
  });

  it('SA-6 needs an entry', () => {
    const fault = ['rejected_schema', 'open_orders: must have at least one item'];
    expect(faultOf(open({ open_orders: [] }))).toEqual(fault);
    expect(faultOf(open({ open_orders: { items: [] } }))).toEqual(fault);
    expect(faultOf(open({ open_orders: null }))).toEqual(fault);
    expect(faultOf(open({ open_orders: [], position: { type: 'long', order_type: 'market' } }))).toEqual(fault);
  });

  it('SA-7 SA-8 adds amounts up to 1, give or take what floats lose', () => {
    expect(faultOf(items({ key: 'a', amount: 0.6 }, { key: 'b', amount: 0.5 }))).toEqual([
      'rejected_schema',
      'open_orders: amounts must add up to at most 1, was 1.1',
    ]);
    const tenths = Array.from({ length: 7 }, (_, at) => ({ key: `k${at}`, amount: 0.1 }));
    expect(faultOf(items(...tenths, { key: 'rest', amount: 0.30000000000000004 }))[0]).toBe('accepted');
    expect(faultOf(items({ key: 'a', amount: '0.5' }, { key: 'b', amount: '0.500000001' }))[0]).toBe('accepted');
    expect(faultOf(items({ key: 'a', amount: '0.5' }, { key: 'b', amount: '0.5000000011' }))[0]).toBe(
      'rejected_schema',
    );
  });

  it('SA-9 needs the price of a limit, and names the item', () => {
    const limit = { key: 'b', amount: 0.4, order_type: 'limit' };
    const fault = ['rejected_schema', 'open_orders[1]: limit needs price.value'];
    expect(faultOf(items({ key: 'a', amount: 0.6 }, limit))).toEqual(fault);
    expect(faultOf(items({ key: 'a', amount: 0.6 }, { ...limit, price: {} }))).toEqual(fault);
    expect(faultOf(items({ key: 'a', amount: 0.6 }, { ...limit, price: { value: 0 } }))).toEqual([
      'rejected_schema',
      'open_orders[1].price.value: must be > 0, was 0',
    ]);
  });

  it('SA-15 takes an amount of 0', () => {
    expect(plain(wanted(items({ key: 'a', amount: 0 }, { key: 'b', amount: 1 })).openItems)).toMatchObject([
      { amount: '0' },
      { amount: '1' },
    ]);
  });

  it('SA-21 refuses ratios that were meant as percent, and two prices', () => {
    const at = (more: object) => closes('stop_loss', { key: 'sl', amount_ratio: 1, ...more });
    expect(faultOf(at({ price_ratio: 0.05 }))).toEqual([
      'rejected_schema',
      'stop_loss[0].price_ratio: must be >= 0.5 and <= 2, a multiple of the average entry, was 0.05',
    ]);
    expect(faultOf(at({ price_ratio: 0.95, price_exact: 90 }))).toEqual([
      'rejected_schema',
      'stop_loss[0]: must have exactly one of price_exact and price_ratio, had both',
    ]);
    expect(faultOf(at({}))[1]).toBe('stop_loss[0]: must have exactly one of price_exact and price_ratio, had none');
    expect([at({ price_ratio: 0.5 }), at({ price_ratio: 2 })].map((body) => faultOf(body)[0])).toEqual([
      'accepted',
      'accepted',
    ]);
  });

  it('SA-22 has neither shorts nor leverage on spot', () => {
    expect(faultOf(open({ position: { type: 'short' } }), spot)).toEqual([
      'rejected_side',
      "position.type: must be long for SPOT, was 'short'",
    ]);
    expect(faultOf(open({ leverage: { value: 2 } }), spot)).toEqual([
      'rejected_schema',
      'leverage.value: must be 1 for SPOT, was 2',
    ]);
    expect(wanted(open({ leverage: { value: 1 } }), spot).leverage?.toFixed()).toBe('1');
  });

  it('wants a take-profit by ratio on the profit side', () => {
    const at = (type: string, ratio: number) => ({
      ...closes('take_profit', { key: 'tp', amount_ratio: 1, price_ratio: ratio }),
      position: { type },
    });
    expect(faultOf(at('long', 1))[1]).toBe('take_profit[0].price_ratio: must be > 1, the profit side of a long, was 1');
    expect(faultOf(at('short', 1.1))[1]).toBe(
      'take_profit[0].price_ratio: must be < 1, the profit side of a short, was 1.1',
    );
    expect([faultOf(at('long', 1.1))[0], faultOf(at('short', 0.9))[0]]).toEqual(['accepted', 'accepted']);
  });

  it('SA-49 refuses a symbol that the strategy does not trade', () => {
    expect(faultOf(open({ pair: 'DOGE/USDT' }))).toEqual(['rejected_symbol', 'DOGEUSDT is not in this strategy']);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no action', open({ action: undefined }), 'action: is required'],
    ['another action', open({ action: 'reverse' }), "action: must be open, update or close, was 'reverse'"],
    ['no pair', open({ pair: undefined }), 'pair: is required'],
    ['an empty pair', open({ pair: ' ' }), "pair: must have 1 to 64 characters, was ' '"],
    ['a pair of another type', open({ pair: 5 }), 'pair: must be text, was 5'],
    ['leverage 0', open({ leverage: { value: 0 } }), 'leverage.value: must be >= 1 and <= 125, was 0'],
    ['leverage 126', open({ leverage: 126 }), 'leverage: must be >= 1 and <= 125, was 126'],
    ['no type', open({ position: {} }), 'position.type: is required'],
    ['no position', open({ position: undefined }), 'position.type: is required'],
    ['a position that is none', open({ position: 'long' }), "position: must be an object, was 'long'"],
    ['another type', open({ position: { type: 'buy' } }), "position.type: must be long or short, was 'buy'"],
    [
      'a time that is none',
      open({ position: { type: 'long', order_expires_at: 'soon' } }),
      "position.order_expires_at: must be a time, ISO-8601 or epoch seconds or milliseconds, was 'soon'",
    ],
    ['a list that is none', open({ open_orders: 5 }), 'open_orders: must be a list, bare or as items, was 5'],
    ['items that are none', open({ take_profit: { items: 'x' } }), "take_profit.items: must be a list, was 'x'"],
    ['an item that is none', open({ open_orders: [7] }), 'open_orders[0]: must be an object, was 7'],
    ['a null item', open({ stop_loss: [null] }), 'stop_loss[0]: is required'],
    ['no key', items({}), 'open_orders[0].key: is required'],
    ['an empty key', items({ key: '' }), "open_orders[0].key: must have 1 to 64 characters, was ''"],
    ['a key of another type', items({ key: 1 }), 'open_orders[0].key: must be text, was 1'],
    [
      'a long key',
      items({ key: 'k'.repeat(65) }),
      `open_orders[0].key: must have 1 to 64 characters, was '${'k'.repeat(65)}'`,
    ],
    [
      'a key twice',
      items({ key: 'a', amount: 0.1 }, { key: 'a', amount: 0.1 }),
      "open_orders[1].key: must be unique, item 0 has it already, was 'a'",
    ],
    [
      'an amount missing beside others',
      items({ key: 'a', amount: 0.1 }, { key: 'b' }),
      'open_orders[1].amount: is required',
    ],
    ['an amount above 1', items({ key: 'a', amount: 1.5 }), 'open_orders[0].amount: must be >= 0 and <= 1, was 1.5'],
    ['an amount below 0', items({ key: 'a', amount: -0.1 }), 'open_orders[0].amount: must be >= 0 and <= 1, was -0.1'],
    [
      'another order type',
      items({ key: 'a', order_type: 'stop' }),
      "open_orders[0].order_type: must be market or limit, was 'stop'",
    ],
    [
      'another condition',
      items({ key: 'a', condition: { type: 'false' } }),
      "open_orders[0].condition.type: must be true or compare, was 'false'",
    ],
    ['a condition without type', items({ key: 'a', condition: {} }), 'open_orders[0].condition.type: is required'],
    [
      'a condition as text',
      items({ key: 'a', condition: 'true' }),
      "open_orders[0].condition: must be an object, was 'true'",
    ],
    [
      'another operator',
      items({ key: 'a', condition: { type: 'compare', op: '>', left: 'price', right: 1 } }),
      "open_orders[0].condition.op: must be >= or <=, was '>'",
    ],
    [
      'another left side',
      items({ key: 'a', condition: { type: 'compare', op: '>=', left: 'volume', right: 1 } }),
      "open_orders[0].condition.left: must be price, was 'volume'",
    ],
    [
      'no right side',
      items({ key: 'a', condition: { type: 'compare', op: '>=', left: 'price' } }),
      'open_orders[0].condition.right: is required',
    ],
    [
      'a right side of 0',
      items({ key: 'a', condition: { type: 'compare', op: '>=', left: 'price', right: 0 } }),
      'open_orders[0].condition.right: must be > 0, was 0',
    ],
    ['no ratio', closes('take_profit', { key: 'a', price_exact: 5 }), 'take_profit[0].amount_ratio: is required'],
    [
      'a ratio of 0',
      closes('take_profit', { key: 'a', amount_ratio: 0, price_exact: 5 }),
      'take_profit[0].amount_ratio: must be > 0 and <= 1, was 0',
    ],
    [
      'a price of 0',
      closes('take_profit', { key: 'a', amount_ratio: 1, price_exact: 0 }),
      'take_profit[0].price_exact: must be > 0, was 0',
    ],
    ['an old stop without a price', open({ stop_loss: { price: {} } }), 'stop_loss.price.value: is required'],
  ])('refuses %s', (_, body, message) => {
    expect(faultOf(body)).toEqual(['rejected_schema', message]);
  });

  it('lets the same key stand in another list', () => {
    const body = open({
      open_orders: [{ key: 'x' }],
      take_profit: [{ key: 'x', amount_ratio: 1, price_exact: 5 }],
      stop_loss: [{ key: 'x', amount_ratio: 1, price_exact: 4 }],
    });
    expect(faultOf(body)[0]).toBe('accepted');
  });
});

describe('older Wisdomise bodies', () => {
  it('become one item each', () => {
    expect(plain(wanted(LEGACY))).toMatchObject({
      openItems: [{ key: 'legacy-open', gate: null, amount: '1', orderType: 'limit', limitPrice: '60000' }],
      closeItems: [
        { key: 'legacy-tp', kind: 'take_profit', ratio: '1', trigger: { kind: 'exact', price: '55000' } },
        { key: 'legacy-sl', kind: 'stop_loss', ratio: '1', trigger: { kind: 'exact', price: '63000' } },
      ],
    });
  });

  it('name their place when the limit has no price', () => {
    expect(faultOf({ ...LEGACY, position: { type: 'short', order_type: 'limit' } })).toEqual([
      'rejected_schema',
      'position: limit needs price.value',
    ]);
  });

  it('yield to lists', () => {
    const items = [{ key: 'b', amount_ratio: 0.5, price_exact: 64000 }];
    const both = { ...LEGACY, stop_loss: { price: 63000, items } };
    expect(wanted(both).closeItems.map(({ key }) => key)).toEqual(['legacy-tp', 'b']);
    expect(wanted({ ...LEGACY, open_orders: [{ key: 'a' }] }).openItems.map(({ key }) => key)).toEqual(['a']);
  });
});

describe('a Wisdomise update', () => {
  it('keeps what it does not name', () => {
    expect(parse({ action: 'update', pair: 'BTC' })).toEqual({
      ok: true,
      value: {
        pair: 'BTC-USDT',
        warnings: [],
        intent: {
          action: 'update',
          side: null,
          leverage: null,
          openItems: [],
          closeItems: [],
          orderExpiresAt: null,
          actionExpiresAt: null,
        },
      },
    });
  });

  it('SA-13 carries triggered items as they came', () => {
    const update = {
      ...SAMPLE,
      action: 'update',
      open_orders: [{ ...SAMPLE.open_orders.items[0], amount: 0.30000000000000004, applied: true, applied_at: 'x' }],
    };
    const parsed = parse(update);
    expect(parsed.ok && plain(parsed.value.intent)).toMatchObject({
      action: 'update',
      side: 'long',
      leverage: '3',
      openItems: [{ key: 'in-1', amount: '0.30000000000000004' }],
      actionExpiresAt: Date.parse('2026-03-02T09:30:00.000Z'),
    });
  });

  it('adds up amounts, and knows spot, as an open does', () => {
    const update = { ...items({ key: 'a', amount: 0.6 }, { key: 'b', amount: 0.5 }), action: 'update' };
    expect(faultOf(update)[0]).toBe('rejected_schema');
    expect(faultOf({ action: 'update', pair: 'BTC', position: { type: 'short' } }, spot)[0]).toBe('rejected_side');
  });
});

describe('a Wisdomise close', () => {
  it('looks at nothing but the pair', () => {
    const close = {
      action: 'close',
      pair: 'SOL',
      position: { type: 'up' },
      leverage: 'x',
      open_orders: 5,
      stop_loss: [1],
    };
    expect(parse(close, spot)).toEqual({
      ok: true,
      value: { pair: 'SOL-USDT', intent: { action: 'close', side: null }, warnings: [] },
    });
  });
});

it('warns of a price that a market order does not use', () => {
  const parsed = parse(items({ key: 'a', price: { value: 5 } }));
  expect(parsed.ok && parsed.value.warnings).toEqual(['open_orders[0]: price is ignored, the order is a market order']);
});
