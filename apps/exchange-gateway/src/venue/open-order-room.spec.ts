import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AccountId, ParentOrderId, TenantId, VenueId } from '#domain';
import { Metrics, type Logger } from '#observability';
import { shippedLimits, type VenueLimits } from '#venues';
import { gatewayMetrics } from '../gateway-metrics.js';
import { OpenOrderRoom, type HeldPlace } from './open-order-room.js';

const MINUTE = 60_000;

let now: number;
let asked: string[];
let told: number | null;
let counted: unknown[][];
let metrics: Metrics;
let said: object[];
beforeEach(() => {
  [now, asked, told, counted, metrics, said] = [0, [], null, [], new Metrics(), []];
});

const roomAt = (limits: Pick<VenueLimits, 'openOrders' | 'tier' | 'definitions'>) =>
  new OpenOrderRoom({
    tenantId: 'tenant' as TenantId,
    accountId: 'account' as AccountId,
    limits,
    budget: {
      figureOf: (limit, scopes) => {
        asked.push(`${limit}:${scopes.address}`);
        return Promise.resolve(told);
      },
    },
    counts: { add: (...use) => void counted.push(use) },
    metrics: gatewayMetrics(metrics),
    logger: { warn: (about: object) => void said.push(about) } as unknown as Logger,
    monotonicMs: () => now,
  });
const place = (symbol: string): HeldPlace => ({
  accountId: 'account' as AccountId,
  venue: 'venue' as VenueId,
  symbol,
  parentOrderId: 'parent' as ParentOrderId,
});

describe('B3 the room for open orders', () => {
  it('is without end where the venue sets none', async () => {
    expect(await roomAt(shippedLimits('binance-spot')).cap()).toBeNull();
    expect(asked).toEqual([]);
  });

  it('is that of the tier at Kraken, by instrument', async () => {
    const kraken = shippedLimits('kraken');
    expect(await roomAt(kraken).cap()).toEqual({ most: 60, isPerSymbol: true });
    expect(await roomAt({ ...kraken, tier: 'pro' }).cap()).toEqual({ most: 225, isPerSymbol: true });
    expect(asked).toEqual([]);
  });

  it('grows with the cap of actions at Hyperliquid, which is looked at once a minute', async () => {
    const room = roomAt(shippedLimits('hyperliquid'));
    expect(await room.cap()).toEqual({ most: 1_000, isPerSymbol: false }); // nobody has told the cap yet
    told = 10_000 + 52_000_000;
    now = 4_999;
    expect((await room.cap())?.most).toBe(1_000);
    now = 5_000;
    expect((await room.cap())?.most).toBe(1_010);
    told = 10_000 + 60_000_000;
    now = 5_000 + MINUTE - 1;
    expect((await room.cap())?.most).toBe(1_010);
    expect(asked).toEqual(['hl.actions:account', 'hl.actions:account']);
  });

  it('stays at what was traded before while Redis is away, and asks sooner than in a minute', async () => {
    told = 10_000 + 52_000_000;
    const room = roomAt(shippedLimits('hyperliquid'));
    expect((await room.cap())?.most).toBe(1_010);
    told = null;
    now = MINUTE;
    expect((await room.cap())?.most).toBe(1_010);
    told = 10_000 + 60_000_000;
    now = MINUTE + 5_000;
    expect((await room.cap())?.most).toBe(1_012);
  });

  it('is not looked at again for a moment where it was full; who was not looked at comes back earlier', () => {
    const room = roomAt(shippedLimits('kraken'));
    const full = { cap: { most: 60, isPerSymbol: true }, open: 60 };
    expect(room.foundFull('XBTUSD')).toBeNull();
    expect(room.held(place('XBTUSD'), full)).toBe(1_000);
    now = 249;
    expect(room.foundFull('XBTUSD')).toEqual(full);
    expect(room.foundFull('ETHUSD')).toBeNull();
    expect(room.held(place('XBTUSD'), full)).toBe(750); // which prolongs nothing
    now = 250;
    expect(room.foundFull('XBTUSD')).toBeNull();
  });

  it('counts each place that waits, for its parent too, and says it once a minute', async () => {
    const room = roomAt(shippedLimits('kraken'));
    const cap = { most: 60, isPerSymbol: true };
    for (const symbol of ['XBTUSD', 'XBTUSD', 'ETHUSD']) room.held(place(symbol), { cap, open: 60 });
    expect(said).toMatchObject([
      { accountId: 'account', symbol: 'XBTUSD', open: 60, limit: 60 },
      { accountId: 'account', symbol: 'ETHUSD', open: 60, limit: 60 },
    ]);
    now = MINUTE;
    room.held(place('XBTUSD'), { cap, open: 61 });
    expect(said).toHaveLength(3);
    expect(counted).toEqual(
      [1_000, 750, 1_000, 1_000].map((waitMs) => ['tenant', 'parent', 'place', 'open_orders', waitMs]),
    );
    expect(await metrics.text()).toContain('tranche_limit_denied_total{reason="open_orders",class="place"} 4');
  });

  it('is one for all instruments where the venue counts them together', () => {
    const room = roomAt(shippedLimits('hyperliquid'));
    const full = { cap: { most: 1_000, isPerSymbol: false }, open: 1_000 };
    room.held(place('BTC'), full);
    expect(room.foundFull('ETH')).toEqual(full);
    room.held(place('ETH'), full);
    expect(said).toHaveLength(1);
  });
});
