import { Module, type DynamicModule } from '@nestjs/common';
import type { VenueId } from '#domain';
import type { ServiceRuntime } from '#observability';
import { Database, DatabaseClock, PersistenceModule } from '#persistence';
import { JobQueues, QueuesModule } from '#queues';
import { configuredVenues, limitsByVenue, MarketDataReader, profilesByVenue, type VenueTraits } from '#venues';
import type { OrderSchedulerConfig } from './config.js';
import { BudgetShares, type BudgetedVenue } from './market/budget-shares.js';
import { SchedulerMarket } from './market/scheduler-market.js';
import { OrderScheduler } from './order-scheduler.js';
import { schedulerMetrics } from './scheduler-metrics.js';

/** The scheduler: decides what each parent order does next, and never talks to a venue. */
@Module({})
export class OrderSchedulerModule {
  static register(config: OrderSchedulerConfig, runtime: ServiceRuntime): DynamicModule {
    const url = config.REDIS_URL.reveal();
    const prefix = config.REDIS_PREFIX;
    return {
      module: OrderSchedulerModule,
      imports: [
        PersistenceModule.register({
          url: config.DATABASE_URL.reveal(),
          poolSize: config.DATABASE_POOL_SIZE,
          applicationName: 'order-scheduler',
        }),
        QueuesModule.register({
          url,
          prefix,
          allowUnsafe: config.REDIS_ALLOW_UNSAFE,
          onHazard: (hazard) => runtime.logger.warn({ hazard }, 'Redis may lose work'),
        }),
      ],
      providers: [
        {
          provide: MarketDataReader,
          useFactory: async () => {
            const reader = new MarketDataReader({ url, prefix });
            await reader.start();
            return reader;
          },
        },
        {
          provide: BudgetShares,
          useFactory: (clock: DatabaseClock) =>
            BudgetShares.open(url, budgetedVenues(config), { prefix, egressId: config.EGRESS_ID, clock }),
          inject: [DatabaseClock],
        },
        {
          provide: SchedulerMarket,
          useFactory: (db: Database, feed: MarketDataReader, budgets: BudgetShares) =>
            new SchedulerMarket(db, feed, budgets, traitsByVenue(config)),
          inject: [Database, MarketDataReader, BudgetShares],
        },
        {
          provide: OrderScheduler,
          useFactory: (
            db: Database,
            clock: DatabaseClock,
            queues: JobQueues,
            feed: MarketDataReader,
            market: SchedulerMarket,
            budgets: BudgetShares,
          ) =>
            new OrderScheduler({
              config,
              runtime,
              metrics: schedulerMetrics(runtime.metrics),
              db,
              clock,
              queues,
              feed,
              market,
              budgets,
            }),
          inject: [Database, DatabaseClock, JobQueues, MarketDataReader, SchedulerMarket, BudgetShares],
        },
      ],
    };
  }
}

function traitsByVenue(config: OrderSchedulerConfig): ReadonlyMap<VenueId, VenueTraits> {
  return new Map([...profilesByVenue(config)].map(([id, { traits }]) => [id, traits]));
}

function budgetedVenues(config: OrderSchedulerConfig): ReadonlyMap<VenueId, BudgetedVenue> {
  const limitsOf = limitsByVenue(config, configuredVenues(config));
  return new Map(
    [...profilesByVenue(config)].flatMap(([id, profile]) => {
      const limits = limitsOf.get(id);
      return limits === undefined ? [] : [[id, { limits, profile }] as const];
    }),
  );
}
