import { randomBytes } from 'node:crypto';
import { BudgetReader, SIM_VENUE_ID, shippedLimits } from '#venues';
import { Redis } from 'ioredis';
import { APP_PASSWORD, onServer, TEMPLATE, withDatabase } from '../../test/support/postgres-admin.js';
import { until } from '../../test/support/until.js';
import type { LedgerOrder } from '../limits/contestant.js';
import { Desk, RESTING } from '../limits/desk.js';
import type { GatewayStart } from '../limits/gateway-process.js';
import { breathe, openAccount } from '../limits/tranche.js';
import { spreadOf, type Spread } from '../pipeline/statistics.js';
import type { Stores } from '../pipeline/stores.js';
import { Worker } from '../pipeline/worker.js';
import { controlOf } from '../pipeline/world.js';

/** From the halt to the exchange. */
export interface HaltStanding {
  readonly firstMs: number;
  readonly cancels: Spread;
  readonly refused: number;
  readonly banned: number;
  /** Cancels of orders that were gone already, as the exchange counted them. */
  readonly sentAgain: number;
}

/** Of the weight of a minute, 70 % is for places; beyond that only cancels, reads of unknown orders and the like leave. */
const PLACES_UP_TO = 4_200;
const BATCH = 10;

/** One halt of everything: orders rest in several accounts, others behind the address use what places may. */
export async function measureHalt(
  stores: Stores,
  how: { readonly gateways: number; readonly accounts: number; readonly perAccount: number },
): Promise<HaltStanding> {
  const name = `halt_${randomBytes(4).toString('hex')}`;
  await onServer(stores.postgres.url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`));
  const ownerUrl = withDatabase(stores.postgres.url, name);
  const gatewayUrl = withDatabase(stores.postgres.url, name, { user: 'tranche_gateway', password: APP_PASSWORD });
  const control = controlOf(stores.venue.controlUrl);
  await control('POST', 'reset', {});
  const masterKey = randomBytes(32);
  const desks: Desk[] = [];
  for (let i = 0; i < how.accounts; i += 1)
    desks.push(
      await Desk.open(
        `desk${i}`,
        gatewayUrl,
        ownerUrl,
        masterKey,
        await openAccount(stores.venue.controlUrl, `desk${i}`),
      ),
    );
  const stopBook = await breathe(stores.venue.controlUrl);
  const workers = Array.from({ length: how.gateways }, () => Worker.start('../limits/gateway-process.ts'));
  const redis = new Redis(stores.redis.url);
  try {
    for (const [i, worker] of workers.entries())
      await worker.call('start', {
        withFeed: i === 0,
        environment: {
          DATABASE_URL: gatewayUrl,
          REDIS_URL: stores.redis.url,
          REDIS_PREFIX: name,
          SIM_VENUE_URL: stores.venue.spotUrl,
          SIM_USDM_URL: 'off',
          FEED_SYMBOLS: 'TESTUSDT',
          CREDENTIALS_MASTER_KEY: masterKey.toString('hex'),
          GATEWAY_INSTANCE_ID: `gateway-${i}`,
        },
      } satisfies GatewayStart);
    for (const desk of desks) {
      await until(() => desk.isTrading(), { timeoutMs: 60_000, everyMs: 100, what: 'every account trades' });
      for (let added = 0; added < how.perAccount; added += BATCH)
        await desk.add(Array.from({ length: Math.min(BATCH, how.perAccount - added) }, () => RESTING));
    }
    const count = how.accounts * how.perAccount;
    // A place may be denied while the market is not known yet.
    await until(
      async () => {
        const states = (await desks[0]?.states()) ?? {};
        return placed(states) === count && (states['working'] ?? 0) >= 0.95 * count;
      },
      { timeoutMs: 120_000, everyMs: 250, what: 'all orders rest at the exchange' },
    );
    const budget = new BudgetReader(redis, shippedLimits(SIM_VENUE_ID, 'binance-spot'), name);
    const used = async (): Promise<number> =>
      (await budget.usage()).find(({ limit }) => limit === 'bs.weight')?.used ?? 0;
    await control('POST', 'faults', {
      fault: 'limit',
      args: { foreignWeight: Math.max(1, PLACES_UP_TO + 50 - (await used())) },
    });
    await until(async () => (await used()) >= PLACES_UP_TO, {
      timeoutMs: 70_000,
      everyMs: 50,
      what: 'the exchange’s count is read',
    });
    const before = await control<Readonly<Record<string, number>>>('GET', 'answers');
    const haltedAt = await (desks[0] as Desk).haltAll();
    const open = async (): Promise<number> =>
      Object.entries((await desks[0]?.states()) ?? {}).reduce(
        (sum, [state, n]) => (state.startsWith('closed') ? sum : sum + n),
        0,
      );
    await until(async () => (await open()) === 0, { timeoutMs: 60_000, everyMs: 500, what: 'all orders are closed' });
    const after = await control<Readonly<Record<string, number>>>('GET', 'answers');
    const { orders } = await control<{ orders: LedgerOrder[] }>('GET', 'ledger');
    const delays = orders.filter((o) => o.status === 'CANCELED').map((o) => o.updateTime - haltedAt);
    const answered = (kind: string): number =>
      Object.entries(after).reduce((sum, [k, n]) => (k.startsWith(kind) ? sum + n - (before[k] ?? 0) : sum), 0);
    return {
      firstMs: Math.min(...delays),
      cancels: spreadOf(delays),
      refused: answered('429'),
      banned: answered('418'),
      sentAgain: answered('400 -2011'),
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    redis.disconnect();
    stopBook();
    await Promise.all(desks.map((desk) => desk.close()));
    await onServer(stores.postgres.url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  }
}

/** Child orders that rest or have ended. */
function placed(states: Readonly<Record<string, number>>): number {
  return Object.entries(states).reduce(
    (sum, [state, n]) => (state === 'working' || state.startsWith('closed') ? sum + n : sum),
    0,
  );
}
