import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { ParentOrderId, VenueId } from '#domain';
import { createLogger } from '#observability';
import { AccountLeaseRepository, ChildOrderRepository, type HeldAccount } from '#persistence';
import { accountWorkBroadcast } from '#queues';
import { ChildPlaces } from '../../../apps/exchange-gateway/src/orders/child-places.js';
import { HolderWork } from '../../../apps/exchange-gateway/src/orders/holder-work.js';
import type { ChildWorkKind } from '../../../apps/exchange-gateway/src/orders/work-order.js';
import { decideChild } from '../../support/ledger-child.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { until } from '../../support/until.js';

const TRACE = '0'.repeat(32);
let ledger: LedgerWorld;
let account: HeldAccount;
const started: HolderWork[] = [];

beforeAll(async () => {
  ledger = await openLedgerWorld('gateway');
  const held = await ledger.db.inSystem((tx) =>
    new AccountLeaseRepository(tx).acquire('holder', ['sim' as VenueId], 60_000),
  );
  const mine = held.find(({ accountId }) => accountId === ledger.accountId);
  if (mine === undefined) throw new Error('the account must be held');
  account = mine;
});
afterEach(async () => {
  await Promise.all(started.map((one) => one.stop()));
  started.length = 0;
});
afterAll(async () => {
  ledger.clock.stop();
  await ledger.close();
});

/** One gateway process as far as the hand-over goes; `words` false: what it says reaches nobody. */
function process(holds: boolean, peers: HolderWork[], words = true) {
  const done: string[] = [];
  const worker = (kind: ChildWorkKind) => ({
    run: async ({ parentOrderId }: { parentOrderId: string }) => {
      done.push(`${kind} ${parentOrderId}`);
      await ledger.db.inSystem((tx) =>
        tx.query('DELETE FROM due_work WHERE kind = $1 AND parent_order_id = $2', [kind, parentOrderId]),
      );
    },
    send: ({ parentOrderId }: { parentOrderId: string }) => {
      done.push(`sent ${parentOrderId}`);
      return Promise.resolve(() => Promise.resolve());
    },
  });
  const work = new HolderWork({
    db: ledger.db,
    sessions: {
      venues: ['sim' as VenueId],
      desk: () => ({ venue: { traits: { leaseOnlyPrivateCalls: true } } }) as never,
      isForAnother: () => !holds,
    },
    places: new ChildPlaces(ledger.db),
    broadcasts: {
      say: (_contract, message) => {
        const word = accountWorkBroadcast.message.parse(message);
        if (words) for (const peer of peers) peer.hear(word);
        return Promise.resolve();
      },
    },
    heldAccounts: () => (holds ? [account] : []),
    workers: {
      'child.submit': {
        run: async (key) => {
          await worker('child.submit').run(key);
          return undefined;
        },
      },
      'child.cancel': { ...worker('child.cancel'), sendMany: () => Promise.resolve(null) },
      'child.resolve': worker('child.resolve'),
      'child.amend': worker('child.amend'),
    },
    logger: createLogger('test', 'silent'),
  });
  started.push(work);
  return { work, done };
}

/** A pending child, whose submit is due since a second. */
async function addChild(): Promise<ParentOrderId> {
  const parent = await ledger.addParent({ symbol: 'TESTUSDT' });
  await ledger.inTenant(async (tx) => {
    await decideChild(tx, ledger, parent);
    await tx.query(`UPDATE due_work SET due_at = now() - interval '1 second' WHERE parent_order_id = $1`, [parent]);
  });
  return parent;
}
const key = (parentOrderId: ParentOrderId) => ({ tenantId: ledger.tenantId, parentOrderId, sequence: 0 });
const dueIn = async (parent: ParentOrderId, kind: ChildWorkKind): Promise<number | undefined> => {
  const [due] = await ledger.db.inSystem((tx) =>
    tx.query<{ ms: number }[]>(
      `SELECT extract(epoch FROM due_at - clock_timestamp())::double precision * 1000 AS ms FROM due_work
       WHERE parent_order_id = $1 AND kind = $2`,
      [parent, kind],
    ),
  );
  return due?.ms;
};

it('A4 leaves work on an account to the process that holds it, which takes it at once', async () => {
  const holder = process(true, []);
  const other = process(false, [holder.work]);
  const parent = await addChild();
  await other.work.run('child.submit', key(parent), TRACE);
  expect(other.done).toEqual([]);
  expect(holder.done).toEqual([`child.submit ${parent}`]);
  await other.work.run('child.cancel', key(parent), TRACE);
  expect(holder.done).toEqual([`child.submit ${parent}`, `child.cancel ${parent}`]);
  expect(other.done).toEqual([]);
});

it('A4 leaves the work due where nobody hears of it, and the holder finds it by itself', async () => {
  const holder = process(true, [], false);
  const other = process(false, [holder.work], false);
  const parent = await addChild();
  await other.work.run('child.submit', key(parent), TRACE);
  expect(holder.done).toEqual([]);
  expect(await dueIn(parent, 'child.submit')).toBeLessThan(0);
  other.work.start();
  holder.work.start();
  await until(() => holder.done.length > 0, { what: 'the holder has found it' });
  await until(async () => (await dueIn(parent, 'child.submit')) === undefined, { what: 'the work is done' });
  expect(holder.done).toContain(`child.submit ${parent}`);
  expect(other.done).toEqual([]);
});

it('A4 hands the cancel of a halt over that another process has taken, due at once', async () => {
  const holder = process(true, []);
  const silent = process(false, [holder.work], false);
  const other = process(false, [holder.work]);
  const parent = await addChild();
  const child = await ledger.inTenant((tx) => new ChildOrderRepository(tx, ledger.tenantId).find(parent, 0));
  if (child === null) throw new Error('the child must be there');
  await ledger.inTenant((tx) =>
    tx.query(
      `INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at)
       VALUES ('child.cancel', $1, 0, $2, now() + interval '4 seconds')`,
      [parent, ledger.tenantId],
    ),
  );
  await silent.work.sendCancel(child, TRACE);
  expect(await dueIn(parent, 'child.cancel')).toBeLessThanOrEqual(0);
  await other.work.sendCancel(child, TRACE);
  expect(holder.done).toEqual([`child.cancel ${parent}`]);
  await holder.work.sendCancel(child, TRACE);
  expect(holder.done).toEqual([`child.cancel ${parent}`, `sent ${parent}`]);
  expect([...silent.done, ...other.done]).toEqual([]);
});
