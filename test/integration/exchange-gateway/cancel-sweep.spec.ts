import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { AccountId, ParentOrderId, VenueId } from '#domain';
import { createLogger, Metrics } from '#observability';
import {
  AccountRepository,
  ChildOrderRepository,
  HaltRepository,
  type StoredChildOrder,
  requestCancelOfParents,
} from '#persistence';
import { gatewayMetrics } from '../../../apps/exchange-gateway/src/gateway-metrics.js';
import { CancelSweep, type CancelSweepOptions } from '../../../apps/exchange-gateway/src/orders/cancel-sweep.js';
import { CancelBell } from '../../../apps/exchange-gateway/src/orders/cancel-bell.js';
import { CancelsFirst } from '../../../apps/exchange-gateway/src/orders/cancels-first.js';
import { LaterBookings } from '../../../apps/exchange-gateway/src/orders/later-bookings.js';
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

interface ManyAtOnce {
  readonly atOnce: number;
  readonly sendMany: CancelSweepOptions['cancel']['sendMany'];
}

const inTurn = () => {
  const first = new CancelsFirst();
  return { first, bookings: new LaterBookings(first, () => undefined) };
};

/** @param book what is left to do of each once it was sent */
const cancelWith = (
  send: (child: StoredChildOrder) => Promise<void>,
  lines: string[] = [],
  book: () => Promise<void> = () => Promise.resolve(),
  { atOnce = 0, sendMany = () => Promise.resolve(null) }: Partial<ManyAtOnce> = {},
) =>
  new CancelSweep({
    db: ledger.db,
    cancel: { run: () => Promise.resolve(), send: (child) => send(child).then(() => book), sendMany },
    atOnce: () => atOnce,
    ...inTurn(),
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
    sweep.nudgeHalts();
    await until(() => sent.includes(first));
    const second = await addWorking();
    await halt();
    sweep.nudgeHalts();
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
    sweep.nudgeHalts();
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
      sendMany: () => Promise.resolve(null),
    },
    atOnce: () => 0,
    ...inTurn(),
    redisUp: () => false,
    metrics: gatewayMetrics(new Metrics()),
    logger: createLogger('test', 'silent'),
  }).start();
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
    sweep.nudgeHalts();
    await until(() => parents.every((parent) => sent.includes(parent)), { timeoutMs: 10_000 });
  } finally {
    commit();
    await sweep.stop();
  }
});

it.each([true, false])(
  'VE-B34 a halt cancels several orders in one call where the venue takes it now: %s, else one by one',
  async (takesMany) => {
    const alone: ParentOrderId[] = [];
    const together: ParentOrderId[][] = [];
    const parents: ParentOrderId[] = [];
    for (let n = 0; n < 4; n += 1) parents.push(await addWorking());
    const sweep = cancelWith(
      ({ parentOrderId }) => {
        alone.push(parentOrderId);
        return Promise.resolve();
      },
      [],
      undefined,
      {
        atOnce: 4,
        sendMany: (children) => {
          together.push(children.map(({ parentOrderId }) => parentOrderId));
          return Promise.resolve(takesMany ? children.map(() => () => Promise.resolve()) : null);
        },
      },
    );
    try {
      await halt();
      sweep.nudgeHalts();
      await until(() => together.flat().length + alone.length === (takesMany ? 4 : 8));
      expect(together.map((batch) => [...batch].sort())).toEqual([[...parents].sort()]);
      expect([...alone].sort()).toEqual(takesMany ? [] : [...parents].sort());
    } finally {
      await sweep.stop();
    }
  },
);

/** A bell that rings for these accounts. */
function bellOf(held: readonly AccountId[], send: (child: StoredChildOrder, traceId: string) => Promise<void>) {
  const halts: number[] = [];
  let listens = (): void => undefined;
  const listening = new Promise<void>((resolve) => (listens = resolve));
  const accounts = held.map((accountId) => ({
    accountId,
    tenantId: ledger.tenantId,
    venue: 'sim' as VenueId,
    epoch: 1,
  }));
  const bell = new CancelBell({
    db: ledger.db,
    url: ledger.stores.gatewayUrl,
    held: {
      heldAccount: (id) => accounts.find(({ accountId }) => accountId === id) ?? null,
      heldAccounts: () => accounts,
    },
    cancel: { send: (child, traceId) => send(child, traceId).then(() => () => Promise.resolve()) },
    ...inTurn(),
    onHalt: () => {
      halts.push(performance.now());
      listens(); // told once when it listens
    },
    logger: createLogger('test', 'silent'),
  }).start();
  return { bell, halts, listening };
}
const askFor = (parentOrderId: ParentOrderId) =>
  ledger.inTenant(async (tx) => {
    await new ChildOrderRepository(tx, ledger.tenantId).lockParent(parentOrderId);
    await requestCancelOfParents(tx, ledger.tenantId, [parentOrderId], 'test');
  });
const dueInMs = async (parent: ParentOrderId) => {
  const [row] = await ledger.inTenant((tx) =>
    tx.query<{ ms: number }[]>(
      `SELECT (extract(epoch FROM due_at - clock_timestamp()) * 1000)::float8 AS ms FROM due_work
       WHERE kind = 'child.cancel' AND parent_order_id = $1`,
      [parent],
    ),
  );
  return row?.ms;
};

it('B6 a cancel is taken by the process that looks after its account when it is asked for, and by no other', async () => {
  const [mine, theirs] = [await addAccount(), await addAccount()];
  const sent: [ParentOrderId, string][] = [];
  const { bell, listening } = bellOf([mine], (child, traceId) => {
    sent.push([child.parentOrderId, traceId]);
    return Promise.resolve();
  });
  try {
    await listening;
    const [ours, other] = [await addWorking(mine), await addWorking(theirs)];
    await askFor(other);
    await askFor(ours);
    await until(() => sent.length > 0);
    const [parent] = await ledger.inTenant((tx) =>
      tx.query<{ trace_id: string }[]>('SELECT trace_id FROM parent_orders WHERE id = $1', [ours]),
    );
    expect(sent).toEqual([[ours, parent?.trace_id]]);
    // Taken, so that nobody else sends it meanwhile; the other's is due for whoever comes.
    expect(await dueInMs(ours)).toBeGreaterThan(0);
    expect(await dueInMs(other)).toBeLessThanOrEqual(0);
  } finally {
    await bell.stop();
  }
});

it('B6 cancels that were asked for while nobody listened are taken when somebody does', async () => {
  const account = await addAccount();
  const parent = await addWorking(account);
  await askFor(parent);
  const sent: ParentOrderId[] = [];
  const { bell } = bellOf([account], ({ parentOrderId }) => {
    sent.push(parentOrderId);
    return Promise.resolve();
  });
  try {
    await until(() => sent.includes(parent));
    expect(sent).toEqual([parent]);
  } finally {
    await bell.stop();
  }
});

it('P-18 a halt is heard with its commit, without a look at the clock', async () => {
  const { bell, halts, listening } = bellOf([], () => Promise.resolve());
  try {
    await listening;
    const before = halts.length;
    await halt();
    await until(() => halts.length > before);
  } finally {
    await bell.stop();
  }
});

it('A7 cancels of an account that may not send any stay due, and are not sent', async () => {
  const account = await addAccount();
  const sent: ParentOrderId[] = [];
  const { bell, listening } = bellOf([account], ({ parentOrderId }) => {
    sent.push(parentOrderId);
    return Promise.resolve();
  });
  try {
    await listening;
    await ledger.inTenant((tx) =>
      tx.query(
        `INSERT INTO account_states (account_id, tenant_id, status, ban_scope, retry_at, reason)
         VALUES ($1, $2, 'banned', 'ip', now() + interval '1 minute', 'test')
         ON CONFLICT (account_id) DO UPDATE SET status = 'banned', ban_scope = 'ip', retry_at = EXCLUDED.retry_at`,
        [account, ledger.tenantId],
      ),
    );
    const parent = await addWorking(account);
    await askFor(parent);
    await until(async () => ((await dueInMs(parent)) ?? 0) > 0);
    expect(sent).toEqual([]);
  } finally {
    await bell.stop();
  }
});
