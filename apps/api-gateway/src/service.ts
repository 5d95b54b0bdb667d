import { fileURLToPath } from 'node:url';
import type { TenantId } from '#domain';
import { Database } from '#persistence';
import type { ServiceDefinition } from '#observability';
import { MarketDataReader } from '#venues';
import { ApiGatewayModule } from './app.module.js';
import { apiGatewayShape } from './config.js';
import { listedVenues } from './credentials/venue-list.js';
import { createHttpApp } from './http/create-http-app.js';
import { SnapshotMidPrices } from './market/snapshot-mid-prices.js';
import { SigningSecrets } from './strategies/signing-secrets.js';

/** Beside this app in the build. */
const BUILT_DASHBOARD = fileURLToPath(new URL('../../ops-dashboard/web', import.meta.url));

/**
 * The public surfaces. It enqueues nothing: what it accepts stands in the outbox, which the services that work on it
 * relay. Redis is read for market prices and asked for what other services know at the moment, so without it orders can
 * still be read and cancelled.
 */
export const apiGatewayService: ServiceDefinition<typeof apiGatewayShape> = {
  name: 'api-gateway',
  shape: apiGatewayShape,
  async start(config, runtime) {
    const signing = SigningSecrets.of(config.SIGNAL_SECRETS_KEY);
    const marketData = new MarketDataReader({ url: config.REDIS_URL.reveal(), prefix: config.REDIS_PREFIX });
    const app = await createHttpApp(
      ApiGatewayModule.register({
        database: {
          url: config.DATABASE_URL.reveal(),
          poolSize: config.DATABASE_POOL_SIZE,
          applicationName: 'api-gateway',
        },
        queries: { url: config.REDIS_URL.reveal(), prefix: config.REDIS_PREFIX },
        mids: new SnapshotMidPrices(marketData),
        runtime,
        allowedOrigins: config.ALLOWED_ORIGINS,
        venues: await listedVenues(config),
        signing,
        mockAccount: config.MOCK_ACCOUNT === 'on',
        restrictionApproval: config.REQUIRE_TRADING_LIMIT_APPROVAL,
        ...(config.OPERATOR_TENANT === undefined ? {} : { operator: config.OPERATOR_TENANT as TenantId }),
      }),
      runtime,
      config.DASHBOARD_DIR ?? BUILT_DASHBOARD,
    );
    const stop = async (): Promise<void> => {
      await app.close();
      await marketData.close();
    };
    try {
      await marketData.start();
      await app.listen(config.PORT, config.HOST);
    } catch (error) {
      await stop();
      throw error;
    }
    const db = app.get(Database);
    runtime.health.addReadiness('api-gateway database', () => db.schemaMismatch());
    runtime.health.markStarted('api-gateway');
    const url = await app.getUrl();
    return { stop, urls: { api: `${url}/api/`, docs: `${url}/docs` } };
  },
};
