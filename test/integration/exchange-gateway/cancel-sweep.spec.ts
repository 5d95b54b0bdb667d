import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { price, quantity, type ParentOrderId, type VenueId } from '#domain';
import { createLogger, Metrics } from '#observability';
import { ChildOrderRepository, HaltRepository } from '#persistence';
import { gatewayMetrics } from '../../../apps/exchange-gateway/src/gateway-metrics.js';
import { CancelSweep } from '../../../apps/exchange-gateway/src/orders/cancel-sweep.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { until } from '../../support/until.js';

let ledger: LedgerWorld;

beforeAll(async () => {
  ledger = await openLedgerWorld('gateway');
});
afterAll(async () => {
  ledger.clock.stop();
  await ledger.close();
});

async function addWorking(): Promise<ParentOrderId> {
  const parent = await ledger.addParent({ symbol: 'TESTUSDT' });
  await ledger.inTenant(async (tx) => {
    await new ChildOrderRepository(tx, ledger.tenantId).add(
      parent,
      '0'.repeat(32),
      [
        {
          sequence: 0,
          accountId: ledger.accountId,
          venue: 'sim' as VenueId,
          symbol: 'TESTUSDT',
          side: 'buy',
          purpose: 'clip',
          timeInForce: 'gtx',
          price: price('98'),
          orderQty: quantity('1'),
        },
      ],
      ledger.clock.now(),
    );
    await tx.query(
      `UPDATE child_orders SET status = 'working', epoch = 1, venue_order_id = '7' WHERE parent_order_id = $1`,
      [parent],
    );
  });
  return parent;
}
const halt = () =>
  ledger.inTenant((tx) =>
    new HaltRepository(tx, ledger.tenantId).add(
      { level: 'tenant', scope: '', mode: 'HALTED', cancelOpen: true, reason: 'test' },
      ledger.userId as never,
    ),
  );

it('I-16 sends the cancels of a halt while those of another hang at their venue', async () => {
  const sent: ParentOrderId[] = [];
  let answer = (): void => undefined;
  const hanging = new Promise<void>((resolve) => (answer = resolve));
  const sweep = new CancelSweep({
    db: ledger.db,
    cancel: {
      run: () => Promise.resolve(),
      send: ({ parentOrderId }) => {
        sent.push(parentOrderId);
        return sent.length === 1 ? hanging : Promise.resolve();
      },
    },
    redisUp: () => true,
    metrics: gatewayMetrics(new Metrics()),
    logger: createLogger('test', 'silent'),
  }).start();
  try {
    const first = await addWorking();
    await halt();
    await until(() => sent.includes(first), { timeoutMs: 2_000 });
    const second = await addWorking();
    await halt();
    await until(() => sent.includes(second), { timeoutMs: 2_000 });
    expect(sent).toEqual([first, second]);
  } finally {
    answer();
    await sweep.stop();
  }
});
