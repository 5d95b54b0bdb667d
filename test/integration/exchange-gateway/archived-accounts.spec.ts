import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AccountId, UserId } from '#domain';
import { AccountLeaseRepository, AccountRepository, AccountViewRepository, isPutAway } from '#persistence';
import { SIM_VENUE_ID } from '#venues';
import { openGatewayWorld, type GatewayWorld } from '../../support/gateway-world.js';
import { until } from '../../support/until.js';
import { watchVenue, type WatchedVenue } from '../../support/watched-venue.js';

const HEADER = 'x-test-address';
/** So many calls for an account that is still tended, and none for the other, tell that nobody tends that one. */
const CALLS_OF_THE_OTHER = 10;

let world: GatewayWorld;
let venue: WatchedVenue;
beforeAll(async () => {
  world = await openGatewayWorld({
    simEnv: { SIM_IP_HEADER: HEADER },
    env: { RECONCILE_ORDERS_EVERY_MS: '500', RECONCILE_ALL_EVERY_MS: '500' },
    venueUrl: async (real) => {
      venue = await watchVenue(real, HEADER, '192.0.2.1');
      return venue.url;
    },
  });
});
afterAll(async () => {
  await world.close();
  await venue.stop();
});

const callsOf = (apiKey: string): number => venue.calls.filter((call) => call.apiKey === apiKey).length;

async function leaseOf(accountId: AccountId): Promise<{ owner: string | null; retired: boolean; until: number }> {
  const [found] = await world.ledger.inTenant((tx) =>
    tx.query<{ owner: string | null; retired: boolean; until: number }[]>(
      `SELECT owner, retired_at IS NOT NULL AS retired,
              (extract(epoch FROM lease_until) * 1000)::double precision AS until
       FROM account_leases WHERE account_id = $1`,
      [accountId],
    ),
  );
  if (found === undefined) throw new Error('every account has a lease');
  return found;
}

it('lets go of an archived account once none of its child orders is open, and asks its venue nothing more', async () => {
  const { tenantId, userId, accountId } = world.ledger;
  const other = crypto.randomUUID() as AccountId;
  await world.ledger.inTenant((tx) =>
    new AccountRepository(tx).add({
      ...{ id: other, tenantId, userId: userId as UserId, name: 'other' },
      ...{ venue: SIM_VENUE_ID, exchange: 'MockExchange' },
    }),
  );
  const othersKey = await world.sim.openAccount('other', { USDT: '1000000' });
  await world.storeKey(othersKey, other);
  const parent = await world.ledger.addParent({ symbol: 'TESTUSDT' });
  await world.addChild(parent);
  await world.untilChild(parent, 'working');

  await world.ledger.inTenant((tx) => new AccountViewRepository(tx, tenantId).archive(accountId, userId as UserId));
  // Its child still works: the lease is kept, over two renewals and the looks between them.
  const before = await leaseOf(accountId);
  await until(async () => (await leaseOf(accountId)).until > before.until + 5_000, { what: 'the lease is renewed' });
  expect(await leaseOf(accountId)).toMatchObject({ owner: before.owner, retired: false });

  await world.cancel(parent);
  await world.untilChild(parent, 'closed canceled');
  await until(async () => (await leaseOf(accountId)).owner === null, { what: 'the lease is let go' });
  const isQuiet = async (): Promise<boolean> => {
    const [mine, theirs] = [callsOf(world.key.apiKey), callsOf(othersKey.apiKey)];
    await until(() => callsOf(othersKey.apiKey) >= theirs + CALLS_OF_THE_OTHER, { what: 'the other is looked after' });
    return callsOf(world.key.apiKey) === mine;
  };
  await until(isQuiet, { what: 'nothing is asked for the archived account' });
  expect((await leaseOf(other)).owner).toBe(before.owner);

  await world.stopGateways();
  const held = await world.ledger.db.inSystem((tx) =>
    new AccountLeaseRepository(tx).acquire('another', [SIM_VENUE_ID], 60_000),
  );
  expect(held.map((account) => account.accountId)).toContain(other);
  expect(held.map((account) => account.accountId)).not.toContain(accountId);
  expect(await leaseOf(accountId)).toMatchObject({ owner: null, retired: true });
});

it('is not put away before it was compared with its venue long enough after its last child order', async () => {
  const { accountId, tenantId } = world.ledger;
  const away = (confirmed: string | null): Promise<boolean> =>
    world.ledger.inTenant(async (tx) => {
      await tx.query(
        `UPDATE account_states SET confirmed_at =
           (SELECT max(closed_at) + $2::interval FROM child_orders WHERE account_id = $1) WHERE account_id = $1`,
        [accountId, confirmed],
      );
      return isPutAway(tx, tenantId, accountId, 60_000);
    });
  expect([await away(null), await away('-1 second'), await away('59 seconds'), await away('61 seconds')]).toEqual([
    false,
    false,
    false,
    true,
  ]);
});
