import { describe, expect, it } from '@jest/globals';
import type { ParentOrderId, TenantId } from '#domain';
import type { Held } from './held-book.js';
import { inTurns } from './in-turns.js';

interface Run {
  readonly order: string[];
  readonly pauses: number;
}

/** Evaluates conditions named `tenant + number` that each take so many ms; the number says since when it waits. */
async function run(costs: Readonly<Record<string, number>>, sliceMs = 5, budgetMs = 30): Promise<Run> {
  const order: string[] = [];
  let now = 0;
  let pauses = 0;
  const due = Object.keys(costs).map(
    (name): Held =>
      ({
        orderId: name as ParentOrderId,
        tenantId: name.charAt(0) as TenantId,
        evaluatedAt: Number(name.slice(1)),
      }) as Held,
  );
  await inTurns(
    due,
    { sliceMs, budgetMs },
    {
      evaluate: ({ orderId }) => {
        order.push(orderId);
        now += costs[orderId] ?? 0;
      },
      monotonicMs: () => now,
      pause: () => {
        pauses += 1;
        return Promise.resolve();
      },
    },
  );
  return { order, pauses };
}

describe('conditions in turns', () => {
  it('evaluates all that are cheap, those first that have waited longest', async () => {
    const { order } = await run({ b4: 0.01, a2: 0.01, a1: 0.01, b3: 0.01 });
    expect(order).toEqual(['a1', 'a2', 'b3', 'b4']);
  });

  it('gives no tenant more than a slice while another waits', async () => {
    const { order } = await run({ a1: 20, a2: 20, a3: 20, b5: 0.01, b6: 0.01 }, 5, 50);
    expect(order).toEqual(['a1', 'b5', 'b6', 'a2', 'a3']);
  });

  it('stops when all together took their time, and lets other work pass before', async () => {
    const costs = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`a${i}`, 1]));
    const { order, pauses } = await run(costs);
    expect(order).toHaveLength(30);
    expect(pauses).toBe(5);
  });
});
