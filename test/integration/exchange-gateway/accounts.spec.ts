import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decimal, price, type ParentOrderId } from '#domain';
import {
  AccountCommandRepository,
  AccountStateRepository,
  ExternalOrderRepository,
  HaltRepository,
} from '#persistence';
import { openGatewayWorld, type GatewayWorld } from '../../support/gateway-world.js';
import { until } from '../../support/until.js';

let world: GatewayWorld;
let parent: ParentOrderId;

beforeAll(async () => {
  world = await openGatewayWorld({
    env: {
      RECONCILE_DOUBTS_EVERY_MS: '300',
      RECONCILE_ORDERS_EVERY_MS: '500',
      RECONCILE_ALL_EVERY_MS: '1500',
      INFER_FILL_AFTER_MS: '500',
    },
  });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.sim.control('DELETE', 'faults');
  await world.sim.control('PUT', 'markets/TESTUSDT/book', { bids: [['99.00', '50']], asks: [['101.00', '50']] });
  await world.untilTrading();
  parent = await world.ledger.addParent({ symbol: 'TESTUSDT' });
});

const fault = (route: string, name: string, args: object = {}, over: object = {}) =>
  world.sim.control('POST', 'faults', { match: { route }, fault: name, args, ...over });
const query = <T>(sql: string, parameters: unknown[] = []): Promise<T[]> =>
  world.ledger.inTenant((tx) => tx.query<T[]>(sql, parameters));
const trade = (qty = '500') =>
  world.sim.control('POST', 'markets/TESTUSDT/trade', { price: '98.00', qty, side: 'sell' });
const status = async (): Promise<string | undefined> =>
  (
    await world.ledger.inTenant((tx) =>
      new AccountStateRepository(tx, world.ledger.tenantId).read(world.ledger.accountId),
    )
  )?.status;
const untilStatus = (wanted: string) =>
  until(async () => (await status()) === wanted, { everyMs: 50, what: `the account is ${wanted}` });

/** Calls the exchange with the account's own key, as its owner does in another program. */
async function owner(method: string, path: string, params: Record<string, string>): Promise<{ orderId: number }> {
  const text = new URLSearchParams({ ...params, timestamp: String(Date.now()) }).toString();
  const signature = createHmac('sha256', world.key.apiSecret).update(text).digest('hex');
  const reply = await fetch(`${world.sim.url}/api/v3/${path}?${text}&signature=${signature}`, {
    method,
    headers: { 'x-mbx-apikey': world.key.apiKey },
  });
  if (!reply.ok) throw new Error(`${path}: ${await reply.text()}`);
  return (await reply.json()) as { orderId: number };
}
const ownerPlaces = async (): Promise<string> =>
  String(
    (
      await owner('POST', 'order', {
        symbol: 'TESTUSDT',
        side: 'BUY',
        type: 'LIMIT',
        timeInForce: 'GTC',
        quantity: '1',
        price: '50',
        newClientOrderId: `own-${randomBytes(4).toString('hex')}`,
      })
    ).orderId,
  );
const external = (venueOrderId: string) =>
  world.ledger.inTenant((tx) =>
    new ExternalOrderRepository(tx, world.ledger.tenantId).find(world.ledger.accountId, 'TESTUSDT', venueOrderId),
  );

/** What is left of an order once it has ended, but for ids and times. */
async function rowsOf(id: ParentOrderId): Promise<unknown> {
  const child = await world.child(id);
  return {
    fills: await query(
      'SELECT last_qty, last_px, role, fee, fee_asset, fee_quote, anomaly, inferred FROM fills WHERE parent_order_id = $1',
      [id],
    ),
    parent: await query('SELECT cum_base, cum_quote, maker_quote, fee_quote FROM parent_orders WHERE id = $1', [id]),
    child: await query(
      `SELECT status, close_reason, close_code, epoch, cum_qty, cum_notional, inferred_qty FROM child_orders WHERE parent_order_id = $1`,
      [id],
    ),
    state: child.order.state.status,
  };
}

describe('streams and polling', () => {
  it('VE-A13 books one fill that comes before the ack, twice and before an older report; VE-A14 polling alone leaves the same rows', async () => {
    const take = (id: ParentOrderId) => world.addChild(id, { timeInForce: 'ioc', price: price('101') });
    // By stream: the fill overtakes its order's own report, comes twice, and the reply of the placement last.
    await fault('userDataStream', 'stream', { how: 'fill_before_ack' }, { times: 1 });
    await fault('userDataStream', 'stream', { how: 'duplicate' }, { times: 2 });
    await fault('POST /api/v3/order', 'latency', { when: 'after', ms: 1_000 }, { times: 1 });
    await take(parent);
    await world.untilChild(parent, 'closed filled');
    const placed = () =>
      query<{ outcome: string | null }>('SELECT outcome FROM placements WHERE parent_order_id = $1', [parent]);
    await until(async () => (await placed())[0]?.outcome === 'done', { what: 'the late reply was recorded' });
    const byStream = await rowsOf(parent);
    expect(byStream).toMatchObject({ state: 'closed', fills: [{ inferred: false, anomaly: null }] });
    expect(await query('SELECT 1 FROM fills WHERE parent_order_id = $1', [parent])).toHaveLength(1);

    // By polling: the stream stands and never says anything again, and no reply of the placement comes either.
    await world.sim.control('DELETE', 'faults');
    await fault('userDataStream', 'stream', { how: 'silence' });
    await fault('POST /api/v3/order', 'drop_reply', {}, { times: 1 });
    const silent = await world.ledger.addParent({ symbol: 'TESTUSDT' });
    await take(silent);
    await world.untilChild(silent, 'closed filled');
    expect(await rowsOf(silent)).toEqual(byStream);
  });
});

describe('what a venue counts without telling its trade', () => {
  it('is inferred, and given up for the real fill without ever counting twice', async () => {
    await world.addChild(parent);
    await world.untilChild(parent, 'working');
    await fault('userDataStream', 'stream', { how: 'silence' });
    await fault('GET /api/v3/myTrades', 'status', { status: 500, when: 'before' });
    await trade();
    const filled = await world.untilChild(parent, 'closed filled');
    expect(filled.inferredQty.toFixed()).toBe('1');
    const inferred = await query<{ last_px: string; inferred: boolean; fee: string }>(
      'SELECT last_px, inferred, fee FROM fills WHERE parent_order_id = $1',
      [parent],
    );
    expect(inferred).toEqual([{ last_px: expect.stringMatching(/^98\.0+$/), inferred: true, fee: expect.anything() }]);
    const before = await rowsOf(parent);

    const seen = new Set<string>();
    await world.sim.control('DELETE', 'faults');
    await until(
      async () => {
        const [sums] = await query<{ base: string; children: string; fills: string }>(
          `SELECT p.cum_base::text AS base, c.cum_qty::text AS children,
                  (SELECT sum(last_qty)::text FROM fills f WHERE f.parent_order_id = p.id) AS fills
           FROM parent_orders p JOIN child_orders c ON c.parent_order_id = p.id WHERE p.id = $1`,
          [parent],
        );
        seen.add([sums?.base, sums?.children, sums?.fills].map(Number).join());
        return (await world.child(parent)).inferredQty.isZero();
      },
      { everyMs: 5, what: 'the real fill has taken its place' },
    );
    expect([...seen]).toEqual(['1,1,1']);
    const after = await query<{ inferred: boolean; fee: string }>(
      'SELECT inferred, fee FROM fills WHERE parent_order_id = $1',
      [parent],
    );
    expect(after).toHaveLength(1);
    expect(after[0]).toMatchObject({ inferred: false });
    expect(Number(after[0]?.fee)).toBeGreaterThan(0);
    expect(before).toMatchObject({ state: 'closed' });
    const events = await query<{ event: string }>(
      `SELECT event FROM audit_log WHERE entity = 'fill' AND entity_id = $1 ORDER BY id`,
      [filled.order.clientOrderId],
    );
    expect(events.map(({ event }) => event)).toEqual(['inferred', 'booked']);
  });

  it('keeps every real fill the fact that it is: no service may change or remove one', async () => {
    await world.addChild(parent, { timeInForce: 'ioc', price: price('101') });
    await world.untilChild(parent, 'closed filled');
    await world.ledger.inTenant((tx) =>
      tx.query('UPDATE fills SET last_qty = 99 WHERE parent_order_id = $1', [parent]),
    );
    await world.ledger.inTenant((tx) => tx.query('DELETE FROM fills WHERE parent_order_id = $1', [parent]));
    const left = await query<{ last_qty: string }>('SELECT last_qty FROM fills WHERE parent_order_id = $1', [parent]);
    expect(left.map(({ last_qty }) => Number(last_qty))).toEqual([1]);
  });
});

describe('orders of others', () => {
  it('are stored and left alone while ours are cancelled, and cancelled only by a command that names them', async () => {
    const named = await ownerPlaces();
    const spared = await ownerPlaces();
    await until(async () => (await external(named)) !== null && (await external(spared)) !== null, {
      what: 'both are stored',
    });
    expect(await external(named)).toMatchObject({ status: 'working', clientText: expect.stringMatching(/^own-/) });
    await world.addChild(parent);
    await world.untilChild(parent, 'working');
    await world.cancel(parent);
    await world.untilChild(parent, 'closed canceled');

    const { tenantId, accountId, userId } = world.ledger;
    const command = await world.ledger.inTenant((tx) =>
      new AccountCommandRepository(tx, tenantId).add(accountId, userId, {
        kind: 'cancel_external',
        symbol: 'TESTUSDT',
        argument: named,
      }),
    );
    const done = () => world.ledger.inTenant((tx) => new AccountCommandRepository(tx, tenantId).find(command.id));
    await until(async () => (await done())?.outcome === 'done', { what: 'the command is done' });
    await until(async () => (await external(named))?.status === 'canceled', { what: 'its end is known' });
    const states = new Map((await world.sim.orders()).map((order) => [String(order.orderId), order.status]));
    expect([states.get(named), states.get(spared)]).toEqual(['CANCELED', 'NEW']);
    expect((await external(spared))?.status).toBe('working');

    // Its owner takes the other away: seen without any word of ours.
    await fault('userDataStream', 'stream', { how: 'silence' });
    await owner('DELETE', 'order', { symbol: 'TESTUSDT', orderId: spared });
    await until(async () => (await external(spared))?.status === 'canceled', {
      what: 'the list told its end',
    });
  });
});

describe('a difference from the venue', () => {
  it('is written down as RECONCILE_MISMATCH, counted, and made good', async () => {
    await query(
      `UPDATE balances SET free = free - 5, updated_at = now() - interval '10 seconds', venue_at = now() - interval '10 seconds'
       WHERE account_id = $1 AND asset = 'TEST'`,
      [world.ledger.accountId],
    );
    const mismatches = () =>
      query<{ data: Record<string, string> }>(
        `SELECT data FROM audit_log WHERE event = 'RECONCILE_MISMATCH' AND data ->> 'subject' = 'TEST'`,
      );
    await until(async () => (await mismatches()).length > 0, { what: 'the difference is found' });
    expect((await mismatches())[0]?.data).toMatchObject({ kind: 'balance', venue: 'sim' });
    await until(async () => {
      const [row] = await query<{ ok: boolean }>(
        `SELECT updated_at > now() - interval '5 seconds' AS ok FROM balances WHERE account_id = $1 AND asset = 'TEST'`,
        [world.ledger.accountId],
      );
      return row?.ok === true;
    });
    const text = await world.metrics.text();
    expect(text).toMatch(/tranche_reconcile_drift\{venue="sim",account="[^"]+",kind="balance"\}/);
    expect(text).toMatch(/tranche_reconcile_last_success_timestamp_seconds\{[^}]*kind="all"\} \d{10}/);
  });
});

describe('the status of an account', () => {
  it('is banned for as long as the venue says, and nothing is sent meanwhile, a cancel included', async () => {
    await world.addChild(parent);
    await world.untilChild(parent, 'working');
    await fault('GET /api/v3/openOrders', 'limit', { status: 418, retryAfter: 3 }, { times: 1 });
    await untilStatus('banned');
    const [row] = await query<{ ban_scope: string; retry_in: number }>(
      `SELECT ban_scope, extract(epoch FROM retry_at - clock_timestamp())::double precision AS retry_in FROM account_states
       WHERE account_id = $1`,
      [world.ledger.accountId],
    );
    expect(row?.ban_scope).toBe('ip');
    expect(row?.retry_in).toBeLessThanOrEqual(3);
    await world.cancel(parent);
    await untilStatus('trading');
    await world.untilChild(parent, 'closed canceled');
    const log = await query<{ to_status: string }>(
      'SELECT to_status FROM account_status_log WHERE account_id = $1 ORDER BY id DESC LIMIT 3',
      [world.ledger.accountId],
    );
    expect(log.map((one) => one.to_status)).toEqual(['trading', 'reconciling', 'banned']);
  });

  it('is halted while a halt holds', async () => {
    const { tenantId, accountId, userId } = world.ledger;
    const halts = <T>(work: (halts: HaltRepository) => Promise<T>) =>
      world.ledger.inTenant((tx) => work(new HaltRepository(tx, tenantId)));
    const id = await halts((h) =>
      h.add({ level: 'account', scope: accountId, mode: 'HALTED', cancelOpen: false, reason: 'test' }, userId as never),
    );
    await untilStatus('halted');
    await halts((h) => h.requestRelease(id, userId as never));
    await halts((h) => h.confirmRelease(id, userId as never));
    await untilStatus('trading');
  });

  it('is credentials_rejected once the venue has refused the key twice, until another is stored', async () => {
    await world.addChild(parent);
    await world.untilChild(parent, 'working');
    await world.stopGateways();
    await world.storeKey({ apiKey: 'x'.repeat(64), apiSecret: 'y'.repeat(64) });
    await world.startGateway();
    await untilStatus('credentials_rejected');
    await world.cancel(parent);
    await world.storeKey(world.key);
    await untilStatus('trading');
    await world.untilChild(parent, 'closed canceled');
  });
});

it('never writes under a lease that another has taken over', async () => {
  await world.stopGateways();
  const { tenantId, accountId } = world.ledger;
  const [lease] = await query<{ epoch: string }>('SELECT epoch FROM account_leases WHERE account_id = $1', [accountId]);
  const stale = Number(lease?.epoch) - 1;
  const states = <T>(work: (states: AccountStateRepository) => Promise<T>) =>
    world.ledger.inTenant((tx) => work(new AccountStateRepository(tx, tenantId)));
  const balance = { asset: 'TEST', free: decimal('7'), locked: decimal('0') };
  const now = world.ledger.clock.now();
  expect(await states((s) => s.saveBalances(accountId, [balance], 'poll', now, stale))).toBe('stale');
  expect(await states((s) => s.confirm(accountId, now, stale))).toBe('stale');
  expect(await states((s) => s.setFees(accountId, { makerBps: decimal('1'), takerBps: decimal('1') }, stale))).toBe(
    'stale',
  );
  expect((await states((s) => s.balance(accountId, 'TEST')))?.free.toFixed()).not.toBe('7');
  expect(await states((s) => s.saveBalances(accountId, [balance], 'poll', now, stale + 1))).toBe('saved');
  await world.startGateway();
});
