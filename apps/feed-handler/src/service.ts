import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { nestLogger, type ServiceDefinition } from '#observability';
import { AppModule } from './app.module.js';
import { feedHandlerShape } from './config.js';

/** Public market data of the venues: books, volumes and statistics, published over Redis. */
export const feedHandler: ServiceDefinition<typeof feedHandlerShape> = {
  name: 'feed-handler',
  shape: feedHandlerShape,
  async start(config, runtime) {
    const app = await NestFactory.createApplicationContext(AppModule.register(config, runtime), {
      logger: nestLogger(runtime.logger),
      abortOnError: false,
    });
    return { stop: () => app.close() };
  },
};
