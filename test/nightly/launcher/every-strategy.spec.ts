import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compareWithVenue } from '../../support/compare-with-venue.js';
import { TrancheProcess } from '../../support/tranche-process.js';
import { until } from '../../support/until.js';

let system: TrancheProcess;

interface Order {
  readonly id: string;
  readonly status: string;
  readonly strategy_name: string;
  readonly active: boolean;
  readonly live_child_orders: number;
  readonly completion_reason: string | null;
  readonly failure_reason: string;
  readonly average_executed_price: string;
}

const SHORT = { duration: 6 };

/** What each strategy is asked for: small against the market, and short. `above` lies above the market, within the venue's bounds. */
const ORDERS: Readonly<Record<string, (above: number) => object>> = {
  TWAP: () => ({ ...SHORT, base_asset_qty: 0.4 }),
  VWAP: () => ({ ...SHORT, base_asset_qty: 0.4, side: 'sell' }),
  IS: () => ({ ...SHORT, quote_asset_qty: 1_000, alpha_tilt: 0.5 }),
  'Target Time': () => ({
    ...SHORT,
    base_asset_qty: 0.4,
    strategy_params: { target_time: new Date(Date.now() + 4_000).toISOString() },
  }),
  POV: () => ({ base_asset_qty: 0.05, pov_target: 0.5 }),
  Limit: (above) => ({ base_asset_qty: 0.2, limit_price: above }),
  Market: () => ({ base_asset_qty: 0.2, side: 'sell' }),
  IOC: (above) => ({ base_asset_qty: 0.2, limit_price: above }),
  Iceberg: (above) => ({ base_asset_qty: 0.3, limit_price: above, order_slices: 3 }),
};
/** A perpetual's limits are not known in the first minute of a fresh system. */
const LONGEST_MS = 240_000;
const PAIRS = ['ETH-USDT', 'ETH:PERP-USDT'] as const;

const post = async (path: string, body: object): Promise<{ id: string }> => {
  const answer = await system.call('POST', path, body);
  if (answer.status !== 200) throw new Error(`POST ${path} was ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body as { id: string };
};

describe('every strategy, from POST to COMPLETE', () => {
  beforeAll(async () => {
    system = await TrancheProcess.create({}, 'together');
  });
  afterAll(() => system.remove());

  const read = async (id: string): Promise<Order> => (await system.order(id)) as Order;
  const allEnd = (ids: readonly string[]): Promise<void> =>
    until(
      async () => {
        const orders = await Promise.all(ids.map(read));
        return orders.every((order) => !order.active && order.live_child_orders === 0);
      },
      { timeoutMs: 100_000, everyMs: 500, what: `orders ${ids.join(', ')} have ended` },
    );

  it(
    'fills what was asked for at the simulated exchange, on spot and as a perpetual',
    async () => {
      const place = (strategy: string, pair: string, order: object): Promise<{ id: string }> =>
        post('/api/orders/', { accounts: ['mock'], pair, side: 'buy', strategy, ...order });
      // The first orders of an account tell the venue's counts; until then the engine waits up to a minute.
      const first = await Promise.all(PAIRS.map((pair) => place('Market', pair, { base_asset_qty: 0.1 })));
      await allEnd(first.map(({ id }) => id));
      const placed: { strategy: string; pair: string; id: string }[] = [];
      for (const [i, pair] of PAIRS.entries()) {
        const { average_executed_price: price } = await read(first[i]?.id ?? '');
        const above = Math.round(Number(price) * 1.02);
        for (const [strategy, order] of Object.entries(ORDERS))
          placed.push({ strategy, pair, ...(await place(strategy, pair, order(above))) });
      }
      await allEnd(placed.map(({ id }) => id));
      const outcomes: string[] = [];
      for (const { strategy, pair, id } of placed) {
        const order = await read(id);
        outcomes.push(`${pair} ${strategy}: ${order.status} ${order.completion_reason ?? order.failure_reason}`);
        expect(order.strategy_name).toBe(strategy);
      }
      expect(outcomes.filter((line) => !/: COMPLETE (filled|dust)$/.test(line))).toEqual([]);
      const spot = placed.filter(({ pair }) => pair === 'ETH-USDT').map(({ id }) => id);
      expect((await compareWithVenue(system, spot)).differences).toEqual([]);
    },
    LONGEST_MS,
  );

  it(
    'works two legs of a multi order, and the members of a chain one after the other',
    async () => {
      const multi = await post('/api/multi_orders/', {
        accounts: ['mock'],
        strategy: 'TWAP',
        duration: 6,
        child_orders: [
          { pair: 'ETH-USDT', side: 'buy', base_asset_qty: 0.4 },
          { pair: 'ETH:PERP-USDT', side: 'sell', base_asset_qty: 0.4 },
        ],
      });
      const member = (over: object): object => ({
        order_request: { accounts: ['mock'], pair: 'ETH-USDT', side: 'buy', base_asset_qty: 0.1, ...over },
      });
      const chain = await post('/api/chained_orders/', {
        orders_in_chain: [
          { ...member({ strategy: 'Market' }), priority: 1 },
          { ...member({ strategy: 'TWAP', duration: 5, side: 'sell' }), priority: 2 },
        ],
      });
      const statusOf = async (path: string): Promise<string> =>
        ((await system.call('GET', path)).body as { status: string }).status;
      await until(
        async () =>
          (await statusOf(`/api/multi_order/${multi.id}`)) === 'COMPLETE' &&
          (await statusOf(`/api/chained_order/${chain.id}`)) === 'COMPLETE',
        { timeoutMs: 100_000, everyMs: 500, what: 'multi order and chain are complete' },
      );
    },
    LONGEST_MS,
  );
});
