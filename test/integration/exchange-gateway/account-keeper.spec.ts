import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AccountId } from '#domain';
import { createLogger } from '#observability';
import { AccountRepository, type HeldAccount } from '#persistence';
import { SIM_VENUE_ID } from '#venues';
import { AccountKeeper } from '../../../apps/exchange-gateway/src/accounts/account-keeper.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { until } from '../../support/until.js';

let world: LedgerWorld;
beforeAll(async () => {
  world = await openLedgerWorld();
});
afterAll(() => world.close());

const untouched = { inc: () => undefined, set: () => undefined } as never;

it('P-13 keeps the leases of all others while one account throws, one never ends, and one is never compared', async () => {
  const names = ['throws', 'hangs', 'fine'] as const;
  const ids = new Map<string, AccountId>();
  for (const name of names) {
    const id = await world.inTenant((tx) =>
      new AccountRepository(tx).add({
        id: crypto.randomUUID() as AccountId,
        tenantId: world.tenantId,
        userId: world.userId as never,
        name,
        venue: SIM_VENUE_ID,
        exchange: 'MockExchange',
      }),
    );
    ids.set(name, id);
  }
  const began: AccountId[] = [];
  let release = (): void => undefined;
  const never = new Promise<void>((resolve) => (release = resolve));
  const forgotten: AccountId[] = [];
  const runnerOf = ({ accountId }: HeldAccount) => ({
    begin: () => {
      if (accountId === ids.get('throws')) return Promise.reject(new Error('cannot begin'));
      began.push(accountId);
      return Promise.resolve();
    },
    start: () => undefined as never,
    stop: () => (accountId === ids.get('hangs') ? never : Promise.resolve()),
    wasCompared: accountId !== ids.get('hangs'),
    isPutAway: false,
  });
  const keeper = new AccountKeeper(
    world.db,
    {
      venues: [SIM_VENUE_ID],
      forget: (accountId) => {
        forgotten.push(accountId);
        return Promise.resolve();
      },
      forgetIdle: () => Promise.resolve(),
    },
    runnerOf,
    'keeper-1',
    { accountsHeld: untouched, staleEpochs: untouched },
    createLogger('test', 'silent'),
  );
  keeper.start();
  const fine = ids.get('fine') as AccountId;
  const hangs = ids.get('hangs') as AccountId;
  await until(() => began.includes(fine) && began.includes(hangs), { what: 'the others were taken on' });
  expect(keeper.heldAccount(ids.get('throws') as AccountId)).toBeNull();
  expect(keeper.heldAccount(fine)).not.toBeNull();
  expect(keeper.notReady()).toBe('1 account(s) not compared with their venue yet');

  // Both go to another process: the one that never ends keeps nobody from noticing.
  await world.db.inSystem((tx) =>
    tx.query(
      `UPDATE account_leases SET owner = 'other', epoch = epoch + 1, lease_until = clock_timestamp() + interval '1 minute'
       WHERE account_id = ANY($1)`,
      [[fine, hangs]],
    ),
  );
  await until(() => keeper.heldAccount(fine) === null && keeper.heldAccount(hangs) === null, {
    what: 'both are let go',
  });
  await until(() => forgotten.includes(fine), { what: 'the session of the one is closed' });
  expect(forgotten).not.toContain(hangs);
  const until1 = () =>
    world.db.inSystem((tx) =>
      tx.query<{ left: number }[]>(
        `SELECT extract(epoch FROM lease_until - clock_timestamp())::double precision AS left FROM account_leases
         WHERE account_id = $1`,
        [world.accountId],
      ),
    );
  // Renewed since: more than seven of its ten seconds are left, again and again.
  await until(async () => ((await until1())[0]?.left ?? 0) > 8, { everyMs: 50 });
  release();
  await keeper.stop();
  expect(forgotten).toContain(hangs);
});
