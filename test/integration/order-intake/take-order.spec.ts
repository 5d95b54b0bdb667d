import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  decimal,
  notional,
  price,
  quantity,
  type EpochMs,
  type Instrument,
  type ParentOrderId,
  type Result,
  type RiskLimitRow,
  type VenueId,
} from '#domain';
import {
  parseJsonBody,
  readEcho,
  takeOrder,
  toEpochMs,
  uuidV7,
  type JsonObject,
  type OrderRefusal,
} from '#order-intake';
import {
  AccountRepository,
  createTenantWithUser,
  Database,
  HaltRepository,
  OrderIntakeRepository,
  RestrictionRepository,
  RiskRepository,
  type AcceptedOrder,
  type EpochMicros,
  type TenantUser,
  type Tx,
} from '#persistence';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { until } from '../../support/until.js';

const ETH: Instrument = {
  venue: 'sim' as VenueId,
  symbol: 'ETHUSDT',
  pair: 'ETH-USDT',
  marketType: 'spot',
  base: 'ETH',
  quote: 'USDT',
  tick: price('0.01'),
  lot: quantity('0.0001'),
  minQty: quantity('0.0001'),
  minNotional: notional('5'),
  status: 'trading',
};
const TABLES = ['parent_orders', 'order_messages', 'outbox', 'due_work', 'audit_log'];

type Taken = Result<AcceptedOrder | null, OrderRefusal>;
interface Asked {
  readonly id?: ParentOrderId;
  readonly body?: object;
  readonly checks?: 'all' | 'entry' | 'exit';
  readonly mid?: string | null;
}

let stores: TestDatabase;
let db: Database;
let user: TenantUser;
beforeAll(async () => {
  stores = await createTestDatabase();
  db = await Database.connect({ url: stores.appUrl, poolSize: 4, applicationName: 'test' });
});
afterAll(async () => {
  await db.close();
  await stores.drop();
});
beforeEach(async () => {
  const name = randomBytes(4).toString('hex');
  user = await createTenantWithUser(db, { tenant: name, user: name, tokenHashHex: name.repeat(8), scopes: [] });
});

const inTenant = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => db.inTenant(user.tenantId, work);
const idAt = (ms: number): ParentOrderId => uuidV7(ms as EpochMs, randomBytes(10));

function bodyOf(more: object): JsonObject {
  const body = { accounts: ['mock'], pair: 'ETH-USDT', side: 'buy', strategy: 'Market', base_asset_qty: 5, ...more };
  const parsed = parseJsonBody(new TextEncoder().encode(JSON.stringify(body)));
  if (!parsed.ok) throw new Error(parsed.error.text);
  return parsed.value;
}

async function takeIn(tx: Tx, { id, body = {}, checks = 'all', mid = '3012.40' }: Asked = {}): Promise<Taken> {
  const { tenantId, userId } = user;
  // An exit is held to no bound per user, so that it need not wait for others of the user.
  const begin = (): Promise<EpochMicros> => new OrderIntakeRepository(tx, tenantId, userId).begin();
  const now = checks === 'exit' ? ((Date.now() * 1_000) as EpochMicros) : await begin();
  const order = { id: id ?? idAt(toEpochMs(now)), tenantId, userId, traceId: '0'.repeat(32) };
  const mids = { mid: () => (mid === null ? null : { price: price(mid), at: toEpochMs(now) }) };
  const accounts = await new AccountRepository(tx).reachableBy(userId);
  return takeOrder(
    tx,
    { order, body: bodyOf(body), checks },
    { now, instruments: [ETH], mids, venues: [{ id: 'sim', exchange: 'MockExchange' }], accounts },
  );
}

const take = (asked?: Asked): Promise<Taken> => inTenant((tx) => takeIn(tx, asked));
const codeOf = (taken: Taken): string =>
  taken.ok ? (taken.value === null ? 'there already' : 'taken') : taken.error.code;
const orderOf = (taken: Taken): AcceptedOrder => {
  if (!taken.ok || taken.value === null) throw new Error(codeOf(taken));
  return taken.value;
};
const isOneWaiting = async (): Promise<boolean> => {
  const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return (await inTenant((tx) => tx.query<unknown[]>(sql))).length > 0;
};
const rowsOf = (tables = TABLES): Promise<number[]> =>
  inTenant(async (tx) => {
    const counts: number[] = [];
    for (const table of tables) {
      const sql = `SELECT count(*)::integer AS n FROM ${table} WHERE tenant_id = $1`;
      counts.push((await tx.query<{ n: number }[]>(sql, [user.tenantId]))[0]!.n);
    }
    return counts;
  });

it('stores an order with its history and what wakes it', async () => {
  const before = await rowsOf();
  const { record } = orderOf(await take({ body: { notes: 'of a signal' } }));
  expect((await rowsOf()).map((n, i) => n - before[i]!)).toEqual([1, 1, 1, 1, 1]);
  expect([record.status, record.arrivalPrice?.toFixed(), readEcho(record.requestJson).notes]).toEqual([
    ...['ACTIVE', '3012.4'],
    'of a signal',
  ]);
});

describe('an id that is there already', () => {
  it('adds nothing, whatever has become of the market and the account meanwhile', async () => {
    const id = idAt(Date.UTC(2026, 10, 22));
    const body = { custom_order_id: 'signal-7' };
    expect(codeOf(await take({ id, body }))).toBe('taken');
    const before = await rowsOf();
    expect(codeOf(await take({ id, body }))).toBe('there already');
    expect(codeOf(await take({ id, body, mid: null }))).toBe('there already');
    expect(codeOf(await take({ id, body: { ...body, accounts: ['gone'] } }))).toBe('there already');
    expect(await rowsOf()).toEqual(before);
  });

  it.each([{}, { custom_order_id: 'signal-8' }])('waits for a twin that is about to commit: %j', async (body) => {
    const asked = { id: idAt(Date.UTC(2026, 10, 22)), checks: 'exit', body } as const;
    let twin: Promise<Taken> | undefined;
    const first = await inTenant(async (tx) => {
      const taken = await takeIn(tx, asked);
      twin = take(asked);
      await until(isOneWaiting, { what: 'the twin waits' });
      return taken;
    });
    expect([codeOf(first), codeOf(await twin!)]).toEqual(['taken', 'there already']);
    expect(await rowsOf(['parent_orders', 'order_messages'])).toEqual([1, 1]);
  });
});

it('refuses as a value, after which the transaction goes on', async () => {
  const taken = await inTenant(async (tx) => [
    await takeIn(tx, { body: { custom_order_id: 'one', base_asset_qty: 0.00011 } }),
    await takeIn(tx, { body: { side: 'up' } }),
    await takeIn(tx, { body: { custom_order_id: 'one' } }),
    await takeIn(tx, { body: { custom_order_id: 'one' } }),
  ]);
  expect(taken.map(codeOf)).toEqual(['below_minimum', 'invalid', 'taken', 'duplicate_custom_order_id']);
  expect(await rowsOf(['parent_orders'])).toEqual([1]);
});

const STRICT: RiskLimitRow = {
  ...{ enforcement: 'strict', maxQuantity: decimal('1'), maxParentQuantity: null, maxNotional: null },
  ...{ maxParentNotional: null, maxBasketNotional: null, collarPct: null, driftPct: null, referenceMaxAgeMs: null },
  ...{ referenceJumpPct: null, messagesPerSecond: null, maxAccountExposure: null, maxTenantExposure: null },
  allowed: ['*'],
};
const limit = (row: Partial<RiskLimitRow>): Promise<unknown> =>
  inTenant((tx) =>
    new RiskRepository(tx, user.tenantId).put(
      { accountId: null, instrument: null },
      { ...STRICT, ...row },
      user.userId,
    ),
  );
const restrict = (): Promise<unknown> =>
  inTenant((tx) =>
    new RestrictionRepository(tx, user.tenantId).add(
      { type: 'PAIR_BLOCK', limit: null, pair: 'ETH-USDT', venue: null, username: null, reason: 'drill' },
      user.userId,
    ),
  );
const halt = (): Promise<unknown> =>
  inTenant((tx) =>
    new HaltRepository(tx, user.tenantId).add(
      { level: 'account', scope: user.accountId, mode: 'HALTED', cancelOpen: false, reason: 'drill' },
      user.userId,
    ),
  );
const openAll = async (): Promise<void> => {
  await take();
  await inTenant((tx) =>
    tx.query(
      `INSERT INTO parent_orders SELECT (p2.o).* FROM (
         SELECT jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid())) AS o
         FROM parent_orders p, generate_series(1, 499) WHERE p.tenant_id = $1) p2`,
      [user.tenantId],
    ),
  );
};

describe('an exit', () => {
  it.each([
    ['a restriction', restrict, {}, 'restricted'],
    ['a halt', halt, {}, 'risk_denied'],
    ['a control', () => limit({ maxParentNotional: decimal('10000') }), {}, 'risk_denied'],
    ['too many open orders', openAll, {}, 'too_many_orders'],
    ['a missing market', () => Promise.resolve(), { mid: null }, 'no_market_data'],
  ])('is not refused for %s, as an entry is', async (_, obstruct, market, code) => {
    await obstruct();
    for (const checks of ['all', 'entry'] as const) expect(codeOf(await take({ ...market, checks }))).toBe(code);
    expect(codeOf(await take({ ...market, checks: 'exit' }))).toBe('taken');
  });

  it('begins once there is a market', async () => {
    const { record } = orderOf(await take({ checks: 'exit', mid: null }));
    expect([record.status, record.arrivalPrice, record.quoteAmount]).toEqual(['SCHEDULED', null, null]);
    expect(record.startAt).toBe(record.createdAt);
    expect(await rowsOf(['due_work', 'outbox'])).toEqual([1, 1]);
  });

  it('is refused for what is wrong with itself', async () => {
    const codes = [{ accounts: ['gone'] }, { base_asset_qty: 0.00001 }, { pair: 'NO-USDT' }].map(async (body) =>
      codeOf(await take({ checks: 'exit', body })),
    );
    expect(await Promise.all(codes)).toEqual(['invalid', 'below_minimum', 'pair_not_available']);
  });
});

it('RC-07 suspects an order of being a repeat, and no order of a signal', async () => {
  await limit({});
  const warnings = async (checks: Asked['checks'] & string): Promise<readonly string[]> =>
    readEcho(orderOf(await take({ checks })).record.requestJson).warnings;
  expect(await warnings('all')).toEqual([]);
  expect(await warnings('entry')).toEqual([]);
  expect(await warnings('exit')).toEqual([]);
  expect(await warnings('all')).toEqual([expect.stringContaining('this may be a duplicate')]);
});
