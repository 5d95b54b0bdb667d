import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { WAIT_REFILL, WAIT_WINDOW, type Closure } from '#domain';
import { closuresOf, figuresTold, readingsOf, type AnswerSigns } from './answer-signs.js';
import { shippedLimits } from './shipped-limits.js';
import { drawsOf } from './venue-limits.js';

const NOW = 1_795_219_200_000;
const DAY = 86_400_000;
const SCOPES = { ip: 'a', account: 'b', key: 'c', session: 'd', symbol: 'e', pair: 'f', address: 'g' };

function drawsFor(protocol: string, call: string) {
  return drawsOf(shippedLimits(protocol), call, { scopes: SCOPES, priority: 'place' });
}

/** By limit id, what the answer to a call closes. */
function closed(protocol: string, call: string, answer: AnswerSigns): Readonly<Record<string, Omit<Closure, 'name'>>> {
  const draws = drawsFor(protocol, call);
  const closures = closuresOf(shippedLimits(protocol), draws, { repliedAt: NOW, ...answer });
  return Object.fromEntries(
    closures.map(({ name, ...rest }) => [draws.find((draw) => draw.name === name)?.id ?? name, rest]),
  );
}

const SPOT = 'POST /api/v3/order';
const USDM = 'POST /fapi/v1/order';
const OKX = 'POST /api/v5/trade/order';
const OKX_BATCH = 'POST /api/v5/trade/batch-orders';
const BYBIT = 'POST /v5/order/create (linear)';
const KRAKEN = 'POST /0/private/AddOrder';
const KRAKEN_READ = 'POST /0/private/Balance';
const DERIBIT = 'GET /api/v2/private/buy';
const reset = (at: number) => ({ 'x-bapi-limit-reset-timestamp': String(at) });
const SECONDS = NOW / 1_000;

/** The table of venues.md B5: what, at which protocol, to which call, the answer, what is closed. */
const SIGNALS: readonly (readonly [string, string, string, AnswerSigns, object])[] = [
  ['429 with Retry-After', 'binance-spot', SPOT, { httpStatus: 429, venueCode: '-1003', headers: { 'retry-after': '7' } }, { 'bs.weight': { ms: 7_000 } }],
  ['429 without', 'binance-spot', SPOT, { httpStatus: 429 }, { 'bs.weight': { ms: WAIT_WINDOW } }],
  ['429 with Retry-After', 'binance-usdm', USDM, { httpStatus: 429, headers: { 'retry-after': '30' } }, { 'bu.weight': { ms: 30_000 } }],
  ['418', 'binance-spot', SPOT, { httpStatus: 418, headers: { 'retry-after': '3600' } }, { 'bs.ban': { ms: 3_600_000 } }],
  ['418 without a time', 'binance-usdm', USDM, { httpStatus: 418 }, { 'bu.ban': { ms: 120_000 } }],
  ['403 of the firewall', 'binance-spot', SPOT, { httpStatus: 403 }, { 'bs.weight': { ms: WAIT_WINDOW } }],
  ['-1015', 'binance-spot', SPOT, { httpStatus: 429, venueCode: '-1015', headers: { 'retry-after': '3' } }, { 'bs.orders10s': { ms: 3_000 }, 'bs.orders1d': { ms: 3_000 } }],
  ['-1015', 'binance-usdm', USDM, { httpStatus: 429, venueCode: '-1015' }, { 'bu.orders10s': { ms: WAIT_WINDOW }, 'bu.orders1m': { ms: WAIT_WINDOW } }],
  ['10006', 'bybit', BYBIT, { httpStatus: 200, venueCode: '10006', headers: reset(NOW + 400) }, { 'bb.create.linear': { ms: WAIT_WINDOW, venueAt: NOW + 400 } }],
  ['10006 with a time that is over', 'bybit', BYBIT, { httpStatus: 200, venueCode: '10006', headers: reset(NOW) }, { 'bb.create.linear': { ms: WAIT_WINDOW } }],
  ['10006 with an absurd time', 'bybit', BYBIT, { httpStatus: 200, venueCode: '10006', headers: reset(NOW + 8 * DAY) }, { 'bb.create.linear': { ms: WAIT_WINDOW } }],
  ['403', 'bybit', BYBIT, { httpStatus: 403 }, { 'bb.ban': { ms: 600_000 } }],
  ['50011', 'okx', OKX, { httpStatus: 429, venueCode: '50011' }, { 'okx.place': { ms: WAIT_WINDOW } }],
  ['50011', 'okx', OKX_BATCH, { httpStatus: 429, venueCode: '50011' }, { 'okx.placeBatch': { ms: WAIT_WINDOW } }],
  ['50061', 'okx', OKX, { httpStatus: 200, venueCode: '50061' }, { 'okx.newAndAmend': { ms: WAIT_WINDOW } }],
  ['Throttled: ts', 'kraken', KRAKEN_READ, { httpStatus: 200, venueCode: `EService: Throttled: ${SECONDS + 30}` }, { 'kr.calls': { ms: 60_000, venueAt: NOW + 30_000 } }],
  ['EAPI', 'kraken', KRAKEN_READ, { httpStatus: 200, venueCode: 'EAPI:Rate limit exceeded' }, { 'kr.calls': { ms: WAIT_WINDOW } }],
  ['EOrder', 'kraken', KRAKEN, { httpStatus: 200, venueCode: 'EOrder:Rate limit exceeded' }, { 'kr.trading': { ms: WAIT_WINDOW } }],
  ['10028', 'deribit', DERIBIT, { httpStatus: 429, venueCode: '10028' }, { 'de.matching': { ms: WAIT_REFILL }, 'de.credits': { ms: WAIT_REFILL } }],
  ['429', 'hyperliquid', 'POST /exchange (order)', { httpStatus: 429 }, { 'hl.weight': { ms: 60_000 } }],
  ['too many cumulative requests', 'hyperliquid', 'POST /exchange (order)', { httpStatus: 200, venueCode: 'Too many cumulative requests sent (37986 > 10436) for cumulative volume traded.' }, { 'hl.actions': { ms: 10_000 } }],
  ['429', 'coinbase', 'POST /api/v3/brokerage/orders', { httpStatus: 429 }, { 'cb.private': { ms: 1_000 } }],
  ['403', 'any other', 'ccxt createOrder', { httpStatus: 403 }, { 'any.ban': { ms: 600_000 } }],
  ['429', 'any other', 'ccxt createOrder', { httpStatus: 429 }, { 'any.calls': { ms: 60_000 } }],
  ['a success', 'binance-spot', SPOT, { httpStatus: 200 }, {}],
  ['a refused order', 'binance-spot', SPOT, { httpStatus: 400, venueCode: '-2010' }, {}],
  ['a refused order', 'okx', OKX, { httpStatus: 200, venueCode: '51008' }, {}],
]; // prettier-ignore

describe('B5 signals', () => {
  it.each(SIGNALS)('%s of %s: %s', (_, protocol, call, answer, expected) => {
    expect(closed(protocol, call, answer)).toEqual(expected);
  });

  it('S-13 takes no Retry-After for longer than a week, and none that is no number', () => {
    const after = (text: string) => closed('binance-spot', SPOT, { httpStatus: 418, headers: { 'retry-after': text } });
    expect(after('99999999')).toEqual({ 'bs.ban': { ms: 7 * DAY } });
    for (const text of ['soon', '-5', '1e9', '']) expect(after(text)).toEqual({ 'bs.ban': { ms: 120_000 } });
  });

  it('knows a code by its words, and no other code that begins alike', () => {
    expect(closed('kraken', KRAKEN_READ, { venueCode: `EService:Throttled: ${SECONDS + 5}.25` })).toEqual({
      'kr.calls': { ms: 60_000, venueAt: NOW + 5_000 },
    });
    expect(closed('kraken', KRAKEN_READ, { venueCode: 'EService: Throttled' })).toEqual({ 'kr.calls': { ms: 60_000 } });
    expect(closed('binance-spot', SPOT, { venueCode: '-10151' })).toEqual({});
    expect(closed('kraken', KRAKEN, { venueCode: 'EOrder:Rate limit exceededly' })).toEqual({});
  });

  it('has a Kraken pair open again 10 below its threshold, and its calls at half', () => {
    const resume = (call: string, tier?: string) =>
      drawsOf(shippedLimits('kraken'), call, {
        scopes: SCOPES,
        priority: 'place',
        ...(tier === undefined ? {} : { tier }),
      }).map((draw) => [draw.id, draw.resume / 1_000_000]);
    expect(resume(KRAKEN)).toEqual([['kr.calls', 7.5], ['kr.trading', 50]]); // prettier-ignore
    expect(resume(KRAKEN, 'pro')).toEqual([['kr.calls', 10], ['kr.trading', 170]]); // prettier-ignore
  });
});

describe('readings', () => {
  const used = (protocol: string, call: string, answer: AnswerSigns) =>
    Object.fromEntries(
      readingsOf(shippedLimits(protocol), drawsFor(protocol, call), answer).map(({ name, ...rest }) => [
        name.slice(0, name.indexOf(':')),
        rest,
      ]),
    );

  it('are what Binance counted, by header', () => {
    const headers = { 'x-mbx-used-weight-1m': '350', 'x-mbx-order-count-10s': '7', 'x-mbx-order-count-1d': '900' };
    expect(used('binance-spot', SPOT, { headers })).toEqual({
      'bs.weight': { used: 350 },
      'bs.orders10s': { used: 7 },
      'bs.orders1d': { used: 900 },
    });
    expect(used('binance-spot', 'GET /api/v3/time', { headers })).toEqual({ 'bs.weight': { used: 350 } });
    const sapi = { 'x-sapi-used-ip-weight-1m': '12' };
    expect(used('binance-spot', 'GET /sapi/v1/account/apiRestrictions', { headers: sapi })).toEqual({
      'bs.sapi': { used: 12 },
    });
    const usdm = { 'x-mbx-used-weight-1m': '20', 'x-mbx-order-count-10s': '1', 'x-mbx-order-count-1m': '2' };
    expect(used('binance-usdm', USDM, { headers: usdm })).toEqual({
      'bu.weight': { used: 20 },
      'bu.orders10s': { used: 1 },
      'bu.orders1m': { used: 2 },
    });
  });

  it('are what Bybit left, of the limit that it tells beside, which is a figure to announce', () => {
    const headers = JSON.parse(readFileSync('test/fixtures/bybit/order-create-headers.json', 'utf8')) as Record<
      string,
      string
    >;
    const draws = drawsFor('bybit', BYBIT);
    expect(used('bybit', BYBIT, { headers })).toEqual({ 'bb.create.linear': { used: 3 } });
    expect(
      figuresTold(shippedLimits('bybit'), draws, { headers }).map(({ draw, limit }) => [draw.name, limit]),
    ).toEqual([['bb.create.linear:b', 100]]);
    expect(used('bybit', BYBIT, { headers: { 'x-bapi-limit-status': '4' } })).toEqual({
      'bb.create.linear': { used: 6 },
    });
    expect(used('bybit', BYBIT, { headers: { 'x-bapi-limit-status': '40' } })).toEqual({
      'bb.create.linear': { used: 0 },
    });
  });

  it('are what Hyperliquid counted in the whole life of the address, with its cap', () => {
    const body = JSON.parse(readFileSync('test/fixtures/hyperliquid/user-rate-limit.json', 'utf8')) as Record<
      string,
      number
    >;
    const call = 'POST /info (userRateLimit)';
    expect(used('hyperliquid', call, { told: body })).toEqual({ 'hl.actions': { used: 2_890, cap: 2_864_574 } });
    expect(figuresTold(shippedLimits('hyperliquid'), drawsFor('hyperliquid', call), { told: body })).toEqual([]);
  });

  it('are what the body said of a limit, before any header', () => {
    const headers = { 'x-mbx-used-weight-1m': '350' };
    expect(used('binance-spot', 'GET /api/v3/time', { headers, readings: { 'bs.weight': 360 } })).toEqual({
      'bs.weight': { used: 360 },
    });
  });

  it('S-13 are none where a header holds no count', () => {
    for (const text of ['', '-1', '1.5', 'many', '123456789012345', '1e3']) {
      expect(used('binance-spot', 'GET /api/v3/time', { headers: { 'x-mbx-used-weight-1m': text } })).toEqual({});
    }
    expect(used('binance-spot', 'GET /api/v3/time', { readings: { 'bs.weight': NaN } })).toEqual({});
  });
});
