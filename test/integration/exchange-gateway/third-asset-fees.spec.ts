import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  addMs,
  decimal,
  price,
  quantity,
  type EpochMs,
  type Fill,
  type MarketSnapshot,
  type TradeId,
  type VenueId,
  type VenueOrderId,
} from '#domain';
import { createLogger, Metrics } from '#observability';
import { gatewayMetrics } from '../../../apps/exchange-gateway/src/gateway-metrics.js';
import { Booking } from '../../../apps/exchange-gateway/src/orders/booking.js';
import { InstrumentCache } from '../../../apps/exchange-gateway/src/venue/instrument-cache.js';
import { decideChild } from '../../support/ledger-child.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';

let ledger: LedgerWorld;
beforeAll(async () => {
  ledger = await openLedgerWorld('gateway');
  await ledger.db.inSystem((tx) =>
    tx.query(`INSERT INTO instruments (venue, symbol, pair, market_type, base, quote, tick, lot, min_qty, min_notional, status)
      VALUES ('another', 'BNBUSDT', 'BNB-USDT', 'spot', 'BNB', 'USDT', 0.01, 0.001, 0.001, 5, 'trading'),
             ('sim', 'BNBUSDT', 'BNB-USDT', 'spot', 'BNB', 'USDT', 0.01, 0.001, 0.001, 5, 'trading'),
             ('sim', 'BNBBTC', 'BNB-BTC', 'spot', 'BNB', 'BTC', 0.01, 0.001, 0.001, 5, 'trading'),
             ('sim', 'BNBUSDT-PERP', 'BNB:PERP-USDT', 'perp', 'BNB', 'USDT', 0.01, 0.001, 0.001, 5, 'trading')`),
  );
});
afterAll(async () => {
  ledger.clock.stop();
  await ledger.close();
});

it('values a fee in a third asset at the mid of its market at the time of the fill, in the fill and in its order', async () => {
  const { db, clock, tenantId } = ledger;
  const now = clock.now();
  const seen = (mid: string, at: EpochMs) => ({ mid: price(mid), at }) as MarketSnapshot;
  const markets = new Map([
    ['another BNBUSDT', seen('700', now)],
    ['sim BNBUSDT', seen('600.5', addMs(now, -1_000))],
    ['sim BNBBTC', seen('0.01', now)],
    ['sim BNBUSDT-PERP', seen('800', now)],
  ]);
  const booking = new Booking(
    ...([db, clock, new InstrumentCache(db), gatewayMetrics(new Metrics()), createLogger('test', 'silent')] as const),
    ...([
      undefined,
      undefined,
      { get: (venue: VenueId, symbol: string) => markets.get(`${venue} ${symbol}`) ?? null },
    ] as const),
  );
  const parentOrderId = await ledger.addParent({ symbol: 'TESTUSDT' });
  await ledger.inTenant(async (tx) => {
    await decideChild(tx, ledger, parentOrderId, { orderQty: quantity('10') });
    await tx.query(
      `UPDATE child_orders SET status = 'working', epoch = 1, venue_order_id = 'v' WHERE parent_order_id = $1`,
      [parentOrderId],
    );
  });
  const fill = (id: string, over: Partial<Fill>): Fill => ({
    ...{ venueOrderId: 'v' as VenueOrderId, tradeId: id as TradeId, lastQty: quantity('1'), lastPx: price('98') },
    ...{ role: 'maker', fee: decimal('0.002'), feeAsset: 'BNB', tradedAt: now },
    ...over,
  });
  const fills = [
    fill('1', {}),
    fill('2', { feeAsset: 'USDT', fee: decimal('0.1') }),
    fill('3', { feeAsset: 'TEST', fee: decimal('0.001') }),
    // Told late, the mid is another by now; and nobody knows what this asset is worth.
    fill('4', { tradedAt: addMs(now, -60_000) }),
    fill('5', { feeAsset: 'XYZ' }),
  ];
  await booking.apply({ tenantId, parentOrderId, sequence: 0 }, { view: null, fills });
  const booked = await ledger.inTenant((tx) =>
    tx.query<{ fee_quote: string | null }[]>(
      'SELECT trim_scale(fee_quote)::text AS fee_quote FROM fills WHERE parent_order_id = $1 ORDER BY trade_id',
      [parentOrderId],
    ),
  );
  expect(booked.map((one) => one.fee_quote)).toEqual(['1.201', '0.1', '0.098', null, null]);
  const [order] = await ledger.inTenant((tx) =>
    tx.query<{ fees: string }[]>('SELECT trim_scale(fee_quote)::text AS fees FROM parent_orders WHERE id = $1', [
      parentOrderId,
    ]),
  );
  expect(order?.fees).toBe('1.399');
});
