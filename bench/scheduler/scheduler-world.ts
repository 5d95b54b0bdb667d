import { createHash, randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import {
  Dec,
  epochMs,
  notional,
  price,
  quantity,
  ZERO_NOTIONAL,
  ZERO_QUANTITY,
  type Instrument,
  type MarketSnapshot,
} from '#domain';
import { createTenantWithUser, Database, InstrumentRepository } from '#persistence';
import {
  accountScopes,
  binanceSpotLimits,
  binanceSpotProfile,
  budgetRedis,
  MarketDataPublisher,
  RateBudget,
  SIM_VENUE_ID,
} from '#venues';
import { APP_PASSWORD, onServer, TEMPLATE, withDatabase } from '../../test/support/postgres-admin.js';
import { until } from '../../test/support/until.js';
import type { Stores } from '../pipeline/stores.js';
import { BOOKS, raiseOurLimits, USERS, type BenchUser } from '../pipeline/world.js';

/** A database with many accounts that trade, a market that breathes and a budget that is known; no gateway, no feed. */
export interface SchedulerWorld {
  readonly name: string;
  readonly ownerUrl: string;
  readonly users: readonly BenchUser[];
  readonly environment: Readonly<Record<string, string>>;
  readonly redis: Redis;
  close(): Promise<void>;
}

const SPEAK_EVERY_MS = 250;
const LOOK_AT_BUDGET_EVERY_MS = 2_000;
const HELD_FOR = "now() + interval '1 day'";

export async function openSchedulerWorld(stores: Stores): Promise<SchedulerWorld> {
  const name = `sched_${randomBytes(4).toString('hex')}`;
  await onServer(stores.postgres.url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`));
  const ownerUrl = withDatabase(stores.postgres.url, name);
  const appUrl = withDatabase(stores.postgres.url, name, { user: 'tranche_app', password: APP_PASSWORD });
  const db = await Database.connect({ url: appUrl, poolSize: 4, applicationName: 'bench' });
  const redis = new Redis(stores.redis.url);
  const users = await addUsers(db, name);
  await onServer(ownerUrl, async (client) => {
    await client.query(`UPDATE account_states SET status = 'trading', reason = '', confirmed_at = now()`);
    await client.query(`UPDATE account_leases SET owner = 'bench', lease_until = ${HELD_FOR}`);
  });
  await db.inSystem((tx) => new InstrumentRepository(tx).upsertAll(INSTRUMENTS));
  const stopMarket = await speak(stores.redis.url, name);
  const stopBudget = await knowBudget(stores.redis.url, name, users);
  return {
    name,
    ownerUrl,
    users,
    redis,
    environment: {
      DATABASE_URL: appUrl,
      REDIS_URL: stores.redis.url,
      REDIS_PREFIX: name,
      SIM_VENUE_URL: stores.venue.spotUrl,
      SIM_USDM_URL: 'off',
    },
    close: async () => {
      stopMarket();
      stopBudget();
      await db.close();
      redis.disconnect();
      await onServer(stores.postgres.url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}

async function addUsers(db: Database, world: string): Promise<BenchUser[]> {
  const users: BenchUser[] = [];
  for (let i = 0; i < USERS; i += 1) {
    const token = randomBytes(20).toString('hex');
    const owner = await createTenantWithUser(db, {
      tenant: `${world}-${i}`,
      user: 'trader',
      tokenHashHex: createHash('sha256').update(token).digest('hex'),
      scopes: ['read', 'trade', 'cancel'],
    });
    const key = { apiKey: '', apiSecret: '' };
    users.push({ ...owner, userId: String(owner.userId), token, venueName: `user${i}`, key });
  }
  return users;
}

const INSTRUMENTS: Instrument[] = Object.entries(BOOKS).map(([symbol, { base, pair }]) => ({
  venue: SIM_VENUE_ID,
  symbol,
  pair,
  marketType: 'spot',
  base,
  quote: 'USDT',
  tick: price('0.01'),
  lot: quantity('0.00001'),
  minQty: quantity('0.00001'),
  minNotional: notional('5'),
  status: 'trading',
}));

/** Publishes each book as the feed handler would; only its sizes change. */
async function speak(redisUrl: string, prefix: string): Promise<() => void> {
  const publisher = new MarketDataPublisher({ url: redisUrl, prefix }, 'bench');
  let round = 0;
  const say = async (): Promise<boolean> => {
    round += 1;
    if ((await publisher.hold(SIM_VENUE_ID, 60_000)) === 'unreachable') return false;
    const said = await Promise.all(
      Object.entries(BOOKS).map(([symbol, book]) => publisher.publish(snapshotOf(symbol, book, round))),
    );
    return said.every((one) => one === 'published');
  };
  await until(say, { what: 'the market is heard' });
  const timer = setInterval(() => void say(), SPEAK_EVERY_MS);
  return () => {
    clearInterval(timer);
    void publisher.close();
  };
}

function snapshotOf(
  symbol: string,
  { bid, ask, qty, pair }: (typeof BOOKS)[keyof typeof BOOKS],
  round: number,
): MarketSnapshot {
  const size = quantity(new Dec(qty).add(round % 2).toFixed());
  const [best, worst] = [price(bid), price(ask)];
  return {
    venue: SIM_VENUE_ID,
    symbol,
    pair,
    status: 'live',
    reason: null,
    at: epochMs(Date.now()),
    seq: round,
    bids: [{ price: best, qty: size }],
    asks: [{ price: worst, qty: size }],
    mid: price(best.add(worst).div(2).toFixed()),
    bbo: null,
    mark: null,
    sigma1Bps: new Dec('1.2'),
    sigma5Bps: new Dec('2.5'),
    sigma10Bps: new Dec('3.5'),
    medianMid60: price(best.add(worst).div(2).toFixed()),
    lastTradeId: null,
    cumBaseVolume: ZERO_QUANTITY,
    cumQuoteVolume: ZERO_NOTIONAL,
  };
}

/** Tells our own model of the limits what an exchange would: nothing is used, for every account. */
async function knowBudget(redisUrl: string, prefix: string, users: readonly BenchUser[]): Promise<() => void> {
  await raiseOurLimits(redisUrl, prefix);
  const redis = budgetRedis(redisUrl);
  const clock = { now: () => epochMs(Date.now()) };
  const budget = new RateBudget(redis, binanceSpotLimits(SIM_VENUE_ID), { prefix, clock, ledger: NOTHING_BOOKED });
  const { calls } = binanceSpotProfile(1);
  const isKnown = async ({ accountId }: BenchUser): Promise<boolean> => {
    const scopes = accountScopes(accountId, 'BTCUSDT');
    if ((await budget.freeShare(calls.place, scopes, 'place')) > 0) return true;
    const call = calls.orderCounts ?? calls.venueTime;
    const asked = await budget.reserve(call, scopes, 'query');
    const reserved = asked.granted ? asked : await budget.reserve(call, scopes, 'probe');
    if (!reserved.granted) return false;
    const at = Date.now();
    await budget.settle(reserved.token, 'success', { sentAt: at, repliedAt: at, venueMs: at, headers: NOTHING_USED });
    return false;
  };
  const everybody = async (): Promise<boolean> => {
    for (const user of users) if (!(await isKnown(user))) return false;
    return true;
  };
  await until(everybody, { timeoutMs: 60_000, everyMs: 50, what: 'the budget of every account is known' });
  const timer = setInterval(() => void everybody().catch(() => undefined), LOOK_AT_BUDGET_EVERY_MS);
  return () => {
    clearInterval(timer);
    redis.disconnect();
  };
}

/** No process has booked anything: a fresh installation. */
const NOTHING_BOOKED = { bookedInWindow: () => Promise.resolve(0), book: () => Promise.resolve() };
const NOTHING_USED = { 'x-mbx-used-weight-1m': '1', 'x-mbx-order-count-10s': '0', 'x-mbx-order-count-1d': '0' };
