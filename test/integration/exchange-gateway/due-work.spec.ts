import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { ParentOrderId } from '#domain';
import pLimit from 'p-limit';
import { createLogger, Metrics } from '#observability';
import type { AccountSessions } from '../../../apps/exchange-gateway/src/accounts/account-sessions.js';
import { gatewayMetrics } from '../../../apps/exchange-gateway/src/gateway-metrics.js';
import { AccountTurns } from '../../../apps/exchange-gateway/src/orders/account-turns.js';
import { AmendChild } from '../../../apps/exchange-gateway/src/orders/amend-child.js';
import { Booking } from '../../../apps/exchange-gateway/src/orders/booking.js';
import { CancelChild } from '../../../apps/exchange-gateway/src/orders/cancel-child.js';
import { ResolveChild } from '../../../apps/exchange-gateway/src/orders/resolve-child.js';
import { OrderGate } from '../../../apps/exchange-gateway/src/orders/order-gate.js';
import { SubmitChild } from '../../../apps/exchange-gateway/src/orders/submit-child.js';
import { InstrumentCache } from '../../../apps/exchange-gateway/src/venue/instrument-cache.js';
import { decideChild } from '../../support/ledger-child.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';

const TRACE = '0'.repeat(32);
const STATES = {
  'child.submit': `status = 'pending'`,
  'child.cancel': `status = 'working', venue_order_id = '1', cancel_requested_at = now()`,
  'child.resolve': `status = 'unknown', claimed_at = now(), valid_until = now() + interval '3 seconds'`,
} as const;
type Kind = keyof typeof STATES;
const KINDS = Object.keys(STATES) as Kind[];

let ledger: LedgerWorld;
let parent: ParentOrderId;
/** How often a worker went on to its account, which here can never be acted for. */
let attempts = 0;
/** Submitting reserves before it takes its work, so that taking, gate and claim are one transaction. */
const looksFirst = (kind: Kind) => kind === 'child.submit';
let amend: AmendChild;
let workers: Record<Kind, { run(key: object, traceId: string): Promise<unknown> }>;

beforeAll(async () => {
  ledger = await openLedgerWorld('gateway');
  const { db, clock } = ledger;
  const metrics = gatewayMetrics(new Metrics());
  const logger = createLogger('test', 'silent');
  const sessions = {
    get: () => {
      attempts += 1;
      return Promise.resolve(null);
    },
  } as unknown as AccountSessions;
  const booking = new Booking(db, clock, new InstrumentCache(db), metrics, logger);
  const gate = new OrderGate(clock, { of: () => null, rateOf: () => null }, () => true, metrics, logger);
  const turns = new AccountTurns();
  amend = new AmendChild(db, clock, sessions, booking, gate, metrics, logger, turns);
  workers = {
    'child.submit': new SubmitChild(db, clock, sessions, booking, gate, metrics, logger, 'test', pLimit(4), turns),
    'child.cancel': new CancelChild(db, clock, sessions, booking, metrics, logger),
    'child.resolve': new ResolveChild(db, clock, sessions, booking, metrics, logger),
  };
});
afterAll(async () => {
  ledger.clock.stop();
  await ledger.close();
});
beforeEach(async () => {
  parent = await ledger.addParent({ symbol: 'TESTUSDT' });
  attempts = 0;
  await ledger.inTenant(async (tx) => {
    await decideChild(tx, ledger, parent);
    await tx.query('DELETE FROM due_work');
    await tx.query('DELETE FROM outbox');
  });
});

const run = (kind: Kind) => workers[kind].run({ tenantId: ledger.tenantId, parentOrderId: parent, sequence: 0 }, TRACE);
const prepare = (kind: Kind, due: string | null) =>
  ledger.inTenant(async (tx) => {
    await tx.query(`UPDATE child_orders SET ${STATES[kind]} WHERE parent_order_id = $1`, [parent]);
    if (due !== null)
      await tx.query(
        `INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at)
         VALUES ($1, $2, 0, $3, clock_timestamp() + $4::interval)`,
        [kind, parent, ledger.tenantId, due],
      );
  });
const jobs = async () =>
  Number((await ledger.db.inSystem((tx) => tx.query<{ n: string }[]>('SELECT count(*) AS n FROM outbox')))[0]?.n);

it.each(KINDS)('B-09 does nothing for a job of %s that comes before its time', async (kind) => {
  await prepare(kind, '1 hour');
  await run(kind);
  if (!looksFirst(kind)) expect(attempts).toBe(0);
  expect(await jobs()).toBe(0);
});

it.each(KINDS)('B-03 does nothing for a job of %s whose work is done', async (kind) => {
  await prepare(kind, null);
  await run(kind);
  if (!looksFirst(kind)) expect(attempts).toBe(0);
  expect(await jobs()).toBe(0);
});

it.each(KINDS)('B-03 puts %s off once, however many copies of its job there are', async (kind) => {
  await prepare(kind, '0');
  let jobsKept = 0;
  for (let copy = 0; copy < 5; copy += 1) {
    const kept = await run(kind);
    if (kept !== undefined) jobsKept += 1;
  }
  if (!looksFirst(kind)) expect(attempts).toBe(1);
  expect(jobsKept + (await jobs())).toBe(1);
});

it('keeps a change that is under way while its order has vanished, and looks again later', async () => {
  await ledger.inTenant((tx) =>
    tx.query(
      `UPDATE child_orders SET status = 'unknown', venue_order_id = '1', claimed_at = now(), valid_until = now(),
         amend_qty = 10, amend_price = 98, amend_status = 'unknown', amend_epoch = 1, amend_valid_until = now()
       WHERE parent_order_id = $1`,
      [parent],
    ),
  );
  await ledger.inTenant((tx) =>
    tx.query(
      `INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at)
       VALUES ('child.amend', $1, 0, $2, clock_timestamp())`,
      [parent, ledger.tenantId],
    ),
  );
  await amend.run({ tenantId: ledger.tenantId, parentOrderId: parent, sequence: 0 }, TRACE);
  const [row] = await ledger.inTenant((tx) =>
    tx.query<{ wish: string; due: boolean }[]>(
      `SELECT c.amend_status AS wish, d.due_at > clock_timestamp() AS due FROM child_orders c
       JOIN due_work d USING (parent_order_id) WHERE c.parent_order_id = $1 AND d.kind = 'child.amend'`,
      [parent],
    ),
  );
  expect(row).toEqual({ wish: 'unknown', due: true });
});
