import { createLogger, ServiceHost } from '#observability';
import { exchangeGatewayService } from '../../apps/exchange-gateway/src/service.js';
import { feedHandler } from '../../apps/feed-handler/src/service.js';
import { configureServices } from '../../apps/launcher/src/service-configs.js';
import { serve } from '../pipeline/worker.js';

/** One process of the exchange gateway, as it runs apart; one of them has the feed handler beside it. */
export interface GatewayStart {
  readonly environment: Readonly<Record<string, string>>;
  readonly withFeed: boolean;
  /** Default `error`; processes that are paused and killed complain a lot. */
  readonly logLevel?: string;
}

let host: ServiceHost | undefined;

async function start({ environment, withFeed, logLevel = 'error' }: GatewayStart): Promise<void> {
  host = await ServiceHost.open({
    opsHost: '127.0.0.1',
    opsPort: 0,
    version: 'bench',
    loggerOf: (name) => createLogger(name, process.env['LOG_LEVEL'] ?? logLevel),
  });
  const services = withFeed ? [feedHandler, exchangeGatewayService] : [exchangeGatewayService];
  const configs = configureServices(services, () => environment);
  for (const service of services) await host.start(service, configs.get(service.name) ?? {});
}

serve({
  start,
  ready: async () => (await host?.health.ready())?.status === 'ok',
  stop: async () => {
    await host?.drain();
  },
});
