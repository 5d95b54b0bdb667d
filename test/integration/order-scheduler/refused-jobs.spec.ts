import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { addMs, type ParentOrderId } from '#domain';
import { createLogger, HealthRegistry, Metrics, type RunningService } from '#observability';
import { addToOutbox, scheduleWork } from '#persistence';
import { orderSchedulerService } from '../../../apps/order-scheduler/src/service.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { until } from '../../support/until.js';

let world: LedgerWorld;
let scheduler: RunningService;
const metrics = new Metrics();
const lines: Record<string, unknown>[] = [];
const linesOf = (msg: string) => lines.filter((line) => line['msg'] === msg);

beforeAll(async () => {
  world = await openLedgerWorld('gateway');
  const config = loadConfig(orderSchedulerService.shape, {
    DATABASE_URL: world.stores.appUrl,
    REDIS_URL: world.stores.redisUrl,
    REDIS_PREFIX: world.stores.redisPrefix,
    REDIS_ALLOW_UNSAFE: 'true',
  });
  const logger = createLogger('test', 'error', {
    write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  scheduler = await orderSchedulerService.start(config, { logger, metrics, health: new HealthRegistry() });
});
afterAll(async () => {
  await scheduler.stop();
  await world.close();
});

it('B-05 counts a job that no queue takes, and logs it as an error with its name and the reason', async () => {
  await world.inTenant((tx) => addToOutbox(tx, world.tenantId, [{ job: 'order.unheard-of', payload: { v: 1 } }]));
  await until(() => lines.length > 0);
  await until(async () => /^tranche_outbox_refused 1$/m.test(await metrics.text()));
  expect(await metrics.text()).toMatch(/^tranche_outbox_oldest_age_seconds 0$/m);
  expect(linesOf('job put aside: no queue takes it')).toEqual([
    expect.objectContaining({
      level: 'error',
      job: 'order.unheard-of',
      reason: 'no job is called "order.unheard-of"',
      id: expect.any(String),
    }),
  ]);
});

it('B-05 logs overdue work whose job no queue takes as an error, once', async () => {
  // A parent's id that Postgres stores and no contract of a job accepts.
  const parentOrderId = 'ffffffff-ffff-ffff-0fff-fffffffffff0' as ParentOrderId;
  const { tenantId } = world;
  const work = { kind: 'parent.wake', tenantId, parentOrderId, sequence: -1 } as const;
  await world.inTenant((tx) => scheduleWork(tx, work, addMs(world.clock.now(), -2_000)));
  const isPutOff = async () => {
    const [row] = await world.db.inSystem((tx) =>
      tx.query<{ off: boolean | null }[]>('SELECT redriven_at > clock_timestamp() AS off FROM due_work'),
    );
    return row?.off === true;
  };
  await until(isPutOff);
  expect(linesOf('due work not driven: no queue takes its job')).toEqual([
    expect.objectContaining({
      level: 'error',
      job: 'parent-order.wake',
      parentOrderId,
      reason: expect.stringContaining('payload is not that of parent-order.wake'),
      retryInMs: 60_000,
    }),
  ]);
});
