import { randomBytes } from 'node:crypto';
import { APP_PASSWORD, onServer, TEMPLATE, withDatabase } from '../../test/support/postgres-admin.js';
import { until } from '../../test/support/until.js';
import type { Stores } from '../pipeline/stores.js';
import type { VenueKey } from '../pipeline/venue-client.js';
import { Worker } from '../pipeline/worker.js';
import { controlOf, Observation, type Standing } from './contestant.js';
import { Desk } from './desk.js';
import type { GatewayStart } from './gateway-process.js';

const QUEUED = 200;
const REST_MS = 8_000;
const ROUND_MS = 250;

/**
 * Gateway processes on one account and one address, each a process of its own, with more child orders waiting than the
 * exchange takes.
 */
export async function runTranche(stores: Stores, gateways: number, seconds: number, warmUp: number): Promise<Standing> {
  const name = `limits_${randomBytes(4).toString('hex')}`;
  await onServer(stores.postgres.url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`));
  const urlOf = (user: string): string => withDatabase(stores.postgres.url, name, { user, password: APP_PASSWORD });
  const control = controlOf(stores.venue.controlUrl);
  const masterKey = randomBytes(32);
  const desk = await Desk.open(
    'desk',
    urlOf('tranche_gateway'),
    withDatabase(stores.postgres.url, name),
    masterKey,
    await openAccount(stores.venue.controlUrl),
  );
  const stopBook = await breathe(stores.venue.controlUrl);
  const workers = Array.from({ length: gateways }, () => Worker.start('../limits/gateway-process.ts'));
  try {
    for (const [i, worker] of workers.entries())
      await worker.call('start', {
        withFeed: i === 0,
        environment: {
          DATABASE_URL: urlOf('tranche_gateway'),
          REDIS_URL: stores.redis.url,
          REDIS_PREFIX: name,
          SIM_VENUE_URL: stores.venue.spotUrl,
          SIM_USDM_URL: 'off',
          FEED_SYMBOLS: 'TESTUSDT',
          CREDENTIALS_MASTER_KEY: masterKey.toString('hex'),
          GATEWAY_INSTANCE_ID: `gateway-${i}`,
        },
      } satisfies GatewayStart);
    await until(() => desk.isTrading(), { timeoutMs: 60_000, everyMs: 100, what: 'the account trades' });
    await work(desk, warmUp);
    const startedAt = Date.now();
    const observation = await Observation.begin(control);
    await work(desk, seconds);
    const asked = await desk.cancelsSince(startedAt);
    const standing = await observation.end(`Tranche, ${gateways} gateways`, (orders) =>
      [...asked].flatMap(([id, at]) => {
        const order = orders.get(id);
        return order?.status === 'CANCELED' ? [order.updateTime - at] : [];
      }),
    );
    console.log(`child orders by state: ${JSON.stringify(await desk.states())}`);
    return standing;
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    stopBook();
    await desk.close();
    await onServer(stores.postgres.url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  }
}

async function work(desk: Desk, seconds: number): Promise<void> {
  const endsAt = performance.now() + seconds * 1_000;
  while (performance.now() < endsAt) {
    const roundEnds = performance.now() + ROUND_MS;
    await desk.cancelOlderThan(REST_MS);
    await desk.queue(QUEUED);
    await until(() => performance.now() >= roundEnds, { timeoutMs: 10_000, everyMs: 20 });
  }
}

export async function openAccount(controlUrl: string, name = 'desk'): Promise<VenueKey> {
  const reply = await fetch(`${controlUrl}/control/accounts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, balances: { USDT: '1000000000', TEST: '1000000' } }),
  });
  return (await reply.json()) as VenueKey;
}

/** Keeps the book alive, as a market that only breathes would. @returns stops it */
export async function breathe(controlUrl: string): Promise<() => void> {
  let round = 0;
  const tell = (): Promise<unknown> => {
    const qty = round++ % 2 === 0 ? '500' : '500.1';
    return fetch(`${controlUrl}/control/markets/TESTUSDT/book`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ bids: [['99.99', qty]], asks: [['100.01', qty]] }),
    });
  };
  await tell();
  const timer = setInterval(() => void tell().catch(() => undefined), 500);
  return () => clearInterval(timer);
}
