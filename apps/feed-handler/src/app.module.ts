import { randomUUID } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceRuntime } from '#observability';
import { Database, DatabaseClock, PersistenceModule } from '#persistence';
import { createFeeds, MarketDataPublisher } from '#venues';
import type { FeedHandlerConfig } from './config.js';
import { feedMetrics } from './feed-metrics.js';
import { FeedHandler } from './market/feed-handler.js';
import { FeedStore } from './market/feed-store.js';

@Module({})
export class AppModule {
  static register(config: FeedHandlerConfig, runtime: ServiceRuntime): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PersistenceModule.register({
          url: config.DATABASE_URL.reveal(),
          poolSize: config.DATABASE_POOL_SIZE,
          applicationName: 'feed-handler',
        }),
      ],
      providers: [
        {
          provide: FeedHandler,
          inject: [Database, DatabaseClock],
          useFactory: (db: Database, clock: DatabaseClock) =>
            new FeedHandler({
              symbols: config.FEED_SYMBOLS,
              feeds: createFeeds(config, clock),
              publisher: new MarketDataPublisher(
                { url: config.REDIS_URL.reveal(), prefix: config.REDIS_PREFIX },
                `feed-handler-${randomUUID()}`,
              ),
              store: new FeedStore(db),
              clock,
              metrics: feedMetrics(runtime.metrics),
              runtime,
            }),
        },
      ],
    };
  }
}
