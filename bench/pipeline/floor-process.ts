import { randomBytes } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { placeAtVenue, type VenueKey } from './venue-client.js';
import { serve } from './worker.js';

/**
 * The floor: the same number of queue hops, commits and venue calls as the system, and nothing else. No checks, no
 * decision, no outbox, no budget, no row security. One process, ten connections, twenty jobs at a time, as the system.
 */
export interface FloorStart {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly venueUrl: string;
  readonly keys: readonly VenueKey[];
}

/** What one unit of work costs. `statements` per commit, BEGIN and COMMIT not counted. */
export interface Cost {
  readonly hops: number;
  readonly commits: number;
  readonly statements: number;
  readonly venueCalls: number;
}

interface Unit {
  readonly hop: number;
  readonly dueAt?: number;
  readonly clientOrderId: string;
}

const TABLE = `CREATE TABLE IF NOT EXISTS floor_rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,
  amount numeric(38,18) NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(), data jsonb NOT NULL);
  CREATE INDEX IF NOT EXISTS floor_rows_by_name ON floor_rows (name)`;

let pool: pg.Pool | undefined;
let queue: Queue | undefined;
let worker: Worker | undefined;
let given: FloorStart | undefined;
let onUnit: (unit: Unit) => Promise<void> = () => Promise.resolve();

async function start(parameter: FloorStart): Promise<void> {
  given = parameter;
  pool = new pg.Pool({ connectionString: given.databaseUrl, max: 10, options: '-c synchronous_commit=on' });
  await pool.query(TABLE);
  const prefix = `{${given.prefix}:floor}`;
  queue = new Queue('floor', { prefix, connection: new Redis(given.redisUrl) });
  worker = new Worker('floor', (job) => onUnit(job.data as Unit), {
    prefix,
    concurrency: 20,
    connection: new Redis(given.redisUrl, { maxRetriesPerRequest: null }),
  });
  await worker.waitUntilReady();
}

const OPTIONS = { removeOnComplete: true, removeOnFail: 10 } as const;

async function enqueue(unit: Unit): Promise<void> {
  const delay = unit.dueAt === undefined ? 0 : Math.max(0, Math.round(unit.dueAt - Date.now()));
  await queue?.add('floor', unit, { ...OPTIONS, delay });
}

/** One transaction of so many statements: inserts, reads and updates by key in turn. */
async function commit(statements: number): Promise<void> {
  const client = await (pool as pg.Pool).connect();
  try {
    await client.query('BEGIN');
    let id = '0';
    for (let i = 0; i < statements; i += 1) {
      if (i % 3 === 0) {
        const { rows } = await client.query<{ id: string }>(
          'INSERT INTO floor_rows (name, amount, data) VALUES ($1, $2, $3) RETURNING id',
          [randomBytes(16).toString('hex'), '1.25', '{"v":1}'],
        );
        id = rows[0]?.id ?? id;
      } else if (i % 3 === 1) await client.query('SELECT * FROM floor_rows WHERE id = $1', [id]);
      else await client.query('UPDATE floor_rows SET amount = amount + $2 WHERE id = $1', [id, '0.5']);
    }
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

let orders = 0;
async function callVenue(clientOrderId: string): Promise<void> {
  orders += 1;
  const { venueUrl, keys } = given as FloorStart;
  await placeAtVenue(venueUrl, keys[orders % keys.length] as VenueKey, {
    symbol: 'BTCUSDT',
    side: orders % 2 === 0 ? 'BUY' : 'SELL',
    type: 'LIMIT',
    timeInForce: 'IOC',
    quantity: '0.001',
    price: orders % 2 === 0 ? '60010' : '59990',
    newClientOrderId: clientOrderId,
  });
}

/** Commits are dealt over the places where they can stand: before the first hop and after each. */
const share = (total: number, parts: number, part: number): number =>
  Math.floor((total * (part + 1)) / parts) - Math.floor((total * part) / parts);

async function work(cost: Cost, place: number): Promise<void> {
  for (let i = share(cost.commits, cost.hops + 1, place); i > 0; i -= 1) await commit(cost.statements);
}

const freshId = (): string => randomBytes(16).toString('hex');

/** @returns when each unit began and by which id the venue knows its order */
async function latency({ rate, seconds, cost }: { rate: number; seconds: number; cost: Cost }) {
  onUnit = async ({ hop, clientOrderId }) => {
    await work(cost, hop);
    if (hop < cost.hops) await enqueue({ hop: hop + 1, clientOrderId });
    else for (let i = 0; i < cost.venueCalls; i += 1) await callVenue(clientOrderId);
  };
  const begun: { at: number; clientOrderId: string }[] = [];
  const count = Math.max(1, Math.round(rate * seconds));
  const firstAt = performance.now();
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      await new Promise((resolve) => setTimeout(resolve, firstAt + (i * 1_000) / rate - performance.now()));
      const clientOrderId = freshId();
      begun.push({ at: performance.timeOrigin + performance.now(), clientOrderId });
      await work(cost, 0);
      await enqueue({ hop: 1, clientOrderId });
    }),
  );
  await drained();
  return begun;
}

/** @returns units finished per second with as many in hand as jobs run at a time */
async function throughput({ seconds, cost }: { seconds: number; cost: Cost }): Promise<number> {
  let finished = 0;
  let isOver = false;
  onUnit = async ({ hop, clientOrderId }) => {
    await work(cost, hop);
    if (hop < cost.hops) return enqueue({ hop: hop + 1, clientOrderId });
    for (let i = 0; i < cost.venueCalls; i += 1) await callVenue(freshId());
    finished += 1;
    if (!isOver) await begin();
  };
  const begin = async (): Promise<void> => {
    await work(cost, 0);
    await enqueue({ hop: 1, clientOrderId: freshId() });
  };
  await Promise.all(Array.from({ length: 40 }, begin));
  const startedAt = performance.now();
  finished = 0;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const perSecond = finished / ((performance.now() - startedAt) / 1_000);
  isOver = true;
  await drained();
  return perSecond;
}

/** @returns how late each delayed job read its first row, in ms; its commits follow */
async function lateness({
  perSecond,
  seconds,
  cost,
}: {
  perSecond: number;
  seconds: number;
  cost: Cost;
}): Promise<number[]> {
  const samples: number[] = [];
  onUnit = async ({ dueAt }) => {
    await (pool as pg.Pool).query('SELECT * FROM floor_rows WHERE id = $1', [samples.length]);
    samples.push(performance.timeOrigin + performance.now() - (dueAt ?? 0));
    for (let i = 0; i < cost.commits; i += 1) await commit(cost.statements);
    // Each wake-up leaves the next one behind, far away.
    await enqueue({ hop: 0, dueAt: Date.now() + 600_000, clientOrderId: '' });
  };
  const count = Math.round(perSecond * seconds);
  const firstAt = Date.now() + 2_000;
  for (let i = 0; i < count; i += 200)
    await queue?.addBulk(
      Array.from({ length: Math.min(200, count - i) }, (_, k) => {
        const dueAt = firstAt + ((i + k) * 1_000) / perSecond;
        return {
          name: 'floor',
          data: { hop: 0, dueAt, clientOrderId: '' },
          opts: { ...OPTIONS, delay: Math.max(0, dueAt - Date.now()) },
        };
      }),
    );
  const end = performance.now() + (seconds + 15) * 1_000;
  while (samples.length < count && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  await worker?.pause(); // waits for what runs
  await queue?.obliterate({ force: true });
  await worker?.resume();
  return samples;
}

async function drained(): Promise<void> {
  const end = performance.now() + 20_000;
  while (performance.now() < end) {
    const counts = await queue?.getJobCounts('waiting', 'active', 'delayed');
    if (Object.values(counts ?? {}).every((n) => n === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

serve({
  start,
  latency,
  throughput,
  lateness,
  stop: async () => {
    await worker?.close(true);
    await queue?.close();
    await pool?.end();
  },
});
