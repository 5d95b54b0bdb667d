import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { nestLogger, type ServiceDefinition } from '#observability';
import { AppModule } from './app.module.js';
import { rateLimitTrackerShape } from './config.js';

/** Keeps the history of rate limits: crossings, usage, metrics. Never in the way of a request. */
export const rateLimitTrackerService: ServiceDefinition<typeof rateLimitTrackerShape> = {
  name: 'rate-limit-tracker',
  shape: rateLimitTrackerShape,
  async start(config, runtime) {
    const app = await NestFactory.createApplicationContext(AppModule.register(config, runtime), {
      logger: nestLogger(runtime.logger),
      abortOnError: false,
    });
    return { stop: () => app.close() };
  },
};
