import { randomUUID } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceRuntime } from '#observability';
import { Database, DatabaseClock, PersistenceModule } from '#persistence';
import { configuredVenues, MarketDataReader } from '#venues';
import { JobQueues, QueriesModule, QueryClient, QueryServer, QueuesModule } from '#queues';
import { AccountSessions } from './accounts/account-sessions.js';
import type { ExchangeGatewayConfig } from './config.js';
import { CredentialKeeper } from './credentials/credential-keeper.js';
import type { KeyWrapper } from './credentials/key-wrapper.js';
import { loadKeys } from './credentials/load-keys.js';
import { probeKey } from './credentials/probe-key.js';
import { Vault } from './credentials/vault.js';
import { ExchangeGateway } from './exchange-gateway.js';
import { gatewayMetrics } from './gateway-metrics.js';
import { Booking } from './orders/booking.js';
import { InstrumentCache } from './venue/instrument-cache.js';
import { creditFirstFill } from './venue/credit-first-fill.js';
import { VenueDesks } from './venue/venue-desks.js';

/** What wraps the data keys of venue credentials. */
const KEYS = Symbol('KEYS');

/** The gateway: the only holder of venue keys, and the only one that talks to a venue about orders. */
@Module({})
export class ExchangeGatewayModule {
  static register(config: ExchangeGatewayConfig, runtime: ServiceRuntime): DynamicModule {
    const { logger } = runtime;
    const metrics = gatewayMetrics(runtime.metrics);
    const simulated = new Set(configuredVenues(config).flatMap(({ id, tier }) => (tier === 1 ? [id] : [])));
    const instanceId = config.GATEWAY_INSTANCE_ID ?? `gateway-${randomUUID()}`;
    return {
      module: ExchangeGatewayModule,
      imports: [
        PersistenceModule.register({
          url: config.DATABASE_URL.reveal(),
          poolSize: config.DATABASE_POOL_SIZE,
          applicationName: 'exchange-gateway',
        }),
        QueuesModule.register({
          url: config.REDIS_URL.reveal(),
          prefix: config.REDIS_PREFIX,
          allowUnsafe: config.REDIS_ALLOW_UNSAFE,
          onHazard: (hazard) => logger.warn({ hazard }, 'Redis may lose work'),
        }),
        QueriesModule.register({ url: config.REDIS_URL.reveal(), prefix: config.REDIS_PREFIX }),
      ],
      providers: [
        {
          provide: InstrumentCache,
          useFactory: (db: Database) => new InstrumentCache(db),
          inject: [Database],
        },
        {
          provide: MarketDataReader,
          useFactory: () => new MarketDataReader({ url: config.REDIS_URL.reveal(), prefix: config.REDIS_PREFIX }),
        },
        {
          provide: VenueDesks,
          useFactory: (db: Database, clock: DatabaseClock) =>
            new VenueDesks(config, db, clock, runtime, metrics, instanceId),
          inject: [Database, DatabaseClock],
        },
        { provide: KEYS, useFactory: () => loadKeys(config) },
        {
          provide: Vault,
          useFactory: (db: Database, keys: KeyWrapper) => new Vault(db, keys, metrics.credentialDecrypts),
          inject: [Database, KEYS],
        },
        {
          provide: CredentialKeeper,
          useFactory: (
            db: Database,
            clock: DatabaseClock,
            desks: VenueDesks,
            keys: KeyWrapper,
            sessions: AccountSessions,
          ) =>
            new CredentialKeeper(
              {
                keys,
                venues: [...desks.byId.keys()],
                allowUnverified: config.ALLOW_UNVERIFIED_KEY,
                probe: probeKey(desks.byId, clock),
                logger,
              },
              db,
              sessions,
            ),
          inject: [Database, DatabaseClock, VenueDesks, KEYS, AccountSessions],
        },
        {
          provide: AccountSessions,
          useFactory: (vault: Vault, clock: DatabaseClock, desks: VenueDesks) =>
            new AccountSessions(vault, desks.byId, { metrics, counts: desks.parentCounts }, clock, logger),
          inject: [Vault, DatabaseClock, VenueDesks],
        },
        {
          provide: Booking,
          useFactory: (
            db: Database,
            clock: DatabaseClock,
            instruments: InstrumentCache,
            desks: VenueDesks,
            markets: MarketDataReader,
          ) =>
            new Booking(
              db,
              clock,
              instruments,
              metrics,
              logger,
              config.INFER_FILL_AFTER_MS,
              creditFirstFill(desks.byId),
              markets,
            ),
          inject: [Database, DatabaseClock, InstrumentCache, VenueDesks, MarketDataReader],
        },
        {
          provide: ExchangeGateway,
          useFactory: (
            db: Database,
            clock: DatabaseClock,
            queues: JobQueues,
            queries: QueryServer,
            broadcasts: QueryClient,
            instruments: InstrumentCache,
            desks: VenueDesks,
            sessions: AccountSessions,
            booking: Booking,
            credentials: CredentialKeeper,
            markets: MarketDataReader,
          ) =>
            new ExchangeGateway({
              config,
              runtime,
              metrics,
              instanceId,
              db,
              clock,
              queues,
              queries,
              broadcasts,
              instruments,
              desks,
              sessions,
              booking,
              credentials,
              markets,
              isSimulated: (venue) => simulated.has(venue),
            }),
          inject: [
            Database,
            DatabaseClock,
            JobQueues,
            QueryServer,
            QueryClient,
            InstrumentCache,
            VenueDesks,
            AccountSessions,
            Booking,
            CredentialKeeper,
            MarketDataReader,
          ],
        },
      ],
    };
  }
}
