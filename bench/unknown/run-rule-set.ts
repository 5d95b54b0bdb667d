import { randomBytes } from 'node:crypto';
import { APP_PASSWORD, onServer, TEMPLATE, withDatabase } from '../../test/support/postgres-admin.js';
import { SeededRandom } from '../../test/support/seeded-random.js';
import { until } from '../../test/support/until.js';
import { Desk, RESTING, TAKING } from '../limits/desk.js';
import type { GatewayStart } from '../limits/gateway-process.js';
import { breathe } from '../limits/tranche.js';
import type { Stores } from '../pipeline/stores.js';
import type { VenueKey } from '../pipeline/venue-client.js';
import { Worker } from '../pipeline/worker.js';
import { controlOf, raiseLimits } from '../pipeline/world.js';
import { DisturbedGateways } from './gateways.js';
import { STORM, type RuleSet } from './rule-sets.js';
import { judge, type VenueLedger, type Verdict } from './verdict.js';

export interface RunOptions {
  readonly orders: number;
  readonly gateways: number;
  readonly seed: number;
}

export interface RuleSetResult extends Verdict {
  readonly kills: number;
  readonly pauses: number;
  readonly seconds: number;
}

const DESKS = 4;
const ORDERS_PER_SECOND = 40;
const ROUND_MS = 250;
/** Everything must have ended so long after the storm: fences, margins and look-ups take under 30 s. */
const SETTLE_MS = 120_000;

/** One exchange of that kind, a storm of faults, gateways killed and paused; then calm, and both books side by side. */
export async function runRuleSet(stores: Stores, rules: RuleSet, options: RunOptions): Promise<RuleSetResult> {
  const startedAt = performance.now();
  const name = `unknown_${randomBytes(4).toString('hex')}`;
  await onServer(stores.postgres.url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`));
  const ownerUrl = withDatabase(stores.postgres.url, name);
  const gatewayUrl = withDatabase(stores.postgres.url, name, { user: 'tranche_gateway', password: APP_PASSWORD });
  const control = controlOf(stores.venue.controlUrl);
  await control('POST', 'reset', {});
  await raiseLimits(control, stores.redis.url, name);
  const stopBook = await breathe(stores.venue.controlUrl);
  const masterKey = randomBytes(32);
  const environment = {
    DATABASE_URL: gatewayUrl,
    REDIS_URL: stores.redis.url,
    REDIS_PREFIX: name,
    SIM_VENUE_URL: stores.venue.spotUrl,
    SIM_USDM_URL: 'off',
    FEED_SYMBOLS: 'TESTUSDT',
    CREDENTIALS_MASTER_KEY: masterKey.toString('hex'),
  };
  const desks: Desk[] = [];
  for (let i = 0; i < DESKS; i += 1) {
    const key = await control<VenueKey>('POST', 'accounts', {
      name: `desk${i}`,
      balances: { USDT: '1000000000', TEST: '1000000' },
    });
    desks.push(await Desk.open(`desk${i}`, gatewayUrl, ownerUrl, masterKey, key));
  }
  const feed = Worker.start('../limits/gateway-process.ts');
  const gateways = new DisturbedGateways(options.gateways, environment, new SeededRandom(options.seed));
  try {
    await feed.call('start', {
      withFeed: true,
      logLevel: 'silent',
      environment: { ...environment, GATEWAY_INSTANCE_ID: 'calm' },
    } satisfies GatewayStart);
    await gateways.start();
    for (const desk of desks)
      await until(() => desk.isTrading(), { timeoutMs: 60_000, everyMs: 100, what: 'every account trades' });
    for (const fault of [...rules.faults, ...STORM]) await control('POST', 'faults', fault);
    gateways.disturb();
    await trade(desks, options.orders);
    await gateways.rest();
    await control('DELETE', 'faults');
    for (const fault of rules.faults) await control('POST', 'faults', fault);
    await settle(desks, ownerUrl);
    const verdict = await judge(ownerUrl, await control<VenueLedger>('GET', 'ledger'));
    const seconds = (performance.now() - startedAt) / 1_000;
    return { ...verdict, kills: gateways.kills, pauses: gateways.pauses, seconds };
  } finally {
    await Promise.all([feed.stop(), gateways.stop()]);
    stopBook();
    await Promise.all(desks.map((desk) => desk.close()));
    await onServer(stores.postgres.url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  }
}

/** Half of the orders take, half rest until they are cancelled. */
async function trade(desks: readonly Desk[], orders: number): Promise<void> {
  const perRound = Math.round((ORDERS_PER_SECOND * ROUND_MS) / 1_000);
  for (let added = 0, round = 0; added < orders; round += 1) {
    const roundEnds = performance.now() + ROUND_MS;
    const count = Math.min(perRound, orders - added);
    const desk = desks[round % desks.length] as Desk;
    await desk.add(Array.from({ length: count }, (_, i) => (i % 2 === 0 ? TAKING : RESTING)));
    added += count;
    await desk.cancelOlderThan(3_000);
    await until(() => performance.now() >= roundEnds, { timeoutMs: 10_000, everyMs: 20 });
  }
}

async function settle(desks: readonly Desk[], ownerUrl: string): Promise<void> {
  await until(
    async () => {
      for (const desk of desks) await desk.cancelOlderThan(1);
      const { rows } = await onServer(ownerUrl, (client) =>
        client.query<{ open: number }>(`SELECT count(*)::integer AS open FROM child_orders WHERE status <> 'closed'`),
      );
      return rows[0]?.open === 0;
    },
    { timeoutMs: SETTLE_MS, everyMs: 500, what: 'every order has ended' },
  ).catch((error: unknown) => console.error(String(error)));
}
