import { loadConfig } from '#config';
import { createLogger, HealthRegistry, Metrics, type RunningService } from '#observability';
import { orderSchedulerService } from '../../apps/order-scheduler/src/service.js';
import type { TestDatabase } from './database.js';

/** The real order scheduler on a test's own stores: it decides children as it does in production. */
export function startOrderScheduler(stores: TestDatabase): Promise<RunningService> {
  const config = loadConfig(orderSchedulerService.shape, {
    DATABASE_URL: stores.appUrl,
    REDIS_URL: stores.redisUrl,
    REDIS_PREFIX: stores.redisPrefix,
    REDIS_ALLOW_UNSAFE: 'true',
  });
  const logger = createLogger('test', process.env.TEST_LOG_LEVEL ?? 'silent');
  return orderSchedulerService.start(config, { logger, metrics: new Metrics(), health: new HealthRegistry() });
}
