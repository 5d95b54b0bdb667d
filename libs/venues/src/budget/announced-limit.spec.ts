import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { binanceAnnounced, binanceLimitsBody, binanceOrderLimitsBody } from '../binance/announced-limits.js';
import { deribitAnnounced, deribitSummaryBody } from '../deribit/announced-limits.js';
import { hyperliquidAnnounced, hyperliquidRateLimitBody } from '../hyperliquid/announced-limits.js';
import { okxAccountRateLimitBody, okxAnnounced } from '../okx/announced-limits.js';
import { announcedFigures, announceRequests, askCall, askEverySec } from './announced-limit.js';
import { shippedLimits } from './shipped-limits.js';

function recorded(path: string): unknown {
  return JSON.parse(readFileSync(`test/fixtures/${path}.json`, 'utf8'));
}

/** A recorded reply with one value replaced. */
function spoiled(path: string, at: readonly (string | number)[], value: unknown): unknown {
  const reply = recorded(path);
  const last = at[at.length - 1] as string;
  let inner = reply as Record<string, unknown>;
  for (const key of at.slice(0, -1)) inner = inner[key] as Record<string, unknown>;
  inner[last] = value;
  return reply;
}

const parse = <Schema extends z.ZodType>(schema: Schema, path: string) => schema.parse(recorded(path));

describe('announced limits, by recorded replies', () => {
  it('Binance spot: exchangeInfo, and what an account has used of its orders', () => {
    const spot = shippedLimits('binance-spot');
    const announced = binanceAnnounced(parse(binanceLimitsBody, 'binance-spot/exchange-info').rateLimits);
    expect(announcedFigures(spot, announced)).toEqual({
      'bs.weight': { select: 'REQUEST_WEIGHT/MINUTE/1', limit: 6_000 },
      'bs.orders10s': { select: 'ORDERS/SECOND/10', limit: 100 },
      'bs.orders1d': { select: 'ORDERS/DAY/1', limit: 200_000 },
    });
    const counts = binanceAnnounced(parse(binanceOrderLimitsBody, 'binance-spot/rate-limit-order'));
    expect(announcedFigures(spot, counts)).toEqual({
      'bs.orders10s': { select: 'ORDERS/SECOND/10', limit: 100, used: 3 },
      'bs.orders1d': { select: 'ORDERS/DAY/1', limit: 200_000, used: 77 },
    });
  });

  it('Binance USD-M: exchangeInfo', () => {
    const announced = binanceAnnounced(parse(binanceLimitsBody, 'binance-usdm/rate-limits').rateLimits);
    expect(announcedFigures(shippedLimits('binance-usdm'), announced)).toEqual({
      'bu.weight': expect.objectContaining({ limit: 2_400 }),
      'bu.orders10s': expect.objectContaining({ limit: 300 }),
      'bu.orders1m': expect.objectContaining({ limit: 1_200 }),
    });
  });

  it('OKX: account-rate-limit, of the sub-account', () => {
    const announced = okxAnnounced(parse(okxAccountRateLimitBody, 'okx/account-rate-limit'));
    const figures = announcedFigures(shippedLimits('okx'), announced);
    expect(figures).toEqual({ 'okx.newAndAmend': { select: 'accRateLimit', limit: 2_000 } });
    expect(announceRequests(shippedLimits('okx'), figures, { account: 'a', ip: 'b' })).toEqual([
      {
        limit: 'okx.newAndAmend',
        scope: 'a',
        what: 'limit',
        told: 2_000,
        scale: 1,
        request: { id: 'okx.newAndAmend:a', defined: 1_000, announced: 2_000 },
      },
    ]);
  });

  it('Deribit: get_account_summary, in credits and calls, with both figures', () => {
    const figures = announcedFigures(
      shippedLimits('deribit'),
      deribitAnnounced(parse(deribitSummaryBody, 'deribit/account-summary-limits')),
    );
    expect(figures).toEqual({
      'de.credits': { select: 'non_matching_engine', limit: 750_000, rate: 500_000 },
      'de.matching': { select: 'matching_engine/trading/total', limit: 250, rate: 200 },
    });
    const requests = announceRequests(shippedLimits('deribit'), figures, { account: 'a' }).map(
      ({ request }) => request,
    );
    expect(requests).toEqual([
      { id: 'de.credits:a', defined: 50_000_000_000, announced: 750_000_000_000 },
      { id: 'de.credits:a#rate', defined: 10_000_000, announced: 500_000_000 },
      { id: 'de.matching:a', defined: 20_000_000, announced: 250_000_000 },
      { id: 'de.matching:a#rate', defined: 5_000, announced: 200_000 },
    ]);
  });

  it('Deribit: where kinds of instruments differ, the smallest of all', () => {
    const trading = { perpetuals: { rate: 20, burst: 40 }, options: { rate: 5, burst: 60 } };
    const reply = spoiled(
      'deribit/account-summary-limits',
      ['result', 'limits', 'matching_engine', 'trading'],
      trading,
    );
    expect(deribitAnnounced(deribitSummaryBody.parse(reply))[1]).toMatchObject({ rate: 5, limit: 40 });
  });

  it('Hyperliquid: userRateLimit, of the address, with what is used', () => {
    const announced = hyperliquidAnnounced(parse(hyperliquidRateLimitBody, 'hyperliquid/user-rate-limit'));
    const told = { nRequestsCap: 2_864_574, nRequestsUsed: 2_890 };
    expect(announced).toEqual([{ select: 'nRequestsCap', limit: 2_864_574, used: 2_890, told }]);
    // It holds as it is read: the cap grows with every trade.
    expect(announcedFigures(shippedLimits('hyperliquid'), announced)).toEqual({});
  });

  it.each([
    ['a figure of 0', binanceLimitsBody, spoiled('binance-spot/exchange-info', ['rateLimits', 0, 'limit'], 0)],
    ['a figure as text', binanceLimitsBody, spoiled('binance-spot/exchange-info', ['rateLimits', 0, 'limit'], '6000')],
    ['no list', binanceLimitsBody, spoiled('binance-spot/exchange-info', ['rateLimits'], null)],
    ['an empty figure', okxAccountRateLimitBody, spoiled('okx/account-rate-limit', ['data', 0, 'accRateLimit'], '')],
    ['an error', okxAccountRateLimitBody, spoiled('okx/account-rate-limit', ['code'], '50011')],
    [
      'a rate below 0',
      deribitSummaryBody,
      spoiled('deribit/account-summary-limits', ['result', 'limits', 'non_matching_engine', 'rate'], -1),
    ],
    ['no cap', hyperliquidRateLimitBody, spoiled('hyperliquid/user-rate-limit', ['nRequestsCap'], null)],
  ])('S-13 takes nothing from a reply with %s', (_, schema, reply) => {
    expect(schema.safeParse(reply).success).toBe(false);
  });
});

describe('announced figures', () => {
  const spot = shippedLimits('binance-spot');

  it('are for everybody unless the scope is known', () => {
    const id = (scopes: object) => announceRequests(spot, { 'bs.orders10s': 50 }, scopes)[0]?.request.id;
    expect(id({})).toBe('bs.orders10s');
    expect(id({ ip: 'shared' })).toBe('bs.orders10s');
    expect(id({ ip: 'shared', account: 'a' })).toBe('bs.orders10s:a');
    expect(announceRequests(spot, { 'bs.weight': 50 }, { ip: 'shared' })[0]?.request.id).toBe('bs.weight');
  });

  it('S-13 are refused where no venue can mean them', () => {
    const request = (limit: number) => () => announceRequests(spot, { 'bs.weight': limit }, {});
    for (const limit of [0, -1, 0.5, NaN, Infinity, 6_000_001]) expect(request(limit)).toThrow(RangeError);
    expect(request(6_000_000)).not.toThrow();
    expect(() => announceRequests(spot, { 'bs.nothing': 1 }, {})).toThrow('Unknown limit');
    expect(() =>
      announceRequests(shippedLimits('kraken'), { 'kr.calls': { limit: 15.5, rate: 0.5 } }, {}),
    ).not.toThrow();
  });

  it('are asked for as often as the most impatient limit wants, by the call that it names', () => {
    expect([askEverySec(spot), askCall(spot)]).toEqual([3_600, 'GET /api/v3/exchangeInfo']);
    expect([askEverySec(shippedLimits('hyperliquid')), askCall(shippedLimits('hyperliquid'))]).toEqual([
      600,
      'POST /info (userRateLimit)',
    ]);
    expect([askEverySec(shippedLimits('kraken')), askCall(shippedLimits('kraken'))]).toEqual([null, null]);
  });
});
