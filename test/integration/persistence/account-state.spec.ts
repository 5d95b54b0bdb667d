import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { decimal, epochMs } from '#domain';
import { SIM_VENUE_ID } from '#venues';
import {
  AccountLeaseRepository,
  AccountStateRepository,
  ChildOrderRepository,
  PositionRepository,
  type AccountStatus,
  type Tx,
} from '#persistence';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { until } from '../../support/until.js';

let world: LedgerWorld;

beforeAll(async () => {
  world = await openLedgerWorld();
});
afterAll(() => world.close());
beforeEach(() => world.inTenant((tx) => tx.query('UPDATE account_leases SET owner = NULL, lease_until = NULL')));

const LEASE_MS = 60_000;
const acquire = (tx: Tx, owner: string, leaseMs = LEASE_MS) =>
  new AccountLeaseRepository(tx).acquire(owner, [SIM_VENUE_ID], leaseMs);
const epochOf = async (owner: string, leaseMs = LEASE_MS): Promise<number> => {
  const held = await world.db.inSystem((tx) => acquire(tx, owner, leaseMs));
  const mine = held.find((account) => account.accountId === world.accountId);
  if (mine === undefined) throw new Error(`${owner} must hold the account`);
  return mine.epoch;
};
const say = (tx: Tx, status: AccountStatus, epoch?: number) =>
  new AccountStateRepository(tx, world.tenantId).setStatus(world.accountId, status, 'test', epoch);
const status = () =>
  world.inTenant((tx) => new AccountStateRepository(tx, world.tenantId).read(world.accountId)).then((s) => s?.status);
const log = () =>
  world.inTenant((tx) =>
    tx.query<{ from_status: string | null; to_status: string }[]>(
      'SELECT from_status, to_status FROM account_status_log WHERE account_id = $1 ORDER BY id',
      [world.accountId],
    ),
  );
/** A transaction that stays open after `work` until it is told to commit. */
function hold<T>(work: (tx: Tx) => Promise<T>) {
  let commit = (): void => undefined;
  const told = new Promise<void>((resolve) => (commit = resolve));
  let begun: (value: T) => void = () => undefined;
  const first = new Promise<T>((resolve) => (begun = resolve));
  const done = world.inTenant(async (tx) => {
    begun(await work(tx));
    await told;
  });
  return { first, commit: () => (commit(), done) };
}
const waitsForLock = async (): Promise<boolean> => {
  const found = await world.db.inSystem((tx) =>
    tx.query<unknown[]>(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    ),
  );
  return found.length > 0;
};

it('logs every change of the status with what it was before', async () => {
  const epoch = await epochOf('a');
  await world.inTenant((tx) => say(tx, 'reconciling'));
  const before = await log();
  expect(await world.inTenant((tx) => say(tx, 'trading', epoch))).toBe('changed');
  expect(await world.inTenant((tx) => say(tx, 'trading', epoch))).toBe('unchanged');
  expect(await world.inTenant((tx) => say(tx, 'degraded', epoch))).toBe('changed');
  expect((await log()).slice(before.length)).toEqual([
    { from_status: 'reconciling', to_status: 'trading' },
    { from_status: 'trading', to_status: 'degraded' },
  ]);
});

it('P-07 writes nothing under the epoch of a lease that another has taken over', async () => {
  const old = await epochOf('a', -1);
  await world.inTenant((tx) => say(tx, 'degraded', old));
  const taken = await epochOf('b');
  expect(taken).toBe(old + 1);
  const before = await log();
  expect(await world.inTenant((tx) => say(tx, 'trading', old))).toBe('stale');
  expect(await status()).toBe('degraded');
  expect(await log()).toEqual(before);
  expect(await world.inTenant((tx) => say(tx, 'trading', taken))).toBe('changed');
});

it('P-07 writes nothing under an old epoch while a take-over is on its way', async () => {
  const old = await epochOf('a', -1);
  await world.inTenant((tx) => say(tx, 'degraded', old));
  const takeOver = hold(async (tx) => {
    const [held] = (await acquire(tx, 'b')).filter((account) => account.accountId === world.accountId);
    return say(tx, 'starting', held?.epoch);
  });
  expect(await takeOver.first).toBe('changed');
  let outcome: string | undefined;
  const late = world.inTenant((tx) => say(tx, 'trading', old)).then((said) => (outcome = said));
  await until(async () => outcome !== undefined || (await waitsForLock()));
  await takeOver.commit();
  await late;
  expect(outcome).toBe('stale');
  expect(await status()).toBe('starting');
});

it('P-07 is not overtaken between saying a status and its commit, and its owner renews all the same', async () => {
  const epoch = await epochOf('a', -1);
  const saying = hold((tx) => say(tx, 'halted', epoch));
  expect(await saying.first).toBe('changed');
  const others = await world.db.inSystem((tx) => acquire(tx, 'b'));
  expect(others.map((account) => account.accountId)).not.toContain(world.accountId);
  let renewed: number | undefined;
  const renewal = epochOf('a').then((same) => (renewed = same));
  await until(async () => renewed !== undefined || (await waitsForLock()));
  await saying.commit();
  await renewal;
  expect(renewed).toBe(epoch);
  expect(await status()).toBe('halted');
});

it('A4 numbers the calls of an account upwards through all its holders, and for nobody else', async () => {
  const held = async (owner: string, leaseMs = LEASE_MS) => {
    const all = await world.db.inSystem((tx) => acquire(tx, owner, leaseMs));
    const mine = all.find(({ accountId }) => accountId === world.accountId);
    if (mine === undefined) throw new Error(`${owner} must hold the account`);
    return mine;
  };
  const next = (owner: string, account: Awaited<ReturnType<typeof held>>, least: number) =>
    world.db.inSystem((tx) => new AccountLeaseRepository(tx).nextNonce(owner, account, least));
  const first = await held('a');
  const now = 1_764_000_000_000_000;
  expect(await next('a', first, now)).toBe(now);
  expect(await next('a', first, now)).toBe(now + 1);
  expect(await next('a', first, now + 500)).toBe(now + 500);
  expect(await next('b', first, now + 600)).toBeNull();
  await world.inTenant((tx) => tx.query(`UPDATE account_leases SET lease_until = clock_timestamp() - interval '1 ms'`));
  expect(await next('a', first, now + 700)).toBeNull();
  // Whoever comes after counts on, with a clock that is behind too.
  const second = await held('b');
  expect(await next('b', second, now - 3_000_000)).toBe(now + 501);
  expect(await next('a', first, now + 800)).toBeNull();
  expect(await next('b', { ...second, epoch: second.epoch - 1 }, now + 800)).toBeNull();
  const many = await Promise.all(Array.from({ length: 20 }, () => next('b', second, now)));
  expect(new Set(many).size).toBe(20);
});

it('names the symbols of what may be open at the venue, whatever else a row holds', async () => {
  const parent = await world.addParent();
  let sequence = 0;
  const add = (tx: Tx, symbol: string, status: string, price = '1') =>
    tx.query(
      `INSERT INTO child_orders (parent_order_id, sequence, tenant_id, account_id, venue, symbol, side, client_order_id, purpose,
         time_in_force, price, order_qty, status, close_reason, closed_at, created_at, updated_at)
       SELECT id, $2::integer, tenant_id, account_ids[1], venue, $3, side, md5(id::text || $2::integer), 'clip', 'gtc', $5::numeric,
         1, $4::text, CASE $4::text WHEN 'closed' THEN 'filled' END, CASE $4::text WHEN 'closed' THEN now() END, now(), now()
       FROM parent_orders WHERE id = $1`,
      [parent, sequence++, symbol, status, price],
    );
  const open = await world.inTenant(async (tx) => {
    await add(tx, 'OPENUSDT', 'submitted', 'NaN'); // no version of ours could read it as a price
    await add(tx, 'OPENUSDT', 'submitted');
    await add(tx, 'WAITUSDT', 'pending');
    await add(tx, 'OVERUSDT', 'closed');
    return new ChildOrderRepository(tx, world.tenantId).openSymbols(world.accountId);
  });
  expect(open).toEqual(['OPENUSDT']);
});

it('knows a position to be behind while a trade of it is newer than what the venue told', async () => {
  const epoch = await epochOf('positions');
  const { accountId, tenantId } = world;
  const id = await world.addParent();
  const tradedAt = world.clock.now();
  const positions = (tx: Tx) => new PositionRepository(tx, tenantId);
  const tell = (qty: string, venueAt: number) =>
    world.inTenant((tx) => {
      const told = { entryPx: null, markPx: null, unrealizedPnl: null, leverage: null, marginType: null };
      const one = { symbol: 'ETHUSDT', side: 'both' as const, qty: decimal(qty), ...told };
      return positions(tx).save(accountId, [one], 'stream', epochMs(venueAt), epoch);
    });
  const reducible = async () => {
    const { both, isBehind } = await world.inTenant((tx) => positions(tx).reducible(accountId, 'ETHUSDT', id));
    return [both?.toFixed(), isBehind];
  };
  await tell('0', tradedAt - 10);
  expect(await reducible()).toEqual(['0', false]);
  const traded = (at: number) =>
    world.inTenant((tx) =>
      tx.query(
        `INSERT INTO own_volumes AS o (account_id, symbol, tenant_id, cum_base, last_trade_id, last_traded_at)
         VALUES ($1, 'ETHUSDT', $2, 3, '1', to_timestamp($3::double precision / 1000))
         ON CONFLICT (account_id, symbol) DO UPDATE SET last_traded_at = EXCLUDED.last_traded_at`,
        [accountId, tenantId, at],
      ),
    );
  await traded(tradedAt);
  expect(await reducible()).toEqual(['0', true]);
  await tell('3', tradedAt);
  expect(await reducible()).toEqual(['3', false]);
  // a trade of long ago that nothing was told of stands
  await world.inTenant((tx) => tx.query(`UPDATE positions SET venue_at = venue_at - interval '5 minutes'`));
  await traded(tradedAt - 120_000);
  expect(await reducible()).toEqual(['3', false]);
});
