import { expect, it } from '@jest/globals';
import { emergencyDraws } from './emergency-draws.js';
import { shippedLimits } from './shipped-limits.js';
import { drawsOf, type VenueLimits } from './venue-limits.js';

const SCOPES = { ip: 'ip', account: 'a', key: 'a', session: 's', symbol: 'BTC', pair: 'BTC', address: '0x1' };

const drawsOfCancel = (limits: VenueLimits, call: string) =>
  emergencyDraws(limits, drawsOf(limits, call, { scopes: SCOPES, priority: 'cancel' }), new Map());

/** Whether one cancel of an order whose age nobody knows fits into the whole share. */
const fits = (limits: VenueLimits, call: string): boolean =>
  drawsOfCancel(limits, call).every(({ cost, share }) => cost <= share);

it.each([undefined, 'intermediate', 'pro'])('VE-B38 pays a cancel of any age at Kraken, tier %s', (tier) => {
  const shipped = shippedLimits('kraken');
  const limits = tier === undefined ? shipped : { ...shipped, tier };
  expect(fits(limits, 'POST /0/private/CancelOrder')).toBe(true);
});

it('is what no ceiling reaches: nine of sixty at Kraken, a tenth elsewhere, nothing where all is granted', () => {
  const share = (protocol: string, call: string, limit: string) =>
    drawsOfCancel(shippedLimits(protocol), call).find(({ id }) => id === limit)?.share;
  expect(share('kraken', 'POST /0/private/CancelOrder', 'kr.trading')).toBe(9_000_000);
  expect(share('okx', 'POST /api/v5/trade/cancel-order', 'okx.cancel')).toBe(6);
  expect(share('kraken', 'GET /0/public/Time', 'kr.public')).toBe(0);
});
