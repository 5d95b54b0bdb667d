import { randomBytes, randomUUID } from 'node:crypto';
import { price, quantity, type ParentOrderId, type VenueId } from '#domain';
import {
  ChildOrderRepository,
  createTenantWithUser,
  Database,
  DatabaseClock,
  DatabaseUnavailableError,
  HaltRepository,
} from '#persistence';
import pg from 'pg';
import { storeCredential } from '../../apps/exchange-gateway/src/service.js';
import type { VenueKey } from '../pipeline/venue-client.js';

/** In the table as a scheduler would have left it; resting well below the market, so that it does not fill. */
export const RESTING = {
  venue: 'sim' as VenueId,
  symbol: 'TESTUSDT',
  side: 'buy',
  purpose: 'clip',
  timeInForce: 'gtx',
  price: price('98.00'),
  orderQty: quantity('0.1'),
} as const;
/** Takes what the book offers. */
export const TAKING = { ...RESTING, purpose: 'catch_up', timeInForce: 'ioc', price: price('100.50') } as const;
const PARENTS = 20;
const BATCH = 10;
const TRACE = '0'.repeat(32);

interface Backlog {
  readonly pending: number;
  /** Working long enough to be cancelled, by parent. */
  readonly ripe: readonly { readonly parentOrderId: ParentOrderId; readonly sequences: readonly number[] }[];
}

/** A trading desk with one account: keeps a queue of child orders waiting, and cancels what has rested for a while. */
export class Desk {
  private readonly parents: ParentOrderId[] = [];
  private readonly sequences = new Map<ParentOrderId, number>();
  private turn = 0;

  private constructor(
    private readonly db: Database,
    private readonly clock: DatabaseClock,
    private readonly owning: pg.Client,
    private readonly owner: Awaited<ReturnType<typeof createTenantWithUser>>,
  ) {}

  /** @param name of its tenant; another for each desk of a database */
  static async open(
    name: string,
    gatewayUrl: string,
    ownerUrl: string,
    masterKey: Buffer,
    credential: VenueKey,
  ): Promise<Desk> {
    const db = await Database.connect({ url: gatewayUrl, poolSize: 4, applicationName: 'bench' });
    const owner = await createTenantWithUser(db, {
      tenant: name,
      user: 'trader',
      tokenHashHex: randomBytes(32).toString('hex'),
      scopes: ['read', 'trade', 'cancel'],
    });
    const { tenantId, accountId } = owner;
    await storeCredential({ db, masterKey, tenantId, accountId, credential });
    const owning = new pg.Client({ connectionString: ownerUrl });
    await owning.connect();
    const desk = new Desk(db, await DatabaseClock.start(db), owning, owner);
    for (let i = 0; i < PARENTS; i += 1) await desk.addParent();
    return desk;
  }

  async isTrading(): Promise<boolean> {
    const [row] = await this.query<{ status: string }>('SELECT status FROM account_states WHERE account_id = $1', [
      this.owner.accountId,
    ]);
    return row?.status === 'trading';
  }

  /** Tops the queue up to that many child orders, a batch per parent in turn. */
  async queue(count: number): Promise<void> {
    const missing = count - (await this.backlog(0)).pending;
    for (let added = 0; added < missing; added += BATCH) await this.add(Array.from({ length: BATCH }, () => RESTING));
  }

  /** Adds child orders to the next of its parent orders, as one decision of the scheduler does. */
  async add(orders: readonly (typeof RESTING | typeof TAKING)[]): Promise<void> {
    const parentOrderId = this.parents[this.turn++ % this.parents.length] as ParentOrderId;
    const from = this.sequences.get(parentOrderId) ?? 0;
    this.sequences.set(parentOrderId, from + orders.length);
    const { tenantId, accountId } = this.owner;
    const children = orders.map((order, i) => ({ ...order, accountId, sequence: from + i }));
    await patiently(() =>
      this.db.inTenant(tenantId, (tx) =>
        new ChildOrderRepository(tx, tenantId).add(parentOrderId, TRACE, children, this.clock.now()),
      ),
    );
  }

  /** Asks for the cancel of everything that has rested for so long, over 0 ms; gateways learn of it as of any cancel. */
  async cancelOlderThan(ms: number): Promise<void> {
    const { tenantId } = this.owner;
    for (const { parentOrderId, sequences } of (await this.backlog(ms)).ripe)
      await patiently(() =>
        this.db.inTenant(tenantId, async (tx) => {
          const children = new ChildOrderRepository(tx, tenantId);
          await children.lockParent(parentOrderId);
          await children.requestCancel(parentOrderId, 'bench', sequences);
        }),
      );
  }

  /** A halt of everything, its cancels with it. @returns the time of its row in the database */
  async haltAll(): Promise<number> {
    const { tenantId, userId } = this.owner;
    const halt = { level: 'global', scope: '', mode: 'HALTED', cancelOpen: true, reason: 'bench' } as const;
    const id = await this.db.inTenant(tenantId, (tx) => new HaltRepository(tx, tenantId).add(halt, userId));
    const [row] = await this.query<{ at: number }>(
      'SELECT extract(epoch FROM created_at)::float8 * 1000 AS at FROM trading_halts WHERE id = $1',
      [id],
    );
    return row?.at ?? NaN;
  }

  /** When each cancel was asked for since then, by client order id. */
  async cancelsSince(sinceMs: number): Promise<ReadonlyMap<string, number>> {
    const rows = await this.query<{ id: string; at: number }>(
      `SELECT client_order_id AS id, extract(epoch FROM cancel_requested_at)::float8 * 1000 AS at FROM child_orders
       WHERE cancel_requested_at >= to_timestamp($1 / 1000.0)`,
      [sinceMs],
    );
    return new Map(rows.map(({ id, at }) => [id, at]));
  }

  /** Child orders that no gateway may lose: how many are in which state. */
  async states(): Promise<Readonly<Record<string, number>>> {
    const rows = await this.query<{ state: string; count: number }>(
      `SELECT concat_ws(' ', status, close_reason, nullif(close_code, '')) AS state, count(*)::integer AS count
       FROM child_orders GROUP BY 1 ORDER BY 2 DESC`,
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  async close(): Promise<void> {
    this.clock.stop();
    await this.owning.end();
    await this.db.close();
  }

  private async backlog(ripeAfterMs: number): Promise<Backlog> {
    const [row] = await this.query<{ pending: number }>(
      `SELECT count(*)::integer AS pending FROM child_orders WHERE status = 'pending' AND account_id = $1`,
      [this.owner.accountId],
    );
    const ripe =
      ripeAfterMs === 0
        ? []
        : await this.query<{ parent: ParentOrderId; sequences: number[] }>(
            `SELECT parent_order_id AS parent, array_agg(sequence) AS sequences FROM child_orders
             WHERE status = 'working' AND cancel_requested_at IS NULL AND account_id = $2
               AND updated_at < clock_timestamp() - make_interval(secs => $1 / 1000.0)
             GROUP BY 1`,
            [ripeAfterMs, this.owner.accountId],
          );
    return {
      pending: row?.pending ?? 0,
      ripe: ripe.map(({ parent, sequences }) => ({ parentOrderId: parent, sequences })),
    };
  }

  /** UUID version 7 of this instant, so that the row falls into a month's partition. */
  private async addParent(): Promise<void> {
    const time = Date.now().toString(16).padStart(12, '0');
    const id = `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}` as ParentOrderId;
    const { tenantId, userId, accountId } = this.owner;
    await this.query(
      `INSERT INTO parent_orders (id, tenant_id, user_id, venue, symbol, pair, market_type, base, quote, account_ids, side,
         algorithm, sizing, order_qty, duration_ms, params, request, status, created_at, updated_at, start_at, activated_at,
         settings_version, trace_id)
       VALUES ($1, $2, $3, 'sim', 'TESTUSDT', 'TEST-USDT', 'spot', 'TEST', 'USDT', ARRAY[$4::uuid], 'buy', 'twap', 'base',
         1000000, 36000000, $5, '{}', 'ACTIVE', now(), now(), now(), now(), 1, $6)`,
      [id, tenantId, userId, accountId, PARAMS, TRACE],
    );
    this.parents.push(id);
  }

  private async query<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.owning.query<Row>(sql, [...parameters])).rows;
  }
}

const PARAMS = JSON.stringify({
  passiveness: '0.02',
  discretion: '0.08',
  passiveOnly: true,
  activeLimit: false,
  strictDuration: false,
  oolPause: false,
  maxClipNotional: null,
});

/** A gateway that is paused may hold a parent's row for 3 s, longer than a statement waits for it: then it is tried again. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) throw error;
    }
  }
}
