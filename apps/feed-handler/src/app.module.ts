import { randomUUID } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceRuntime } from '#observability';
import { Database, DatabaseClock, PersistenceModule } from '#persistence';
import { QueriesModule, QueryClient, QueryServer } from '#queues';
import { createFeeds, MarketDataPublisher } from '#venues';
import type { FeedHandlerConfig } from './config.js';
import { feedMetrics } from './feed-metrics.js';
import { FeedBudgets } from './market/feed-budgets.js';
import { FeedSymbols } from './feed-symbols.js';
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
        QueriesModule.register({ url: config.REDIS_URL.reveal(), prefix: config.REDIS_PREFIX }),
      ],
      providers: [
        {
          provide: FeedHandler,
          inject: [Database, DatabaseClock, QueryServer, QueryClient],
          useFactory: (db: Database, clock: DatabaseClock, queries: QueryServer, broadcasts: QueryClient) => {
            const budgets = new FeedBudgets(config, db, clock, runtime.logger);
            const feeds = createFeeds(config, clock, (venue) => budgets.spendAt(venue));
            return new FeedHandler({
              symbols: new FeedSymbols(config, feeds.keys()),
              keepBarsDays: config.MINUTE_BARS_KEEP_DAYS,
              budgets,
              feeds,
              publisher: new MarketDataPublisher(
                { url: config.REDIS_URL.reveal(), prefix: config.REDIS_PREFIX },
                `feed-handler-${randomUUID()}`,
              ),
              store: new FeedStore(db),
              queries,
              broadcasts,
              clock,
              metrics: feedMetrics(runtime.metrics),
              runtime,
            });
          },
        },
      ],
    };
  }
}
