import { describe, expect, it } from '@jest/globals';
import type { AccountId, VenueId } from '#domain';
import { parseJsonBody, priceSources } from '#order-intake';
import type { EpochMicros } from '#persistence';
import { parseChainRequest, type ChainRequest } from './chain-request.js';

const CONTEXT = {
  now: (Date.UTC(2026, 2, 2, 10, 15) * 1000) as EpochMicros,
  accounts: [
    {
      id: 'ea4ceaee-1b63-425e-9525-00e7c3c31443' as AccountId,
      name: 'mock',
      venue: 'sim' as VenueId,
      exchange: 'MockExchange',
      isArchived: false,
      routes: [],
    },
  ],
  prices: priceSources([], []),
};
/** As the public client writes it: what all share at the top, nulls in the members. */
const FLAT = { accounts: ['mock'], duration: 300, strategy: 'TWAP', schedule_discretion: 0.1 };
const BUY = { pair: 'ETH-USDT', side: 'buy', base_asset_qty: '5', quote_asset_qty: null, priority: 1 };
const SELL = { pair: 'BTC-USDT', side: 'sell', base_asset_qty: null, quote_asset_qty: '600', priority: 2 };
const { priority: _, ...ORDER } = BUY;

function parse(body: object): ReturnType<typeof parseChainRequest> {
  const parsed = parseJsonBody(new TextEncoder().encode(JSON.stringify(body)));
  if (!parsed.ok) throw new Error(parsed.error.text);
  return parseChainRequest(parsed.value, CONTEXT);
}
function accepted(body: object): ChainRequest {
  const parsed = parse(body);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}
const refused = (body: object): unknown => {
  const parsed = parse(body);
  return parsed.ok ? 'accepted' : parsed.error;
};

describe('members whose fields stand beside their priority', () => {
  it('take what they lack from the top of the body', () => {
    const { members, warnings } = accepted({ ...FLAT, orders_in_chain: [BUY, { ...SELL, duration: 60 }] });
    expect(
      members.map(({ priority, prefix, order }) => [
        ...[priority, prefix, order.pair, order.side, order.sizing, order.durationMs, order.discretion.toFixed()],
        order.accounts.map(({ name }) => name),
      ]),
    ).toEqual([
      [1, 'orders_in_chain[0].', 'ETH-USDT', 'buy', 'base', 300_000, '0.1', ['mock']],
      [2, 'orders_in_chain[1].', 'BTC-USDT', 'sell', 'quote', 60_000, '0.1', ['mock']],
    ]);
    expect(warnings).toEqual([]);
  });

  it('may stand beside members with an order request, which share nothing', () => {
    const nested = { priority: 2, order_request: { ...FLAT, ...ORDER, duration: 60 } };
    const { members } = accepted({ ...FLAT, orders_in_chain: [BUY, nested] });
    expect(members.map(({ order }) => order.durationMs)).toEqual([300_000, 60_000]);
    expect(refused({ ...FLAT, orders_in_chain: [BUY, { priority: 2, order_request: ORDER }] })).toMatchObject({
      'orders_in_chain[1].order_request.accounts': ['accounts must be a non-empty list'],
    });
  });

  it('are at fault where the fault stands, and once for what they share', () => {
    expect(refused({ ...FLAT, strategy: 'asdf', orders_in_chain: [BUY, { ...SELL, side: 'up' }] })).toEqual({
      strategy: ['unexpected strategy asdf'],
      'orders_in_chain[1].side': ["side must be 'buy' or 'sell'"],
    });
    expect(refused({ ...FLAT, accounts: null, orders_in_chain: [BUY, { ...SELL, priority: null }] })).toEqual({
      'orders_in_chain[0].accounts': ['accounts must be a non-empty list'],
      'orders_in_chain[1].priority': ['priority is required'],
      'orders_in_chain[1].accounts': ['accounts must be a non-empty list'],
    });
  });
});

it.each(['order_condition', 'order_condition_expiry', 'start_datetime'])(
  'refuses %s for the chain and inside',
  (name) => {
    const given = { [name]: '2099-01-01T00:00:00Z' };
    expect(refused({ ...FLAT, ...given, orders_in_chain: [BUY, SELL] })).toEqual({
      [name]: [`${name} is not supported for chains`],
    });
    expect(refused({ ...FLAT, orders_in_chain: [BUY, { ...SELL, ...given }] })).toEqual({
      [`orders_in_chain[1].${name}`]: [`${name} is not supported inside a chain`],
    });
  },
);

it('refuses an id that two members have, whatever their shape', () => {
  const named = { ...BUY, custom_order_id: 'a' };
  const nested = { priority: 2, order_request: { ...FLAT, ...ORDER, custom_order_id: 'a' } };
  const none = { ...SELL, custom_order_id: '' };
  expect(refused({ ...FLAT, orders_in_chain: [none, named, none, nested] })).toEqual({
    'orders_in_chain[3].order_request.custom_order_id': [
      "custom_order_id must be unique, 'a' is that of orders_in_chain[1]",
    ],
  });
  expect(accepted({ ...FLAT, orders_in_chain: [named, { ...named, custom_order_id: 'b' }] }).members).toHaveLength(2);
});

it('names what it ignores', () => {
  const orders = [
    { priority: 1, order_request: { ...FLAT, ...ORDER } },
    { priority: 1, order_request: { ...FLAT, ...ORDER }, foo: 1 },
  ];
  expect(accepted({ ...FLAT, exposure_tolerance: 0.5, orders_in_chain: orders }).warnings).toEqual(
    [
      ...['accounts', 'duration', 'strategy', 'schedule_discretion', 'exposure_tolerance'],
      'orders_in_chain[1].foo',
    ].map((name) => `unknown field '${name}' was ignored`),
  );
  expect(refused({ orders_in_chain: [{ priority: 1 }, BUY] })).toMatchObject({
    'orders_in_chain[0].order_request': ['order_request must be an object'],
  });
});
