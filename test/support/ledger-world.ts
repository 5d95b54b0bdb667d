import { randomBytes, randomUUID } from 'node:crypto';
import type { AccountId, ParentOrderId, TenantId } from '#domain';
import { createTenantWithUser, Database, DatabaseClock, type Tx } from '#persistence';
import { createTestDatabase, type TestDatabase } from './database.js';

/** A migrated database with one tenant, its user and its account `mock`, and the ways to fill it. */
export interface LedgerWorld {
  readonly stores: TestDatabase;
  readonly db: Database;
  readonly clock: DatabaseClock;
  readonly tenantId: TenantId;
  readonly userId: string;
  readonly accountId: AccountId;
  /** A second tenant, to look over the fence from. */
  readonly otherTenantId: TenantId;
  inTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Adds an active parent order as the order API would have left it after activation. */
  addParent(over?: Partial<ParentFields>): Promise<ParentOrderId>;
  close(): Promise<void>;
}

export interface ParentFields {
  symbol: 'ETHUSDT' | 'TESTUSDT';
  side: string;
  orderQty: string;
  status: string;
  limitPrice: string | null;
  durationMs: number | null;
}

const INSTRUMENT = `INSERT INTO instruments (venue, symbol, pair, market_type, base, quote, tick, lot, min_qty, min_notional, status)
  VALUES ('sim', 'ETHUSDT', 'ETH-USDT', 'spot', 'ETH', 'USDT', 0.01, 0.0001, 0.0001, 5, 'trading'),
  ('sim', 'TESTUSDT', 'TEST-USDT', 'spot', 'TEST', 'USDT', 0.01, 0.001, 0.001, 5, 'trading') ON CONFLICT DO NOTHING`;

export async function openLedgerWorld(role: 'app' | 'gateway' = 'gateway'): Promise<LedgerWorld> {
  const stores = await createTestDatabase();
  const db = await Database.connect({
    url: role === 'app' ? stores.appUrl : stores.gatewayUrl,
    poolSize: 8,
    applicationName: 'test',
  });
  const seed = (name: string) =>
    createTenantWithUser(db, {
      tenant: name,
      user: `${name}-user`,
      tokenHashHex: randomBytes(32).toString('hex'),
      scopes: ['read', 'trade', 'cancel'],
    });
  const mine = await seed('mine');
  const other = await seed('other');
  await db.inSystem((tx) => tx.query(INSTRUMENT));
  const { tenantId, userId, accountId } = mine;
  return {
    stores,
    db,
    clock: await DatabaseClock.start(db),
    tenantId,
    userId,
    accountId,
    otherTenantId: other.tenantId,
    inTenant: (work) => db.inTenant(tenantId, work),
    addParent: (over) => db.inTenant(tenantId, (tx) => insertParent(tx, { tenantId, userId, accountId }, over)),
    close: async () => {
      await db.close();
      await stores.drop();
    },
  };
}

async function insertParent(
  tx: Tx,
  owner: { tenantId: TenantId; userId: string; accountId: AccountId },
  over: Partial<ParentFields> = {},
): Promise<ParentOrderId> {
  const fields: ParentFields = {
    symbol: 'ETHUSDT',
    side: 'buy',
    orderQty: '10',
    status: 'ACTIVE',
    limitPrice: null,
    durationMs: 300_000,
    ...over,
  };
  const id = uuidOfNow();
  await tx.query(
    `INSERT INTO parent_orders (id, tenant_id, user_id, venue, symbol, pair, market_type, base, quote, account_ids, side,
       algorithm, sizing, order_qty, duration_ms, limit_price, params, request, status, created_at, updated_at, start_at,
       activated_at, ended_at, completion_reason, settings_version, trace_id)
     VALUES ($1, $2, $3, 'sim', $12, $13, 'spot', $14, 'USDT', ARRAY[$4::uuid], $5, 'twap', 'base', $6, $7, $8,
       $9, '{}', $10, now(), now(), now(), now(), CASE WHEN $10 IN ('COMPLETE', 'CANCELED') THEN now() END,
       CASE WHEN $10 = 'COMPLETE' THEN 'filled' END, 1, $11)`,
    [
      id,
      owner.tenantId,
      owner.userId,
      owner.accountId,
      fields.side,
      fields.orderQty,
      fields.durationMs,
      fields.limitPrice,
      JSON.stringify({
        passiveness: '0.02',
        discretion: '0.08',
        passiveOnly: false,
        activeLimit: false,
        strictDuration: false,
        oolPause: false,
        maxClipNotional: null,
      }),
      fields.status,
      randomBytes(16).toString('hex'),
      fields.symbol,
      fields.symbol === 'ETHUSDT' ? 'ETH-USDT' : 'TEST-USDT',
      fields.symbol === 'ETHUSDT' ? 'ETH' : 'TEST',
    ],
  );
  return id;
}

/** UUID version 7 of this instant, so that the row falls into a month's partition. */
function uuidOfNow(): ParentOrderId {
  const time = Date.now().toString(16).padStart(12, '0');
  const rest = randomUUID();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(15)}` as ParentOrderId;
}
