import { randomBytes, randomUUID } from 'node:crypto';
import { deriveClientOrderId, type ParentOrderId } from '#domain';
import { onServer } from '../../test/support/postgres-admin.js';
import { placeAtVenue } from './venue-client.js';
import { BOOKS, type BenchUser, type World } from './world.js';

export interface SeedPlan {
  readonly count: number;
  /** Of the orders in turn. */
  readonly durationMs: number | readonly number[];
  /** Wake-ups of the orders are spread evenly over this time, which begins after `leadMs`. */
  readonly spreadMs: number;
  readonly leadMs: number;
  /**
   * Each order already has one child that rests, as an order in the middle of its work has: at the venue too, or in our
   * rows only, where no gateway looks.
   */
  readonly resting: boolean | 'rows';
}

const SYMBOLS = Object.keys(BOOKS) as (keyof typeof BOOKS)[];
const QTY = { BTCUSDT: ['100', '0.03'], ETHUSDT: ['2000', '0.6'], TESTUSDT: ['60000', '20'] } as const;
const BATCH = 500;
const PARALLEL = 16;

interface Seed {
  readonly id: ParentOrderId;
  readonly user: BenchUser;
  readonly symbol: keyof typeof BOOKS;
  venueOrderId: string | null;
}

/**
 * Active TWAP orders straight into the tables, as they stand after their activation: ten thousand requests would take
 * minutes and measure something else. The first wake-up of each is due work with its job in the outbox.
 * @returns when the first wake-up is due, in ms of this machine's clock
 */
export async function seedOrders(
  world: Pick<World, 'users' | 'ownerUrl'>,
  venueUrl: string,
  plan: SeedPlan,
): Promise<number> {
  const seeds = Array.from({ length: plan.count }, (_, i): Seed => {
    const user = world.users[i % world.users.length] as BenchUser;
    return {
      id: uuidOfNow(),
      user,
      symbol: SYMBOLS[Math.floor(i / world.users.length) % 3] ?? 'BTCUSDT',
      venueOrderId: null,
    };
  });
  if (plan.resting === true) await restAtVenue(seeds, venueUrl);
  const durations = typeof plan.durationMs === 'number' ? [plan.durationMs] : plan.durationMs;
  const firstAt = Date.now() + plan.leadMs;
  await onServer(world.ownerUrl, async (client) => {
    for (let from = 0; from < seeds.length; from += BATCH) {
      const rows = seeds.slice(from, from + BATCH).map((seed, i) => {
        const { bid, base, pair } = BOOKS[seed.symbol];
        const [orderQty, childQty] = QTY[seed.symbol];
        return {
          id: seed.id,
          tenant: seed.user.tenantId,
          owner: seed.user.userId,
          account: seed.user.accountId,
          symbol: seed.symbol,
          pair,
          base,
          qty: orderQty,
          child_qty: childQty,
          price: bid,
          trace: randomBytes(16).toString('hex'),
          client_id: deriveClientOrderId(seed.id, 0),
          venue_id: seed.venueOrderId ?? (plan.resting === 'rows' ? `row-${seed.id}` : null),
          duration: durations[(from + i) % durations.length],
          due_ms: firstAt + ((from + i) * plan.spreadMs) / seeds.length,
        };
      });
      await client.query('BEGIN');
      for (const sql of plan.resting !== false
        ? [PARENTS, PLANS, CHILDREN, CHILD_KEYS, DUE, OUTBOX]
        : [PARENTS, DUE, OUTBOX])
        await client.query(sql.replaceAll(':next', plan.resting === false ? '0' : '1'), [JSON.stringify(rows)]);
      await client.query('COMMIT');
    }
    await client.query('ANALYZE');
  });
  return firstAt;
}

const FROM = `FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, tenant uuid, owner bigint, account uuid, symbol text,
  pair text, base text, qty numeric, child_qty numeric, price numeric, trace text, client_id text, venue_id text, duration bigint,
  due_ms double precision)`;
const PARAMS = JSON.stringify({
  passiveness: '0.02',
  discretion: '0.08',
  passiveOnly: false,
  activeLimit: false,
  strictDuration: false,
  oolPause: false,
  maxClipNotional: null,
});
const PARENTS = `INSERT INTO parent_orders (id, tenant_id, user_id, venue, symbol, pair, market_type, base, quote, account_ids,
    side, algorithm, sizing, order_qty, duration_ms, params, request, status, created_at, updated_at, start_at, activated_at,
    next_sequence, settings_version, trace_id)
  SELECT id, tenant, owner, 'sim', symbol, pair, 'spot', base, 'USDT', ARRAY[account], 'buy', 'twap', 'base', qty, duration,
    '${PARAMS}', '{}', 'ACTIVE', now(), now(), now(), now(), :next, 1, trace ${FROM}`;
const PLANS = `INSERT INTO plan_versions (parent_order_id, version, tenant_id, u0, x0, order_qty, duration_ms, reason, created_at)
  SELECT id, 1, tenant, 0, 0, qty, duration, 'activated', now() ${FROM}`;
const CHILDREN = `INSERT INTO child_orders (parent_order_id, sequence, tenant_id, account_id, venue, symbol, client_order_id, side,
    purpose, time_in_force, price, order_qty, status, epoch, claimed_at, valid_until, venue_order_id)
  SELECT id, 0, tenant, account, 'sim', symbol, client_id, 'buy', 'clip', 'gtx', price, child_qty, 'working', 1, now(), now(),
    venue_id ${FROM}`;
const CHILD_KEYS = `INSERT INTO child_order_keys (account_id, client_order_id, tenant_id, parent_order_id, sequence)
  SELECT account, client_id, tenant, id, 0 ${FROM}`;
const DUE = `INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at)
  SELECT 'parent.wake', id, -1, tenant, to_timestamp(due_ms / 1000) ${FROM}`;
const OUTBOX = `INSERT INTO outbox (tenant_id, job, payload, not_before)
  SELECT tenant, 'parent-order.wake', jsonb_build_object('v', 1, 'tenantId', tenant, 'parentOrderId', id, 'traceId', trace),
    to_timestamp(due_ms / 1000) ${FROM}`;

async function restAtVenue(seeds: readonly Seed[], venueUrl: string): Promise<void> {
  const queue = [...seeds];
  const place = async (): Promise<void> => {
    for (let seed = queue.shift(); seed !== undefined; seed = queue.shift())
      seed.venueOrderId = String(
        await placeAtVenue(venueUrl, seed.user.key, {
          symbol: seed.symbol,
          side: 'BUY',
          type: 'LIMIT_MAKER',
          quantity: QTY[seed.symbol][1],
          price: BOOKS[seed.symbol].bid,
          newClientOrderId: deriveClientOrderId(seed.id, 0),
        }),
      );
  };
  await Promise.all(Array.from({ length: PARALLEL }, place));
}

/** UUID version 7 of this instant, so that the row falls into a month's partition. */
function uuidOfNow(): ParentOrderId {
  const time = Date.now().toString(16).padStart(12, '0');
  const rest = randomUUID();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(15)}` as ParentOrderId;
}
