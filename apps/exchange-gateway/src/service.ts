import { NestFactory } from '@nestjs/core';
import { nestLogger, type ServiceDefinition } from '#observability';
import { Database } from '#persistence';
import { JobQueues } from '#queues';
import { ExchangeGatewayModule } from './app.module.js';
import { exchangeGatewayShape } from './config.js';
import { ExchangeGateway } from './exchange-gateway.js';

export { storeCredential } from './credentials/store-credential.js';

export const exchangeGatewayService: ServiceDefinition<typeof exchangeGatewayShape> = {
  name: 'exchange-gateway',
  shape: exchangeGatewayShape,
  async start(config, runtime) {
    const app = await NestFactory.createApplicationContext(ExchangeGatewayModule.register(config, runtime), {
      logger: nestLogger(runtime.logger),
      abortOnError: false,
    });
    const db = app.get(Database);
    const queues = app.get(JobQueues);
    runtime.health.addReadiness('exchange-gateway database', () => db.schemaMismatch());
    runtime.health.addReadiness('exchange-gateway redis', async () =>
      (await queues.isReachable()) ? null : 'Redis does not answer',
    );
    const gateway = app.get(ExchangeGateway);
    runtime.health.addReadiness('exchange-gateway accounts', () => Promise.resolve(gateway.notReady()));
    runtime.health.markStarted('exchange-gateway');
    return { stop: () => app.close() };
  },
};
