import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { loadConfig } from '#config';
import { createLogger, HealthRegistry, Metrics, type RunningService } from '#observability';
import { orderSchedulerService } from '../../apps/order-scheduler/src/service.js';
import type { TestDatabase } from './database.js';

const envOf = (stores: TestDatabase) => ({
  DATABASE_URL: stores.appUrl,
  REDIS_URL: stores.redisUrl,
  REDIS_PREFIX: stores.redisPrefix,
  REDIS_ALLOW_UNSAFE: 'true',
});

/** The real order scheduler on a test's own stores: it decides children as it does in production. */
export function startOrderScheduler(stores: TestDatabase, metrics = new Metrics()): Promise<RunningService> {
  const config = loadConfig(orderSchedulerService.shape, envOf(stores));
  const logger = createLogger('test', process.env.TEST_LOG_LEVEL ?? 'silent');
  return orderSchedulerService.start(config, { logger, metrics, health: new HealthRegistry() });
}

/** The same as a process of its own, which can be killed. */
export class OrderSchedulerProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** Returns at once; it takes up work when it is ready. */
  static spawn(stores: TestDatabase): OrderSchedulerProcess {
    const args = ['--import', './test/support/typescript.mjs', 'apps/order-scheduler/src/main.ts'];
    const env = { PATH: process.env.PATH, ...envOf(stores), OPS_PORT: '0', LOG_LEVEL: 'fatal' };
    return new OrderSchedulerProcess(spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], env }));
  }

  /** kill -9, and until it is gone. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
