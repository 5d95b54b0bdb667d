import { NestFactory } from '@nestjs/core';
import { nestLogger, type ServiceDefinition } from '#observability';
import { Database } from '#persistence';
import { JobQueues } from '#queues';
import { OrderSchedulerModule } from './app.module.js';
import { orderSchedulerShape } from './config.js';

export const orderSchedulerService: ServiceDefinition<typeof orderSchedulerShape> = {
  name: 'order-scheduler',
  shape: orderSchedulerShape,
  async start(config, runtime) {
    const app = await NestFactory.createApplicationContext(OrderSchedulerModule.register(config, runtime), {
      logger: nestLogger(runtime.logger),
      abortOnError: false,
    });
    const db = app.get(Database);
    const queues = app.get(JobQueues);
    runtime.health.addReadiness('order-scheduler database', () => db.schemaMismatch());
    runtime.health.addReadiness('order-scheduler redis', async () =>
      (await queues.isReachable()) ? null : 'Redis does not answer',
    );
    runtime.health.markStarted('order-scheduler');
    return { stop: () => app.close() };
  },
};
