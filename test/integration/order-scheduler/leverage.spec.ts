import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ParentOrderId } from '#domain';
import { ExecutionOrderRepository, scheduleWork } from '#persistence';
import { waitsForLeverage } from '../../../apps/order-scheduler/src/wake/set-leverage.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';

let world: LedgerWorld;
beforeAll(async () => {
  world = await openLedgerWorld('gateway');
});
afterAll(() => world.close());

const sql = <Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
  world.inTenant((tx) => tx.query<Row[]>(text, [...parameters]));

/** A leg on derivatives that has not begun. */
async function leg(symbol: string, leverage: number | null): Promise<ParentOrderId> {
  const id = await world.addParent({ symbol: 'TESTUSDT' });
  const change = `symbol = $2, leverage = $3, market_type = 'perp', venues = NULL, symbols = NULL, activated_at = NULL`;
  await sql(`UPDATE parent_orders SET ${change} WHERE id = $1`, [id, symbol, leverage]);
  const work = { kind: 'parent.wake', tenantId: world.tenantId, parentOrderId: id, sequence: -1 } as const;
  await world.inTenant((tx) => scheduleWork(tx, work, world.clock.now()));
  return id;
}

it('ends the leg whose leverage a venue refused, not the one that is woken for all', async () => {
  const [first, second] = [await leg('AUSDT', null), await leg('BUSDT', 7)];
  const waits = (): Promise<boolean> =>
    world.inTenant(async (tx) => {
      const locked = await new ExecutionOrderRepository(tx, world.tenantId).lock(first);
      if (locked === null) throw new Error('the first leg is missing');
      return waitsForLeverage(tx, locked.order, world.clock.now(), [first, second]);
    });
  const statuses = () =>
    sql('SELECT id, status FROM parent_orders WHERE id = ANY($1::uuid[]) ORDER BY id', [[first, second]]);
  expect(await waits()).toBe(true);
  await sql(
    `UPDATE account_commands SET outcome = 'refused', outcome_text = 'too high', finished_at = clock_timestamp()`,
  );
  expect(await waits()).toBe(true);
  expect(await statuses()).toEqual([
    { id: first, status: 'ACTIVE' },
    { id: second, status: 'CANCELED' },
  ]);
  expect(await sql(`SELECT parent_order_id AS id, message FROM order_messages WHERE level = 'error'`)).toEqual([
    { id: second, message: 'The leverage was not set: too high' },
  ]);
});
