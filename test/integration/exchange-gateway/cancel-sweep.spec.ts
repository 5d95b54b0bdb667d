import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { AccountId, ParentOrderId, VenueId } from '#domain';
import { createLogger, Metrics } from '#observability';
import { AccountRepository, ChildOrderRepository, HaltRepository, type StoredChildOrder } from '#persistence';
import { gatewayMetrics } from '../../../apps/exchange-gateway/src/gateway-metrics.js';
import { CancelSweep } from '../../../apps/exchange-gateway/src/orders/cancel-sweep.js';
import { decideChild } from '../../support/ledger-child.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { until } from '../../support/until.js';

let ledger: LedgerWorld;

beforeAll(async () => {
  ledger = await openLedgerWorld('gateway');
});
afterAll(async () => {
  ledger.clock.stop();
  await ledger.close();
});

async function addWorking(accountId = ledger.accountId): Promise<ParentOrderId> {
  const parent = await ledger.addParent({ symbol: 'TESTUSDT' });
  await ledger.inTenant(async (tx) => {
    await decideChild(tx, ledger, parent, { accountId });
    await tx.query(
      `UPDATE child_orders SET status = 'working', epoch = 1, venue_order_id = '7' WHERE parent_order_id = $1`,
      [parent],
    );
  });
  return parent;
}
const halt = () =>
  ledger.inTenant((tx) =>
    new HaltRepository(tx, ledger.tenantId).add(
      { level: 'tenant', scope: '', mode: 'HALTED', cancelOpen: true, reason: 'test' },
      ledger.userId as never,
    ),
  );

/** Another account of the tenant, as if at another venue. */
async function addAccount(): Promise<AccountId> {
  const id = randomUUID() as AccountId;
  await ledger.inTenant((tx) =>
    new AccountRepository(tx).add({
      id,
      tenantId: ledger.tenantId,
      userId: ledger.userId as never,
      name: id,
      venue: 'sim' as VenueId,
      exchange: 'MockExchange',
    }),
  );
  return id;
}

/** @param book what is left to do of each once it was sent */
const cancelWith = (
  send: (child: StoredChildOrder) => Promise<void>,
  lines: string[] = [],
  book: () => Promise<void> = () => Promise.resolve(),
) =>
  new CancelSweep({
    db: ledger.db,
    cancel: { run: () => Promise.resolve(), send: (child) => send(child).then(() => book) },
    redisUp: () => true,
    metrics: gatewayMetrics(new Metrics()),
    logger: createLogger('test', 'error', { write: (line: string) => void lines.push(line) }),
  }).start();

it('I-16 sends the cancels of a halt while those of another hang at their venue', async () => {
  const sent: ParentOrderId[] = [];
  let answer = (): void => undefined;
  const hanging = new Promise<void>((resolve) => (answer = resolve));
  const sweep = cancelWith(({ parentOrderId }) => {
    sent.push(parentOrderId);
    return sent.length === 1 ? hanging : Promise.resolve();
  });
  try {
    const first = await addWorking();
    await halt();
    await until(() => sent.includes(first));
    const second = await addWorking();
    await halt();
    await until(() => sent.includes(second));
    expect(sent).toEqual([first, second]);
  } finally {
    answer();
    await sweep.stop();
  }
});

it('I-16 cancels the others of an account when the row of one cannot be read, and says which', async () => {
  const sent: ParentOrderId[] = [];
  const lines: string[] = [];
  const broken = await addWorking();
  const other = await addWorking();
  await ledger.inTenant((tx) =>
    tx.query('UPDATE child_orders SET venue_order_id = NULL WHERE parent_order_id = $1', [broken]),
  );
  const sweep = cancelWith(({ parentOrderId }) => {
    sent.push(parentOrderId);
    return Promise.resolve();
  }, lines);
  try {
    await halt();
    await until(() => sent.includes(other));
    const said = lines.map((line) => JSON.parse(line) as { parentOrderId?: string; msg: string });
    expect(said).toContainEqual(
      expect.objectContaining({
        parentOrderId: broken,
        msg: 'order not cancelled for a halt: its row cannot be read',
        why: 'A child order lacks what its state requires',
      }),
    );
    const trail = await ledger.inTenant((tx) =>
      tx.query<{ event: string }[]>(
        `SELECT a.event FROM audit_log a JOIN child_orders c ON c.client_order_id = a.entity_id
         WHERE c.parent_order_id = $1 ORDER BY a.id`,
        [broken],
      ),
    );
    expect(trail.map(({ event }) => event)).toEqual(expect.arrayContaining(['cancel_requested', 'cancel_unreadable']));
    expect(sent).not.toContain(broken);
  } finally {
    await sweep.stop();
  }
});

it('VE-B38 while Redis is away, cancels of an account leave although those of another hang at their venue', async () => {
  const hung: string[] = [];
  const sent: string[] = [];
  let answer = (): void => undefined;
  const hanging = new Promise<void>((resolve) => (answer = resolve));
  const slow = new Set<string>();
  const sweep = new CancelSweep({
    db: ledger.db,
    cancel: {
      run: ({ parentOrderId }) => {
        if (!slow.has(parentOrderId)) {
          sent.push(parentOrderId);
          return Promise.resolve();
        }
        hung.push(parentOrderId);
        return hanging;
      },
      send: () => Promise.resolve(() => Promise.resolve()),
    },
    redisUp: () => false,
    metrics: gatewayMetrics(new Metrics()),
    logger: createLogger('test', 'silent'),
  }).start();
  const askFor = (parentOrderId: ParentOrderId) =>
    ledger.inTenant(async (tx) => {
      const children = new ChildOrderRepository(tx, ledger.tenantId);
      await children.lockParent(parentOrderId);
      await children.requestCancel(parentOrderId, '0'.repeat(32), 'test', 'all');
    });
  try {
    // More than the account has places, so that some wait behind those that hang.
    for (let n = 0; n < 40; n += 1) slow.add(await addWorking());
    for (const parent of slow) await askFor(parent as ParentOrderId);
    await until(() => hung.length === 32);
    const other = await addWorking(await addAccount());
    await askFor(other);
    await until(() => sent.includes(other));
    expect(hung).toHaveLength(32);
  } finally {
    answer();
    await sweep.stop();
  }
});

it('VE-B34 sends the cancels of a halt without waiting for those before to be booked', async () => {
  const sent: ParentOrderId[] = [];
  let commit = (): void => undefined;
  const slow = new Promise<void>((resolve) => (commit = resolve));
  // More than an account sends at a time: the last ones have to wait for places.
  const parents: ParentOrderId[] = [];
  for (let n = 0; n < 40; n += 1) parents.push(await addWorking());
  const sweep = cancelWith(
    ({ parentOrderId }) => {
      sent.push(parentOrderId);
      return Promise.resolve();
    },
    [],
    () => slow,
  );
  try {
    await halt();
    await until(() => parents.every((parent) => sent.includes(parent)), { timeoutMs: 10_000 });
  } finally {
    commit();
    await sweep.stop();
  }
});
