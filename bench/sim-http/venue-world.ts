import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from './load.js';
import { OrderRequests, type RestingOrder, type Trader } from './order-requests.js';
import { startVenue, type ServerProcess, type VenueReady } from './processes.js';

const TRADERS = 4;
const ALL = 1_000_000_000;

export interface VenueWorld {
  readonly target: Target;
  readonly server: ServerProcess<VenueReady>;
  /** What a placement answers, as text. */
  readonly sampleReply: string;
  /** @throws Error when money or books do not add up after the load */
  check(): Promise<void>;
  stop(): Promise<void>;
}

/** An exchange with accounts that may send as much as they like. */
export async function venueWorld(options: { journal: boolean; market: 'synthetic' | 'scripted' }): Promise<VenueWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'tranche-bench-'));
  const server = await startVenue({
    SIM_MARKET: options.market,
    ...(options.journal && { SIM_DATA_DIR: directory }),
  });
  const { controlUrl, spotUrl } = server.ready;
  await control(`${controlUrl}/control/limits`, 'PUT', {
    weightPerMinute: ALL,
    rawPer5Minutes: ALL,
    ordersPer10Seconds: ALL,
    ordersPerDay: ALL,
  });
  const traders = Array.from({ length: TRADERS }, (_, i): Trader => {
    const name = `trader${i}`;
    return { apiKey: name.padEnd(64, 'k'), apiSecret: name.padEnd(64, 's') };
  });
  for (const [i, trader] of traders.entries())
    await control(`${controlUrl}/control/accounts`, 'POST', {
      name: `trader${i}`,
      balances: { USDT: '1000000' },
      ...trader,
    });
  const order = await farBid(spotUrl, options.market);
  const target: Target = { url: spotUrl, traders, order };
  return {
    target,
    server,
    sampleReply: await onePlacement(target),
    async check() {
      await control(`${controlUrl}/control/invariants`, 'GET');
    },
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true });
    },
  };
}

/** A bid at half the price: it costs the book a place among others, and nobody ever trades with it. */
async function farBid(spotUrl: string, market: 'synthetic' | 'scripted'): Promise<RestingOrder> {
  if (market === 'scripted') return { symbol: 'TESTUSDT', price: '100.00', quantity: '0.100' };
  const depth = (await (await fetch(`${spotUrl}/api/v3/depth?symbol=BTCUSDT&limit=5`)).json()) as {
    bids: [string, string][];
  };
  const best = Number(depth.bids[0]?.[0]);
  return { symbol: 'BTCUSDT', price: (best / 2).toFixed(2), quantity: '0.00100' };
}

async function onePlacement({ url, traders, order }: Target): Promise<string> {
  const requests = new OrderRequests(traders[0] as Trader, order, 'sample');
  const placed = await send(url, requests);
  await send(url, requests);
  return placed;
}

async function send(url: string, requests: OrderRequests): Promise<string> {
  const { method, path, apiKey } = requests.next();
  const reply = await fetch(`${url}${path}`, { method, headers: { 'X-MBX-APIKEY': apiKey } });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${path} must be accepted, was ${reply.status}: ${text}`);
  return text;
}

async function control(url: string, method: string, body?: unknown): Promise<void> {
  const reply = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  if (!reply.ok) throw new Error(`${method} ${url} must be accepted, was ${reply.status}: ${await reply.text()}`);
}
