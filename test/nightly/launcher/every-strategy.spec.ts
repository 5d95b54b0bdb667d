import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { compareWithVenue } from '../../support/compare-with-venue.js';
import { TrancheProcess } from '../../support/tranche-process.js';
import { until } from '../../support/until.js';

/** FINISHER alone takes 30 s, on a machine that may do other things as well. */
const LONGEST_MS = 400_000;
const SPOT = 'ETH-USDT';
const PERPETUAL = 'ETH:PERP-USDT';
const SHORT = { duration: 10 };

interface Order {
  readonly id: string;
  readonly status: string;
  readonly strategy_name: string;
  readonly active: boolean;
  readonly live_child_orders: number;
  readonly completion_reason: string | null;
}
/** What each strategy is asked for: small against the market, and short. `above` lies above the market, within the venue's bounds. */
const ORDERS: Readonly<Record<string, (above: number) => object>> = {
  TWAP: () => ({ ...SHORT, base_asset_qty: 0.4 }),
  VWAP: () => ({ ...SHORT, base_asset_qty: 0.4, side: 'sell' }),
  IS: () => ({ ...SHORT, quote_asset_qty: 1_000, alpha_tilt: 0.5 }),
  'Target Time': () => ({
    ...SHORT,
    base_asset_qty: 0.4,
    // still to come when a busy machine has answered 503 for a while
    strategy_params: { target_time: new Date(Date.now() + 60_000).toISOString() },
  }),
  POV: () => ({ base_asset_qty: 0.05, pov_target: 0.5 }),
  Limit: (above) => ({ base_asset_qty: 0.2, limit_price: above }),
  Market: () => ({ base_asset_qty: 0.2, side: 'sell' }),
  IOC: (above) => ({ base_asset_qty: 0.2, limit_price: above }),
  Iceberg: (above) => ({ base_asset_qty: 0.3, limit_price: above, order_slices: 3 }),
};

let system: TrancheProcess;
beforeAll(async () => {
  system = await TrancheProcess.create({}, 'together');
});
afterAll(() => system.remove());

const get = <T>(path: string): Promise<T> => system.done('GET', path);
const post = (path: string, body: object): Promise<{ id: string }> => system.done('POST', path, body);

const placeMulti = (): Promise<{ id: string }> =>
  post('/api/multi_orders/', {
    accounts: ['mock'],
    strategy: 'TWAP',
    ...SHORT,
    child_orders: [
      { pair: 'BTC-USDT', side: 'buy', base_asset_qty: 0.02 },
      { pair: 'BTC:PERP-USDT', side: 'sell', base_asset_qty: 0.02 },
    ],
  });

function placeChain(): Promise<{ id: string }> {
  const member = (priority: number, over: object): object => ({
    priority,
    order_request: { accounts: ['mock'], pair: 'BTC-USDT', side: 'buy', base_asset_qty: 0.01, ...over },
  });
  return post('/api/chained_orders/', {
    orders_in_chain: [
      member(1, { strategy: 'Market' }),
      member(2, { strategy: 'TWAP', ...SHORT, side: 'sell' }),
      member(2, { strategy: 'Market', pair: 'BTC:PERP-USDT' }),
    ],
  });
}

/**
 * What is placed, and how it ended. A taker that the gateway does not get out within two seconds is taken back; on a machine that
 * is too slow for that an order ends under-filled (`finisher_end`), and is placed again.
 */
interface Run {
  readonly name: string;
  readonly place: () => Promise<string>;
  readonly isOver: (body: Order) => boolean;
  readonly isDone: (body: Order) => boolean;
}
const MOST_TRIES = 3;

const orderRun = (strategy: string, pair: string, above: number): Run => ({
  name: `${pair} ${strategy}`,
  place: async () => {
    const order = { accounts: ['mock'], pair, side: 'buy', strategy, ...ORDERS[strategy]?.(above) };
    return `/api/order/${(await post('/api/orders/', order)).id}`;
  },
  isOver: (order) => !order.active && order.live_child_orders === 0,
  isDone: (order) =>
    order.strategy_name === strategy &&
    order.status === 'COMPLETE' &&
    ['filled', 'dust'].includes(order.completion_reason ?? ''),
});
const groupRun = (name: string, place: () => Promise<string>): Run => ({
  name,
  place,
  isOver: ({ status }) => ['COMPLETE', 'CANCELED'].includes(status),
  isDone: ({ status }) => status === 'COMPLETE',
});

/** Places it until it is done. @returns the paths of all that was placed @throws Error with what it was each time */
async function drive({ name, place, isOver, isDone }: Run): Promise<string[]> {
  const paths: string[] = [];
  const ends: string[] = [];
  while (paths.length < MOST_TRIES) {
    const path = await place();
    paths.push(path);
    let found: Order | undefined;
    await until(async () => isOver((found = await get<Order>(path))), {
      timeoutMs: 120_000,
      everyMs: 1_000,
      what: name,
    });
    if (found !== undefined && isDone(found)) return paths;
    ends.push(JSON.stringify(found));
  }
  throw new Error(`${name} was not done in ${MOST_TRIES} tries: ${ends.join('; ')}`);
}

it(
  'every strategy runs from POST to COMPLETE at the simulated exchange, on spot and on perpetuals, on its own and in groups',
  async () => {
    const { asks } = await get<{ asks: [number, number][] }>(
      `/api/get_order_book?pair=${SPOT}&exchange_name=MockExchange`,
    );
    const above = Math.round(Number(asks[0]?.[0]) * 1.01);
    const runs = [
      ...Object.keys(ORDERS).flatMap((strategy) => [SPOT, PERPETUAL].map((pair) => orderRun(strategy, pair, above))),
      groupRun('multi order', async () => `/api/multi_order/${(await placeMulti()).id}`),
      groupRun('chain', async () => `/api/chained_order/${(await placeChain()).id}`),
    ];
    const ended = await Promise.allSettled(runs.map(drive));
    expect(ended.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))).toEqual([]);

    const paths = ended.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    const bodies = await Promise.all(
      paths.map((path) => get<{ id: string; pair?: string; child_order_ids?: string[]; order_ids?: string[] }>(path)),
    );
    const members = bodies.flatMap(({ child_order_ids: legs = [], order_ids: turns = [] }) => [...legs, ...turns]);
    const inGroups = await Promise.all(members.map((id) => get<{ id: string; pair?: string }>(`/api/order/${id}`)));
    const spot = [...bodies, ...inGroups].flatMap(({ id, pair }) => (pair?.includes(':') === false ? [id] : []));
    const { children, fills, differences } = await compareWithVenue(system, spot);
    expect(differences).toEqual([]);
    expect([spot.length >= 12, children >= 12, fills >= 12]).toEqual([true, true, true]);
  },
  LONGEST_MS,
);
