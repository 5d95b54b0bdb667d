import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { price, quantity, type ParentOrderId, type VenueId, type VenueOrderId } from '#domain';
import { createLogger, Metrics } from '#observability';
import { ChildOrderRepository, UnknownOrderRepository, type Finding } from '#persistence';
import { BINANCE_SPOT_TRAITS, type Lookup, type OrderView, type VenueTraits } from '#venues';
import type { AccountSession, AccountSessions } from '../../../apps/exchange-gateway/src/accounts/account-sessions.js';
import { gatewayMetrics } from '../../../apps/exchange-gateway/src/gateway-metrics.js';
import { Booking } from '../../../apps/exchange-gateway/src/orders/booking.js';
import { ResolveChild } from '../../../apps/exchange-gateway/src/orders/resolve-child.js';
import { UnknownWatch } from '../../../apps/exchange-gateway/src/orders/unknown-watch.js';
import { InstrumentCache } from '../../../apps/exchange-gateway/src/venue/instrument-cache.js';
import { decideChild } from '../../support/ledger-child.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { until } from '../../support/until.js';

const TRACE = '0'.repeat(32);
const registry = new Metrics();
const metrics = gatewayMetrics(registry);
const logger = createLogger('test', 'silent');

let ledger: LedgerWorld;
let parent: ParentOrderId;
let resolve: ResolveChild;
/** What the venue says to a look by our id, and to one by its own. */
let byOurs: Lookup;
let byTheirs: Lookup;
/** Whether the venue remembers what ended. */
let memory: VenueTraits['lookup'];
let fence: VenueTraits['fence'];

beforeAll(async () => {
  ledger = await openLedgerWorld('gateway');
  const { db, clock } = ledger;
  const ok = <T>(value: T) => Promise.resolve({ kind: 'ok', value, meta: { sentAt: clock.now(), headers: {} } });
  const account = {
    venue: {
      get traits() {
        return { ...BINANCE_SPOT_TRAITS, fence, absenceMarginMs: 0, lookupSpacingMs: 0, lookup: memory };
      },
    },
    offset: { offsetMs: () => 0, errorMs: () => 0, isKnown: () => true, now: () => clock.now() },
    session: {
      findOrder: ({ clientOrderId }: { clientOrderId?: string }) =>
        Promise.resolve(clientOrderId === undefined ? byTheirs : byOurs),
      openOrders: () => ok([]),
      ordersSince: () => ok([]),
      fillsSince: () => ok([]),
    },
  } as unknown as AccountSession;
  const sessions = { get: () => Promise.resolve(account) } as unknown as AccountSessions;
  const booking = new Booking(db, clock, new InstrumentCache(db), metrics, logger);
  resolve = new ResolveChild(db, clock, sessions, booking, metrics, logger);
});
afterAll(async () => {
  ledger.clock.stop();
  await ledger.close();
});
beforeEach(async () => {
  byOurs = byTheirs = { kind: 'absent' };
  memory = 'none';
  fence = null;
  parent = await ledger.addParent({ symbol: 'TESTUSDT' });
  await ledger.inTenant(async (tx) => {
    await tx.query(
      `UPDATE child_orders SET status = 'closed', close_reason = 'expired', closed_at = now() WHERE status <> 'closed'`,
    );
    await decideChild(tx, ledger, parent);
    await tx.query('DELETE FROM due_work');
    await tx.query(
      `UPDATE child_orders SET status = 'unknown', epoch = 1, claimed_at = now() - interval '70 seconds',
         valid_until = now() - interval '67 seconds', unknown_since = now() - interval '61 seconds' WHERE parent_order_id = $1`,
      [parent],
    );
  });
});

const child = async () => {
  const found = await ledger.inTenant((tx) => new ChildOrderRepository(tx, ledger.tenantId).find(parent, 0));
  if (found === null) throw new Error('the child must be there');
  return found;
};
const look = async () => {
  await ledger.inTenant((tx) =>
    tx.query(
      `INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at) VALUES ('child.resolve', $1, 0, $2, now())
       ON CONFLICT (kind, parent_order_id, sequence) DO UPDATE SET due_at = now()`,
      [parent, ledger.tenantId],
    ),
  );
  await resolve.run({ tenantId: ledger.tenantId, parentOrderId: parent, sequence: 0 }, TRACE);
};
const finding = async (what: Finding) => {
  const { order } = await child();
  return ledger.inTenant((tx) =>
    new UnknownOrderRepository(tx, ledger.tenantId).resolve(order.clientOrderId, what, ledger.userId as never),
  );
};
const view = (): OrderView => ({
  clientOrderId: null,
  venueOrderId: '77' as VenueOrderId,
  symbol: 'TESTUSDT',
  side: 'buy',
  status: 'working',
  orderQty: quantity('1'),
  cumQty: quantity('0'),
  price: price('98'),
  updatedAt: ledger.clock.now(),
});

it('VE-A7 counts no look from before the order was seen: two that find nothing are needed after it', async () => {
  memory = 'lasting';
  await look();
  expect((await child()).absentLookups).toBe(1);
  byOurs = { kind: 'found', order: { ...view(), clientOrderId: (await child()).order.clientOrderId } };
  await look();
  expect(await child()).toMatchObject({ order: { state: { status: 'working' } }, absentLookups: 0 });
  byOurs = { kind: 'absent' };
  await look();
  expect((await child()).order.state.status).toBe('working');
  await look();
  expect((await child()).order.state).toMatchObject({ status: 'closed', code: 'LOST_BY_VENUE' });
});

/** The order works, as the venue showed it once; then it is in no list any more. */
async function vanish(): Promise<void> {
  byOurs = { kind: 'found', order: { ...view(), clientOrderId: (await child()).order.clientOrderId } };
  await look();
  expect((await child()).order.state.status).toBe('working');
  byOurs = { kind: 'absent' };
}
const whyParked = async (): Promise<string | null | undefined> => {
  const listed = await ledger.inTenant((tx) => new UnknownOrderRepository(tx, ledger.tenantId).list());
  return listed.find(({ parentOrderId }) => parentOrderId === parent)?.parkedWhy;
};

it('is left to a person where the venue’s list is cut off before it, once nothing can arrive any more', async () => {
  fence = { field: 'expTime', widthMs: 3_000 };
  memory = 'expiring';
  byOurs = { kind: 'unclear', why: { code: 'LIST_CUT_OFF', text: 'more rows than it shows' } };
  await look();
  expect(await child()).toMatchObject({ order: { state: { status: 'unknown' } } });
  expect(await whyParked()).toContain('fewer orders');
});

it('is looked for again where a look is unclear for another reason', async () => {
  byOurs = { kind: 'unclear', why: { code: 'TIMEOUT', text: 'no reply' } };
  await look();
  expect(await whyParked()).toBeNull();
});

describe('a working order that vanishes', () => {
  it.each([
    ['forgets what ended', { field: 'expTime', widthMs: 3_000 }, 'expiring', 2, 'shows it nowhere any more'],
    ['has neither fence nor look-up', null, 'none', 1, 'proves nothing'],
  ] as const)(
    'is left to a person where the venue %s, however often it is looked for',
    async (_what, end, lookup, looks, why) => {
      fence = end;
      memory = lookup;
      await vanish();
      for (let n = 1; n < looks; n += 1) {
        await look();
        expect((await child()).order.state.status).toBe('working');
      }
      for (let n = 0; n < 4; n += 1) {
        await look();
        expect(await child()).toMatchObject({ order: { state: { status: 'unknown', code: 'VANISHED' } } });
      }
      expect((await child()).parkedAt).not.toBeNull();
      expect((await child()).venueOrderId).toBe('77');
      expect(await whyParked()).toContain(why);
      expect(await finding({ outcome: 'absent', evidence: 'the statement of the venue' })).toBe(true);
      expect((await child()).order.state).toMatchObject({ reason: 'expired', code: 'RESOLVED_BY_OPERATOR' });
    },
  );

  it('is booked as any other when the venue shows it again', async () => {
    fence = { field: 'expTime', widthMs: 3_000 };
    memory = 'expiring';
    await vanish();
    await look();
    await look();
    expect(await whyParked()).toContain('shows it nowhere');
    await vanish();
    expect(await child()).toMatchObject({ parkedAt: null, absentLookups: 0 });
    expect(await whyParked()).toBeUndefined();
  });
});

describe('an order at a venue that leaves no proof of absence', () => {
  it('is parked, not closed, however often it is looked for, and seldom from then on', async () => {
    await look();
    await look();
    await look();
    const parked = await child();
    expect(parked.order.state.status).toBe('unknown');
    expect(parked.parkedAt).not.toBeNull();
    expect(await whyParked()).toContain('proves nothing');
    expect(parked.absentLookups).toBe(0);
    const [due] = await ledger.db.inSystem((tx) =>
      tx.query<{ ms: number }[]>(
        `SELECT extract(epoch FROM due_at - now())::double precision * 1000 AS ms FROM due_work WHERE kind = 'child.resolve'`,
      ),
    );
    expect(due?.ms).toBeGreaterThan(50_000);
  });

  it('is adopted when it turns up after all', async () => {
    await look();
    byOurs = { kind: 'found', order: { ...view(), clientOrderId: (await child()).order.clientOrderId } };
    await look();
    expect((await child()).order.state).toMatchObject({ status: 'working', venueOrderId: '77' });
    expect((await child()).parkedAt).toBeNull();
  });

  it('is closed by a person with evidence, on the audit trail, and wakes its parent', async () => {
    const evidence = 'order history of the venue, exported at noon';
    expect(await finding({ outcome: 'absent', evidence })).toBe(false); // not parked yet: the machine still looks
    await look();
    expect(await finding({ outcome: 'absent', evidence })).toBe(true);
    expect((await child()).order.state).toMatchObject({ reason: 'expired', code: 'RESOLVED_BY_OPERATOR' });
    expect(await finding({ outcome: 'absent', evidence })).toBe(false);
    const { order } = await child();
    const [trail] = await ledger.inTenant((tx) =>
      tx.query<{ data: object }[]>(
        `SELECT data FROM audit_log WHERE entity_id = $1 AND event = 'resolved_by_operator'`,
        [order.clientOrderId],
      ),
    );
    expect(trail?.data).toMatchObject({ outcome: 'absent', evidence });
    const woken = await ledger.db.inSystem((tx) =>
      tx.query(`SELECT 1 FROM due_work WHERE kind = 'parent.wake' AND parent_order_id = $1`, [parent]),
    );
    expect(woken).toHaveLength(1);
  });

  it('is looked up by the id that a person found, and not adopted when that is another order', async () => {
    await look();
    const told = {
      outcome: 'found',
      venueOrderId: '77' as VenueOrderId,
      evidence: 'seen in the venue’s page',
    } as const;
    expect(await finding(told)).toBe(true);
    byTheirs = { kind: 'found', order: { ...view(), side: 'sell' } };
    await look();
    expect((await child()).order.state.status).toBe('unknown');
    byTheirs = { kind: 'found', order: view() };
    await look();
    expect((await child()).order.state).toMatchObject({ status: 'working', venueOrderId: '77' });
  });

  it('P-03 calls a person once, and is counted apart from those that are still looked for', async () => {
    const values = async () => {
      const text = await registry.text();
      const of = (name: string) =>
        Number(new RegExp(`^tranche_${name}\\{venue="sim"\\} (\\S+)`, 'm').exec(text)?.[1] ?? 0);
      return {
        open: of('unknown_open'),
        parked: of('parked_open'),
        age: of('unknown_oldest_age_seconds'),
        paged: of('unknown_paged_total'),
      };
    };
    const watch = () => new UnknownWatch(ledger.db, ['sim' as VenueId], metrics, logger);
    const first = watch().start();
    await until(async () => (await values()).paged === 1, { what: 'a person is called' });
    await first.stop();
    expect(await values()).toMatchObject({ open: 1, parked: 0 });
    expect((await values()).age).toBeGreaterThan(60);
    await look();
    const second = watch().start();
    await until(async () => (await values()).parked === 1, { what: 'the parked order is counted' });
    await second.stop();
    expect(await values()).toMatchObject({ open: 0, parked: 1, paged: 1 });
  });
});
