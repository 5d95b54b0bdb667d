import { onServer } from '../../test/support/postgres-admin.js';
import { seedOrders } from '../pipeline/seed-orders.js';
import { openWorld } from '../pipeline/world.js';
import type { Stores } from '../pipeline/stores.js';

/** What one child order costs the database, from the decision to its end, with the whole system at work. */
export interface ChildCost {
  readonly children: number;
  readonly perSecond: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly commits: number;
}

interface Totals {
  readonly children: number;
  readonly commits: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** Five-second slices; each order wants a clip, its cancel and a taker in each. */
const DURATION_MS = 200_000;
const PARENTS = 100;
const WARM_UP_MS = 8_000;

export async function measureChildren(stores: Stores, seconds: number): Promise<ChildCost> {
  const world = await openWorld(stores);
  try {
    await seedOrders(world, stores.venue.spotUrl, {
      count: PARENTS,
      durationMs: DURATION_MS,
      spreadMs: 5_000,
      leadMs: 1_000,
      resting: false,
    });
    await pause(WARM_UP_MS);
    const before = await totalsOf(world.ownerUrl);
    const startedAt = performance.now();
    await pause(seconds * 1_000);
    const after = await totalsOf(world.ownerUrl);
    const children = after.children - before.children;
    const per = (key: keyof Totals): number => (after[key] - before[key]) / children;
    return {
      children,
      perSecond: (children * 1_000) / (performance.now() - startedAt),
      inserted: per('inserted'),
      updated: per('updated'),
      deleted: per('deleted'),
      commits: per('commits'),
    };
  } finally {
    await world.close();
  }
}

/** Postgres' own counts; what the services do beside the orders (leases, balances, limits) is in them. */
function totalsOf(ownerUrl: string): Promise<Totals> {
  return onServer(ownerUrl, async (client) => {
    const { rows } = await client.query<Totals>(
      `SELECT (SELECT count(*) FROM child_orders WHERE status = 'closed')::integer AS children,
              xact_commit::float8 AS commits, tup_inserted::float8 AS inserted, tup_updated::float8 AS updated,
              tup_deleted::float8 AS deleted
       FROM pg_stat_database WHERE datname = current_database()`,
    );
    const [found] = rows;
    if (found === undefined) throw new Error('Postgres must know its own database');
    return found;
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
