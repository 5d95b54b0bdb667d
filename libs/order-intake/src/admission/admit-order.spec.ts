import { expect, it } from '@jest/globals';
import {
  decimal,
  notional,
  price,
  quantity,
  type AccountId,
  type Instrument,
  type ParentOrderId,
  type TenantId,
  type UserId,
  type VenueId,
} from '#domain';
import type { EpochMicros, VenueAccount } from '#persistence';
import type { OrderRequest } from '../request/order-request.js';
import { findStrategy } from '../request/strategies.js';
import { admitOrder } from './admit-order.js';
import { readEcho } from './request-echo.js';

const NOW = (Date.UTC(2026, 2, 2, 10, 15) * 1000 + 211) as EpochMicros;
const account = (name: string, venue: string): VenueAccount => ({
  id: name as AccountId,
  name,
  venue: venue as VenueId,
  exchange: 'MockExchange',
  isArchived: false,
  routes: [{ accountId: name as AccountId, venue: venue as VenueId }],
});
const ETH: Instrument = {
  venue: 'sim' as VenueId,
  symbol: 'ETHUSDT',
  pair: 'ETH-USDT',
  marketType: 'spot',
  base: 'ETH',
  quote: 'USDT',
  tick: price('0.01'),
  lot: quantity('0.0001'),
  minQty: quantity('0.001'),
  minNotional: notional('5'),
  status: 'trading',
};
const REQUEST: OrderRequest = {
  accounts: [account('mock', 'sim')],
  pair: 'ETH-USDT',
  marketType: 'spot',
  side: 'buy',
  chosen: findStrategy('TWAP')!,
  algorithm: 'twap',
  sizing: 'base',
  orderQty: decimal('5'),
  durationMs: 300_000,
  passiveness: decimal('0.02'),
  discretion: decimal('0'),
  alphaTilt: decimal('0'),
  povLimit: null,
  povTarget: null,
  limitPrice: null,
  isReverseLimit: false,
  startAt: null,
  condition: null,
  conditionExpiry: null,
  strategyParams: {
    passiveOnly: false,
    activeLimit: false,
    strictDuration: false,
    oolPause: false,
    maxClipNotional: null,
    reduceOnly: false,
    targetTime: null,
    intervalMinutes: null,
    echo: {},
  },
  notes: '',
  customOrderId: '',
  updatedLeverage: null,
  maxOtc: null,
  posSide: null,
  orderSlices: null,
  warnings: [],
};
const IDENTITY = {
  id: 'order' as ParentOrderId,
  tenantId: 'tenant' as TenantId,
  userId: '2' as UserId,
  traceId: 'trace',
  settingsVersion: 1,
};

interface Market {
  readonly mid?: string | null;
  readonly ageMs?: number;
  readonly instruments?: readonly Instrument[];
}

function admit(more: Partial<OrderRequest>, { mid = '3012.40', ageMs = 0, instruments = [ETH] }: Market = {}) {
  const at = Math.floor(NOW / 1000) - ageMs;
  return admitOrder({ ...REQUEST, ...more }, IDENTITY, {
    now: NOW,
    instruments,
    mids: { mid: () => (mid === null ? null : { price: price(mid), at: at as never }) },
  });
}

function admitted(...args: Parameters<typeof admit>) {
  const result = admit(...args);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  const { record, params } = result.value;
  return { record, params, warnings: readEcho(record.requestJson).warnings };
}

function refusal(...args: Parameters<typeof admit>): string {
  const result = admit(...args);
  return result.ok ? 'admitted' : `${result.error.code}: ${result.error.text}`;
}

it('without a price refuses what is to begin at once, or lets it wait for one', () => {
  expect(refusal({}, { mid: null })).toBe('no_market_data: no market data for ETH-USDT');
  const world = { now: NOW, instruments: [ETH], mids: { mid: () => null } };
  const waiting = admitOrder(REQUEST, IDENTITY, world, true);
  expect(waiting.ok && waiting.value.record).toMatchObject({ status: 'SCHEDULED', startAt: NOW, arrivalPrice: null });
});

it('converts the side that was not asked for at the mid', () => {
  const base = admitted({}).record;
  expect([base.baseAmount?.toFixed(), base.quoteAmount?.toFixed(), base.arrivalPrice?.toFixed()]).toEqual([
    '5',
    '15062',
    '3012.4',
  ]);
  const quote = admitted({ sizing: 'quote', orderQty: decimal('100') }).record;
  expect([quote.baseAmount?.toFixed(), quote.quoteAmount?.toFixed()]).toEqual(['0.033196122692869472', '100']);
});

it('rounds the quantity down to the lot, and says so', () => {
  const { record, warnings } = admitted({ orderQty: decimal('5.00019') });
  expect([record.orderQty.toFixed(), warnings]).toEqual([
    '5.0001',
    ['quantity 5.00019 was rounded down to the lot: 5.0001'],
  ]);
});

it.each([
  ['buy', '3000.019', '3000.01'],
  ['sell', '3000.011', '3000.02'],
  ['buy', '3000.01', '3000.01'],
  ['sell', '0.001', '0.01'],
] as const)('rounds the limit of a %s at %s to %s, never towards worse', (side, limit, rounded) => {
  const { record, warnings } = admitted({ side, limitPrice: price(limit) });
  expect(record.limitPrice?.toFixed()).toBe(rounded);
  expect(warnings).toEqual(limit === rounded ? [] : [`limit_price ${limit} was rounded to the tick: ${rounded}`]);
});

it('keeps the given discretion to show and works with at least 0.02', () => {
  const { record, params } = admitted({});
  expect([params.discretion, readEcho(record.requestJson).schedule_discretion]).toEqual(['0.02', '0']);
});

it('holds the minima at their edges', () => {
  expect(refusal({ orderQty: decimal('0.0009') }, { mid: '100000' })).toBe(
    'below_minimum: quantity must be at least 0.001 ETH, was 0.0009',
  );
  expect(refusal({ orderQty: decimal('0.001') }, { mid: '5000' })).toBe('admitted');
  expect(refusal({ orderQty: decimal('0.001') }, { mid: '4999.99' })).toBe(
    'below_minimum: notional must be at least the minimum of 5 USDT, was 4.99999 USDT at 4999.99',
  );
  expect(refusal({ sizing: 'quote', orderQty: decimal('4.99') })).toBe(
    'below_minimum: notional must be at least the minimum of 5 USDT, was 4.99 USDT',
  );
  expect(refusal({ sizing: 'quote', orderQty: decimal('5.09') }, { mid: '3000' })).toBe(
    'below_minimum: notional must be at least the minimum of 5 USDT in whole lots of 0.0001 ETH, was 4.8 USDT at 3000',
  );
  expect(refusal({ sizing: 'quote', orderQty: decimal('5.1') }, { mid: '3000' })).toBe('admitted');
});

it.each([
  ['limit', 'buy'],
  ['limit', 'sell'],
  ['iceberg', 'sell'],
  ['twap', 'buy'],
] as const)('holds the least notional of %s (%s) at a limit price below the mid', (algorithm, side) => {
  const of = (limit: string, more: Partial<OrderRequest> = {}) =>
    refusal({ algorithm, side, orderQty: decimal('0.002'), limitPrice: price(limit), ...more }, { mid: '3000' });
  expect([of('2500'), of('9000')]).toEqual(['admitted', 'admitted']);
  expect(of('2499.99')).toBe(
    'below_minimum: notional must be at least the minimum of 5 USDT, was 4.99998 USDT at 2499.99',
  );
  expect(of('2000', { sizing: 'quote', orderQty: decimal('5') })).toBe('admitted');
  expect(of('2400', { sizing: 'quote', orderQty: decimal('5') })).toBe(
    'below_minimum: notional must be at least the minimum of 5 USDT in whole lots of 0.0001 ETH, was 4.8 USDT at 2400',
  );
});

it('holds the least notional at the mid where the limit price does not bound what is paid', () => {
  const of = (more: Partial<OrderRequest>) =>
    refusal({ orderQty: decimal('0.002'), limitPrice: price('2000'), ...more }, { mid: '3000' });
  expect(of({ side: 'sell' })).toBe('admitted');
  expect(of({ isReverseLimit: true })).toBe('admitted');
  expect(of({ algorithm: 'limit', isReverseLimit: true })).toMatch(/^below_minimum: .* was 4 USDT at 2000$/);
});

it('holds the least notional of a later order at its limit price, where nothing cheaper would help it', () => {
  const later = { startAt: (NOW + 1) as EpochMicros, limitPrice: price('2400') };
  const of = (more: Partial<OrderRequest>) => refusal({ ...later, ...more }, { mid: null });
  expect(of({ orderQty: decimal('0.002') })).toMatch(/^below_minimum: .* was 4.8 USDT at 2400$/);
  expect(of({ sizing: 'quote', orderQty: decimal('5') })).toBe('admitted');
  expect(of({ algorithm: 'limit', sizing: 'quote', orderQty: decimal('5') })).toMatch(/^below_minimum/);
  expect(of({ side: 'sell', orderQty: decimal('0.002') })).toBe('admitted');
});

it('refuses what is worth more than can be stored, and a limit that its tick lifts there', () => {
  expect(refusal({ orderQty: decimal('99999999999999999999') }, { mid: '3000' })).toBe(
    'too_large: is too large: its worth in quote at 3000 must be below 10^20, was 99999999999999999999',
  );
  expect(refusal({ orderQty: decimal('33333333333333333') }, { mid: '3000' })).toBe('admitted');
  expect(refusal({ orderQty: decimal('33333333333333333.4') }, { mid: '3000' })).toContain('too_large');
  expect(refusal({ sizing: 'quote', orderQty: decimal('99999999999999999999') }, { mid: '0.5' })).toBe(
    'too_large: is too large: its worth in base at 0.5 must be below 10^20, was 99999999999999999999',
  );
  const later = { orderQty: decimal('99999999999999999999'), startAt: (NOW + 1) as EpochMicros };
  expect(admitted(later, { mid: null }).record.quoteAmount).toBeNull();
  expect(refusal({ side: 'sell', limitPrice: price('99999999999999999999.999') })).toBe(
    'invalid: limit_price is too large: it must be below 10^20 in steps of 0.01, was 99999999999999999999.999',
  );
});

it('wants a mid of the last 10 s for an order that starts at once', () => {
  expect(refusal({}, { ageMs: 10_000 })).toBe('admitted');
  expect(refusal({}, { ageMs: 10_001 })).toBe('no_market_data: no market data for ETH-USDT');
  expect(refusal({}, { mid: null })).toBe('no_market_data: no market data for ETH-USDT');
  const later = admitted({ startAt: (NOW + 1) as EpochMicros }, { mid: null }).record;
  expect([later.status, later.startAt, later.quoteAmount, later.arrivalPrice]).toEqual([
    'SCHEDULED',
    NOW + 1,
    null,
    null,
  ]);
});

it('starts now what should have started before', () => {
  const { record } = admitted({ startAt: (NOW - 5) as EpochMicros });
  expect([record.status, record.startAt]).toEqual(['ACTIVE', NOW]);
});

it('matches pairs exactly, else whatever the case when that is unique', () => {
  const lower = { ...ETH, symbol: 'ethusdt', pair: 'eth-usdt' };
  expect(admitted({ pair: 'Eth-Usdt' }).record.pair).toBe('ETH-USDT');
  expect(admitted({ pair: 'eth-usdt' }, { instruments: [ETH, lower] }).record.symbol).toBe('ethusdt');
  expect(refusal({ pair: 'Eth-usdt' }, { instruments: [ETH, lower] })).toBe(
    "pair_not_available: Eth-usdt is not available on 'mock'",
  );
});

it('refuses what does not trade', () => {
  expect(refusal({ pair: 'DOGE-USDT' })).toBe("pair_not_available: DOGE-USDT is not available on 'mock'");
  expect(refusal({}, { instruments: [{ ...ETH, status: 'halted' }] })).toBe(
    'pair_not_available: ETH-USDT does not trade at the moment',
  );
  expect(refusal({}, { instruments: [] })).toBe('no_market_data: no market data for ETH-USDT');
  expect(refusal({ limitPrice: price('0.001') })).toBe(
    'invalid: limit_price must be at least the tick 0.01, was 0.001',
  );
});

it('leaves out accounts whose venue lacks the pair, with a warning', () => {
  const { record, warnings } = admitted({ accounts: [account('elsewhere', 'other'), account('mock', 'sim')] });
  expect([record.accountIds, warnings]).toEqual([
    ['mock'],
    ["account 'elsewhere' is left out: ETH-USDT is not available there"],
  ]);
});

it('trades on every venue of its accounts, each by its own row and symbol, and in the finest steps', () => {
  const coarse = { ...ETH, venue: 'other' as VenueId, symbol: 'ETH_USDT', lot: quantity('0.5') };
  const main = account('both', 'cash');
  const sub = { accountId: 'both.other' as AccountId, venue: 'other' as VenueId };
  const accounts = [{ ...main, routes: [...main.routes, sub] }, account('mock', 'sim')];
  const result = admit({ accounts, orderQty: decimal('1.23') }, { instruments: [coarse, ETH] });
  if (!result.ok) throw new Error(result.error.text);
  expect(result.value.legs).toEqual([
    { accountId: 'both.other', venue: 'other', symbol: 'ETH_USDT' },
    { accountId: 'mock', venue: 'sim', symbol: 'ETHUSDT' },
  ]);
  expect([result.value.record.venue, result.value.record.orderQty.toFixed()]).toEqual(['other', '1.23']);
  expect(readEcho(result.value.record.requestJson).accounts.map(({ id }) => id)).toEqual(['both', 'mock']);
});

it('stores every wish that shapes the execution', () => {
  const result = admit({
    alphaTilt: decimal('-0.5'),
    povLimit: decimal('0.2'),
    povTarget: decimal('0.1'),
    orderSlices: 7,
    posSide: 'short',
    updatedLeverage: 5,
    strategyParams: {
      ...REQUEST.strategyParams,
      reduceOnly: true,
      targetTime: (Date.UTC(2026, 2, 2, 12) * 1000) as EpochMicros,
    },
  });
  if (!result.ok) throw new Error(result.error.text);
  expect(result.value).toMatchObject({
    positionSide: 'short',
    leverage: 5,
    params: {
      alphaTilt: '-0.5',
      povLimit: '0.2',
      povTarget: '0.1',
      isReverseLimit: false,
      reduceOnly: true,
      orderSlices: 7,
      targetTime: Date.UTC(2026, 2, 2, 12),
    },
  });
});

it.each([
  ['buy', false, '3000.01', '3000'],
  ['sell', false, '3000.01', '3000.1'],
  ['buy', true, '3000.01', '3000.1'],
  ['sell', true, '3000.01', '3000'],
] as const)('rounds the limit of a %s (reverse: %s) so that it holds', (side, isReverseLimit, given, rounded) => {
  const coarse = { ...ETH, tick: price('0.1') };
  const result = admit({ side, isReverseLimit, limitPrice: price(given) }, { instruments: [coarse] });
  expect(result.ok && result.value.record.limitPrice?.toFixed()).toBe(rounded);
});
