import { deriveClientOrderId, type ParentOrderId } from '#domain';
import type { Counts } from './instruments.js';
import type { Cost } from './floor-process.js';
import { spreadOf, type Spread } from './statistics.js';
import type { Worker } from './worker.js';
import type { World } from './world.js';

export interface LatencyRow {
  readonly rate: number;
  readonly system: Spread;
  /** One insert per commit. */
  readonly bare: Spread;
  /** As many statements per commit as the system made on average. */
  readonly alike: Spread;
  readonly cost: Cost;
}

/**
 * What stands between a Market order's POST and its acceptance: intake, activation and decision, taking the work, the
 * claim; two queues; one order. The commits of the relay follow its publishing and hold nothing up.
 */
export const MARKET_PATH = { hops: 2, commits: 4, venueCalls: 1 } as const;

export async function measureLatency(
  world: World,
  floor: Worker,
  rates: readonly number[],
  seconds: number,
): Promise<LatencyRow[]> {
  await postOrders(world, 10, 3); // connections, compiled code, prepared statements
  await floor.call('latency', { rate: 10, seconds: 3, cost: { ...MARKET_PATH, statements: 1 } });
  const rows: LatencyRow[] = [];
  for (const rate of rates) {
    await world.system.call('takeCounts');
    const posted = await postOrders(world, rate, seconds);
    const counts = await world.system.call<Counts>('takeCounts');
    const statements = Math.max(1, Math.round(counts.statements / counts.commits) - 3);
    const cost = { ...MARKET_PATH, statements };
    const run = (one: Cost): Promise<readonly Begun[]> => floor.call('latency', { rate, seconds, cost: one });
    const bare = await run({ ...cost, statements: 1 });
    const alike = await run(cost);
    const accepted = await acceptedAt(world);
    const spread = (begun: readonly Begun[]): Spread =>
      spreadOf(begun.map(({ at, clientOrderId }) => (accepted.get(clientOrderId) ?? Infinity) - at));
    rows.push({ rate, system: spread(posted), bare: spread(bare), alike: spread(alike), cost });
  }
  return rows;
}

const REFUSED = 'refused';

interface Begun {
  readonly at: number;
  readonly clientOrderId: string;
}

/** An open loop: requests leave at their time, whatever became of those before. */
async function postOrders(world: World, rate: number, seconds: number): Promise<Begun[]> {
  const count = Math.max(1, Math.round(rate * seconds));
  const firstAt = performance.now();
  return Promise.all(
    Array.from({ length: count }, async (_, i): Promise<Begun> => {
      await new Promise((resolve) => setTimeout(resolve, firstAt + (i * 1_000) / rate - performance.now()));
      const at = performance.timeOrigin + performance.now();
      const reply = await fetch(`${world.apiUrl}/api/orders/`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Token ${world.users[i % world.users.length]?.token ?? ''}`,
        },
        body: JSON.stringify({
          accounts: ['mock'],
          pair: 'BTC-USDT',
          side: i % 2 === 0 ? 'buy' : 'sell',
          base_asset_qty: 0.001,
          strategy: 'Market',
        }),
      });
      const answer = (await reply.json()) as { id: ParentOrderId };
      // One that was refused never comes to the exchange, and counts so.
      return { at, clientOrderId: reply.ok ? deriveClientOrderId(answer.id, 0) : REFUSED };
    }),
  ).then(async (begun) => {
    await allAccepted(world, begun);
    return begun;
  });
}

async function allAccepted(world: World, begun: readonly Begun[]): Promise<void> {
  const end = performance.now() + 20_000;
  while (performance.now() < end) {
    const accepted = await acceptedAt(world);
    if (begun.every(({ clientOrderId }) => clientOrderId === REFUSED || accepted.has(clientOrderId))) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** By the exchange's own book, in whole milliseconds of the same machine's clock; what never came counts as infinite. */
async function acceptedAt(world: World): Promise<Map<string, number>> {
  const { orders } = await world.control<{ orders: { clientOrderId: string; acceptedAt: number }[] }>('GET', 'ledger');
  return new Map(orders.map(({ clientOrderId, acceptedAt: at }) => [clientOrderId, at]));
}
