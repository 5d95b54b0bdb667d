import { expect } from '@jest/globals';
import { compareWithVenue } from '../support/compare-with-venue.js';
import type { TrancheProcess } from '../support/tranche-process.js';
import { until } from '../support/until.js';

/** Orders that run at the same time in each round; sizes in whole lots, so that each must end filled to the last digit. */
const ORDERS = [
  { pair: 'BTC-USDT', side: 'buy', base_asset_qty: '0.2' },
  { pair: 'BTC-USDT', side: 'sell', base_asset_qty: '0.15' },
  { pair: 'ETH-USDT', side: 'buy', base_asset_qty: '2.5' },
] as const;

/** How long orders take that go on undisturbed, the sell a fifth longer. */
const UNHURRIED_S = 20;

/** A round must end within: the orders' time, FINISHER, a take-over, and the venue's time to prove an absence. */
const END_LIMIT_MS = 120_000;

/** Places one of each; the shortest takes this many seconds. What disturbs early needs no long order. */
export async function placeOrders(system: TrancheProcess, seconds = UNHURRIED_S): Promise<string[]> {
  const ids: string[] = [];
  for (const order of ORDERS) {
    const duration = order.side === 'sell' ? Math.round(seconds * 1.2) : seconds;
    const body = { accounts: ['mock'], strategy: 'TWAP', ...order, duration };
    ids.push((await system.done<{ id: string }>('POST', '/api/orders/', body)).id);
  }
  return ids;
}

/** Waits until every order has executed a share of itself. */
export async function waitForProgress(system: TrancheProcess, ids: readonly string[], share: number): Promise<void> {
  for (const id of ids)
    await until(async () => Number(((await system.order(id)) as { pct_filled: string }).pct_filled) >= share * 100, {
      everyMs: 150,
      what: `${share} of order ${id} is executed`,
    });
}

/** Waits for the end of orders of `placeOrders`, then holds our books against the exchange's. */
export async function expectExactEnd(system: TrancheProcess, ids: readonly string[]): Promise<void> {
  for (const id of ids)
    await until(
      async () => {
        const order = (await system.order(id)) as { status: string; live_child_orders: number };
        return order.status === 'COMPLETE' && order.live_child_orders === 0;
      },
      { timeoutMs: END_LIMIT_MS, everyMs: 500, what: `order ${id} is complete` },
    );
  const comparison = await compareWithVenue(system, ids);
  expect(comparison.differences).toEqual([]);
  expect(comparison.fills).toBeGreaterThan(0);
  for (const [index, id] of ids.entries()) {
    const order = (await system.order(id)) as Record<string, string> & { placements: Record<string, string>[] };
    if (order.completion_reason !== 'filled') throw new Error(`${storyOf(order)}\n${await stateOf(system)}`);
    expect(order).toMatchObject({
      status: 'COMPLETE',
      completion_reason: 'filled',
      target_executed_qty: ORDERS[index % ORDERS.length]?.base_asset_qty,
      target_remaining_qty: '0',
    });
  }
  expect(await system.control('GET', 'invariants')).toEqual({ hold: true });
}

/** What happened, for whoever has to find out why an order did not end filled. */
function storyOf(order: Record<string, unknown> & { placements: Record<string, string>[] }): string {
  const rows = order.placements.map((p) =>
    [p.created_at, p.closed_at, p.time_in_force, p.price, p.qty, p.executed_qty, p.status, p.reject_reason].join(' '),
  );
  const head = ['id', 'time_start', 'time_end', 'completion_reason', 'target_executed_qty'].map((key) => order[key]);
  return [head.join(' '), JSON.stringify(order.messages), ...rows.slice(-40)].join('\n');
}

async function stateOf(system: TrancheProcess): Promise<string> {
  const metrics = await (await fetch(system.demo.metricsUrl)).text();
  const held = metrics.split('\n').filter((line) => /^tranche_(holds_total|limit_denied|due_work_oldest)/.test(line));
  const log = (await system.log()).split('\n').filter((line) => !line.includes('"decided"'));
  return [...held, ...log.slice(-40)].join('\n');
}
