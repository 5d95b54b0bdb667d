import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { price, quantity, type AccountId, type ParentOrderId, type VenueId } from '#domain';
import { AccountRepository, ChildOrderRepository } from '#persistence';
import { storeCredential } from '../../../apps/exchange-gateway/src/service.js';
import { CuttableProxy } from '../../support/cuttable-proxy.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { startReferenceMarket, type ReferenceMarket } from '../../support/reference-market.js';
import { startSimExchange, type SimAccount, type SimExchange } from '../../support/sim-exchange.js';
import { until } from '../../support/until.js';

jest.setTimeout(150_000);

const VENUES = ['sim-east', 'sim-north', 'sim-west'] as const;
/** A venue takes some 80 orders of an account in 10 s: several accounts make the thousand quick. */
const ACCOUNTS = 5;
const CHILDREN = 67;

interface Desk {
  readonly venue: VenueId;
  readonly sim: SimExchange;
  readonly proxy: CuttableProxy;
  readonly market: ReferenceMarket;
  readonly accounts: readonly (SimAccount & { readonly id: AccountId; readonly parent: ParentOrderId })[];
  external: string;
}

let world: LedgerWorld;
let desks: Desk[];
let gateway: ChildProcess | undefined;
const masterKey = randomBytes(32);

function startGateway(): void {
  gateway = spawn(
    process.execPath,
    ['--import', './test/support/typescript.mjs', 'apps/exchange-gateway/src/main.ts'],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: world.stores.gatewayUrl,
        REDIS_URL: world.stores.redisUrl,
        REDIS_PREFIX: world.stores.redisPrefix,
        REDIS_ALLOW_UNSAFE: 'true',
        SIM_VENUES: desks.map(({ venue, proxy }) => `${venue}=${proxy.url}`).join(','),
        SIM_USDM_URL: 'off',
        CREDENTIALS_MASTER_KEY: masterKey.toString('hex'),
        GATEWAY_INSTANCE_ID: 'killed-gateway',
        RECONCILE_ORDERS_EVERY_MS: '1000',
        LOG_LEVEL: 'fatal',
      },
    },
  );
}
async function kill(): Promise<void> {
  if (gateway === undefined || gateway.exitCode !== null) return;
  const ended = once(gateway, 'exit');
  gateway.kill('SIGKILL');
  await ended;
  gateway = undefined;
}

const query = <T>(sql: string, parameters: unknown[] = []): Promise<T[]> =>
  world.inTenant((tx) => tx.query<T[]>(sql, parameters));

/** Where the owner of the accounts calls from: what it asks must not use up what the gateway may. */
const OWNERS = { header: 'x-test-address', address: '192.0.2.1' };

/** Calls a venue with an account's own key. */
async function owner<T>(desk: Desk, key: SimAccount, method: string, path: string, params: object): Promise<T> {
  const text = new URLSearchParams({ ...params, timestamp: String(Date.now()) }).toString();
  const signature = createHmac('sha256', key.apiSecret).update(text).digest('hex');
  const reply = await fetch(`${desk.sim.url}/api/v3/${path}?${text}&signature=${signature}`, {
    method,
    headers: { 'x-mbx-apikey': key.apiKey, [OWNERS.header]: OWNERS.address },
  });
  if (!reply.ok) throw new Error(`${path}: ${await reply.text()}`);
  return (await reply.json()) as T;
}

async function openDesk(venue: VenueId): Promise<Desk> {
  const sim = await startSimExchange({ SIM_IP_HEADER: OWNERS.header });
  await sim.control('PUT', 'markets/TESTUSDT/book', { bids: [['90.00', '50']], asks: [['110.00', '50']] });
  await world.db.inSystem((tx) =>
    tx.query(
      `INSERT INTO instruments (venue, symbol, pair, market_type, base, quote, tick, lot, min_qty, min_notional, status)
       VALUES ($1, 'TESTUSDT', 'TEST-USDT', 'spot', 'TEST', 'USDT', 0.01, 0.001, 0.001, 5, 'trading')`,
      [venue],
    ),
  );
  const accounts = [];
  for (let n = 0; n < ACCOUNTS; n += 1) {
    const key = await sim.openAccount(`${venue}-${n}`, { USDT: '1000000', TEST: '1000' });
    const { tenantId, userId, db } = world;
    const id = await world.inTenant((tx) =>
      new AccountRepository(tx).add({
        id: randomUUID() as AccountId,
        tenantId,
        userId: userId as never,
        name: `${venue}-${n}`,
        venue,
        exchange: 'MockExchange',
      }),
    );
    await storeCredential({ db, masterKey, tenantId, accountId: id, credential: key });
    const parent = await world.addParent({ symbol: 'TESTUSDT', orderQty: '1000' });
    await query('UPDATE parent_orders SET venue = $2, account_ids = ARRAY[$3::uuid] WHERE id = $1', [
      parent,
      venue,
      id,
    ]);
    accounts.push({ ...key, id, parent });
  }
  const market = await startReferenceMarket(world.stores, world.clock, venue);
  return { venue, sim, proxy: await CuttableProxy.to(sim.url), market, accounts, external: '' };
}

beforeAll(async () => {
  world = await openLedgerWorld('gateway');
  await query(`DELETE FROM account_leases WHERE venue = 'sim'`).catch(() => undefined);
  desks = [];
  for (const venue of VENUES) desks.push(await openDesk(venue as VenueId));
});
afterAll(async () => {
  await kill();
  for (const { sim, proxy, market } of desks) {
    await market.stop();
    await proxy.cut();
    await sim.stop();
  }
  await world.close();
});

const countOf = async (status: string): Promise<number> =>
  (await query<{ n: number }>('SELECT count(*)::integer AS n FROM child_orders WHERE status = $1', [status]))[0]?.n ??
  0;
const trading = async (venues: readonly VenueId[]): Promise<boolean> => {
  const rows = await query<{ status: string }>(
    `SELECT s.status FROM account_states s JOIN accounts a ON a.id = s.account_id WHERE a.venue = ANY($1)`,
    [venues],
  );
  return rows.length === venues.length * ACCOUNTS && rows.every(({ status }) => status === 'trading');
};

interface VenueOrder {
  readonly clientOrderId: string;
  readonly orderId: number;
  readonly status: string;
  readonly executedQty: string;
}

/** Everything in which our rows and a venue's journal differ. */
async function differences(desk: Desk): Promise<string[]> {
  const found: string[] = [];
  const ledger = await desk.sim.control<{
    orders: VenueOrder[];
    fills: { clientOrderId: string; id: number; qty: string }[];
  }>('GET', 'ledger');
  const ours = await query<{ id: string; status: string; reason: string | null; qty: string }>(
    `SELECT client_order_id AS id, status, close_reason AS reason, cum_qty::text AS qty FROM child_orders WHERE venue = $1`,
    [desk.venue],
  );
  const theirs = new Map(ledger.orders.map((order) => [order.clientOrderId, order]));
  const end: Record<string, string> = {
    FILLED: 'filled',
    CANCELED: 'canceled',
    NEW: 'working',
    PARTIALLY_FILLED: 'working',
  };
  for (const { id, status, reason, qty } of ours) {
    const order = theirs.get(id);
    const is = status === 'closed' ? reason : status;
    if (order === undefined || end[order.status] !== is || Number(order.executedQty) !== Number(qty))
      found.push(`${id}: ours ${is ?? ''} ${qty}, theirs ${order?.status ?? 'none'} ${order?.executedQty ?? ''}`);
  }
  if (ledger.orders.length !== ours.length + 1) found.push(`${ledger.orders.length} orders at the venue`);
  const booked = await query<{ name: string }>(
    `SELECT c.client_order_id || '/' || f.trade_id || ' ' || trim_scale(f.last_qty) AS name
     FROM fills f JOIN child_orders c USING (parent_order_id, sequence) WHERE c.venue = $1 AND NOT f.inferred`,
    [desk.venue],
  );
  const names = ledger.fills
    .filter((fill) => ours.some(({ id }) => id === fill.clientOrderId))
    .map((fill) => `${fill.clientOrderId}/${fill.id} ${Number(fill.qty)}`);
  if (
    booked
      .map(({ name }) => name)
      .sort()
      .join() !== names.sort().join()
  )
    found.push(`fills: ours ${booked.length}, theirs ${names.length}`);
  for (const account of desk.accounts) {
    const { balances } = await owner<{ balances: { asset: string; free: string; locked: string }[] }>(
      desk,
      account,
      'GET',
      'account',
      {},
    );
    const stored = await query<{ asset: string; free: string; locked: string }>(
      'SELECT asset, free, locked FROM balances WHERE account_id = $1',
      [account.id],
    );
    for (const { asset, free, locked } of balances) {
      const row = stored.find((one) => one.asset === asset);
      if (Number(row?.free ?? 0) !== Number(free) || Number(row?.locked ?? 0) !== Number(locked))
        found.push(`${asset} of ${desk.venue}: ours ${row?.free ?? ''} ${row?.locked ?? ''}, theirs ${free} ${locked}`);
    }
  }
  return found;
}

it('VE-A15 and P-13: killed with 1,000 open orders on three venues, a gateway is ready in 30 s with no difference left, and a venue that is down blocks only itself', async () => {
  const [east, north, west] = desks as [Desk, Desk, Desk];
  startGateway();
  await until(() => trading(VENUES as never), { everyMs: 100, what: 'all accounts trade' });
  for (const desk of desks) {
    const [first] = desk.accounts;
    if (first === undefined) throw new Error('a desk has accounts');
    const order = { symbol: 'TESTUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '1', price: '50' };
    desk.external = String((await owner<{ orderId: number }>(desk, first, 'POST', 'order', order)).orderId);
    for (const { id, parent } of desk.accounts)
      await world.inTenant((tx) =>
        new ChildOrderRepository(tx, world.tenantId).add(
          parent,
          '0'.repeat(32),
          Array.from({ length: CHILDREN }, (_, sequence) => ({
            sequence,
            accountId: id,
            venue: desk.venue,
            symbol: 'TESTUSDT',
            side: 'buy' as const,
            purpose: 'clip' as const,
            timeInForce: 'gtx' as const,
            price: price(`${80 + (sequence % 10)}`),
            orderQty: quantity('0.1'),
          })),
          world.clock.now(),
        ),
      );
  }
  const total = VENUES.length * ACCOUNTS * CHILDREN;
  expect(total).toBeGreaterThanOrEqual(1_000);
  await until(async () => (await countOf('working')) >= 1_000, {
    everyMs: 200,
    what: '1,000 orders are open',
  }).catch(async (error: unknown) => {
    const found = await query('SELECT status, close_code, count(*) FROM child_orders GROUP BY 1, 2');
    throw new Error(`${String(error)}: ${JSON.stringify(found)}`);
  });
  await kill();

  // While nobody looks: some are filled, in part too, and one is cancelled by its owner.
  for (const desk of desks) {
    await desk.sim.control('PUT', 'markets/TESTUSDT/book', { bids: [['70.00', '50']], asks: [['110.00', '50']] });
    await desk.sim.control('POST', 'markets/TESTUSDT/trade', { price: '89.00', qty: '1.05', side: 'sell' });
    const [, second] = desk.accounts;
    const [open] = await owner<{ orderId: number }[]>(desk, second!, 'GET', 'openOrders', { symbol: 'TESTUSDT' });
    await owner(desk, second!, 'DELETE', 'order', { symbol: 'TESTUSDT', orderId: open?.orderId });
  }
  await west.proxy.cut();
  const startedAt = performance.now();
  startGateway();
  await query(`UPDATE account_states SET status = 'starting'`);
  await until(() => trading([east.venue, north.venue]), { everyMs: 100, what: 'two venues trade' });
  const readyMs = performance.now() - startedAt;
  expect(readyMs).toBeLessThan(30_000);
  expect(await trading([west.venue])).toBe(false);
  for (const desk of [east, north])
    await until(async () => (await differences(desk)).length === 0, {
      everyMs: 2_000,
      what: `no difference from ${desk.venue}`,
    }).catch(async (error: unknown) => {
      throw new Error(`${String(error)}: ${(await differences(desk)).slice(0, 5).join('; ')}`);
    });

  await west.proxy.restore(west.sim.url);
  await until(() => trading([west.venue]), { everyMs: 100, what: 'the third venue trades' });
  await until(async () => (await differences(west)).length === 0, { everyMs: 2_000 });
  for (const desk of desks) {
    const orders = await desk.sim.orders();
    expect(orders.find((order) => String(order.orderId) === desk.external)?.status).toBe('NEW');
    expect(
      await query('SELECT status FROM external_orders WHERE venue_order_id = $1 AND symbol = $2 AND account_id = $3', [
        desk.external,
        'TESTUSDT',
        desk.accounts[0]?.id,
      ]),
    ).toEqual([{ status: 'working' }]);
  }
});
