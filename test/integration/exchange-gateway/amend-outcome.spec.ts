import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { price, quantity, type VenueOrderId } from '#domain';
import { createLogger, Metrics } from '#observability';
import { ChildAmendRepository, ChildOrderRepository, type StoredChildOrder } from '#persistence';
import { BINANCE_SPOT_TRAITS, type Lookup, type OrderView, type Read, type VenueTraits } from '#venues';
import type { AccountSession } from '../../../apps/exchange-gateway/src/accounts/account-sessions.js';
import { gatewayMetrics } from '../../../apps/exchange-gateway/src/gateway-metrics.js';
import { AmendOutcome } from '../../../apps/exchange-gateway/src/orders/amend-outcome.js';
import { Booking } from '../../../apps/exchange-gateway/src/orders/booking.js';
import { InstrumentCache } from '../../../apps/exchange-gateway/src/venue/instrument-cache.js';
import { decideChild } from '../../support/ledger-child.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';

let ledger: LedgerWorld;
let outcome: AmendOutcome;
let child: StoredChildOrder;

beforeAll(async () => {
  ledger = await openLedgerWorld('gateway');
  const { db, clock } = ledger;
  const logger = createLogger('test', 'silent');
  outcome = new AmendOutcome(
    db,
    clock,
    new Booking(db, clock, new InstrumentCache(db), gatewayMetrics(new Metrics()), logger),
  );
});
afterAll(async () => {
  ledger.clock.stop();
  await ledger.close();
});

/** A child of 5 that works, and a change to 3 that was sent ten minutes ago and never answered. */
beforeEach(async () => {
  const parent = await ledger.addParent({ symbol: 'TESTUSDT' });
  await ledger.inTenant(async (tx) => {
    const children = new ChildOrderRepository(tx, ledger.tenantId);
    await decideChild(tx, ledger, parent, { orderQty: quantity('5') });
    await tx.query(
      `UPDATE child_orders SET status = 'working', epoch = 1, venue_order_id = '7' WHERE parent_order_id = $1`,
      [parent],
    );
    const amends = new ChildAmendRepository(tx, ledger.tenantId);
    const wish = { orderQty: quantity('3'), price: price('98') };
    expect(await amends.request(parent, 0, '0'.repeat(32), wish)).toBe(true);
    const asked = await children.find(parent, 0);
    if (!asked?.amend) throw new Error('a change that was asked for must be there');
    await amends.claim(asked, asked.amend, 3_000);
    await amends.setStatus(asked, 'unknown', 'TIMEOUT');
    await tx.query(
      `UPDATE child_orders SET amend_claimed_at = amend_claimed_at - interval '10 minutes',
              amend_valid_until = amend_valid_until - interval '10 minutes' WHERE parent_order_id = $1`,
      [parent],
    );
  });
  child = await stored(parent);
});

const stored = async (parentOrderId = child.parentOrderId): Promise<StoredChildOrder> => {
  const found = await ledger.inTenant((tx) => new ChildOrderRepository(tx, ledger.tenantId).find(parentOrderId, 0));
  if (found === null) throw new Error('the child must be there');
  return found;
};

const view = (orderQty: string): OrderView => ({
  clientOrderId: child.order.clientOrderId,
  venueOrderId: '7' as VenueOrderId,
  symbol: 'TESTUSDT',
  side: 'buy',
  status: 'working',
  orderQty: quantity(orderQty),
  cumQty: quantity('0'),
  price: price('98'),
  updatedAt: ledger.clock.now(),
});

/** Looks once; `byId` is what the venue answers to the id, `listed` what its list of open orders shows. */
async function look(byId: string, listed = byId, traits: Partial<VenueTraits> = {}): Promise<StoredChildOrder> {
  const meta = { sentAt: ledger.clock.now(), headers: {} };
  const account = {
    venue: { traits: { ...BINANCE_SPOT_TRAITS, ...traits } },
    offset: { isKnown: () => true, errorMs: () => 0, offsetMs: () => 0 },
    session: {
      findOrder: (): Promise<Lookup> => Promise.resolve({ kind: 'found', order: view(byId) }),
      openOrders: (): Promise<Read<OrderView[]>> => Promise.resolve({ kind: 'ok', value: [view(listed)], meta }),
    },
  } as unknown as AccountSession;
  const before = await stored();
  if (before.amend === null) throw new Error('the change must be under way');
  await outcome.find(before, before.amend, account, '0'.repeat(32));
  return stored();
}

const timePasses = () =>
  ledger.inTenant((tx) =>
    tx.query(
      `UPDATE child_orders SET amend_unchanged_at = amend_unchanged_at - interval '2 seconds' WHERE parent_order_id = $1`,
      [child.parentOrderId],
    ),
  );

it('leaves a change unknown after one look that shows the order as it was: the look may lag', async () => {
  expect((await look('5')).amend?.status).toBe('unknown');
  await timePasses();
  const after = await look('3');
  expect(after.amend).toBeNull();
  expect(after.order.orderQty.toFixed()).toBe('3');
});

it('VE-B28 remembers until when an order’s last change could be sent, as its age counts from there', async () => {
  const until = child.amend?.validUntil;
  expect(until).toEqual(expect.any(Number));
  const after = await look('3');
  expect([after.amend, after.lastValidUntil]).toEqual([null, until]);
});

it('lets a change be tried again after two looks, far enough apart', async () => {
  await look('5');
  expect((await look('5')).amend?.status).toBe('unknown'); // too soon after the first to count
  await timePasses();
  expect((await look('5')).amend?.status).toBe('requested');
});

it('believes the list of open orders when it knows of the change and the look by id does not', async () => {
  await look('5');
  await timePasses();
  expect((await look('5', '3')).order.orderQty.toFixed()).toBe('3');
});

it('never tries a change again at a venue that leaves no proof', async () => {
  for (let n = 0; n < 3; n += 1) {
    expect((await look('5', '5', { fence: null, lookup: 'expiring' })).amend?.status).toBe('unknown');
    await timePasses();
  }
});
