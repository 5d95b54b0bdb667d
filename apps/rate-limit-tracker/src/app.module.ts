import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceRuntime } from '#observability';
import { Database, PersistenceModule } from '#persistence';
import { QueriesModule, QueryClient, QueryServer } from '#queues';
import type { RateLimitTrackerConfig } from './config.js';
import { RateLimitTracker } from './rate-limit-tracker.js';

@Module({})
export class AppModule {
  static register(config: RateLimitTrackerConfig, runtime: ServiceRuntime): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PersistenceModule.register({
          url: config.DATABASE_URL.reveal(),
          poolSize: config.DATABASE_POOL_SIZE,
          applicationName: 'rate-limit-tracker',
        }),
        QueriesModule.register({ url: config.REDIS_URL.reveal(), prefix: config.REDIS_PREFIX }),
      ],
      providers: [
        {
          provide: RateLimitTracker,
          inject: [Database, QueryClient, QueryServer],
          useFactory: (db: Database, client: QueryClient, server: QueryServer) =>
            new RateLimitTracker(db, { client, server }, config, runtime),
        },
      ],
    };
  }
}
