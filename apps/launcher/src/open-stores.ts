import type { Secret } from '#config';
import type { Logger } from '#observability';
import { startEmbeddedPostgres } from './stores/embedded-postgres.js';
import { startEmbeddedRedis } from './stores/embedded-redis.js';
import type { EmbeddedServer } from './stores/server-process.js';
import { type Supervised, supervise } from './supervise.js';

/** Where the stores are: ours, or those of the environment. */
export interface Stores {
  /** Of the owner: migrations only. */
  readonly ownerUrl: string;
  readonly redisUrl: string;
  /** Whether Redis keeps nothing on disk. */
  readonly isRedisVolatile: boolean;
  /** For people. */
  readonly descriptions: string[];
  /** The embedded servers that run now; null where the environment names one. */
  postgres(): EmbeddedServer | null;
  redis(): EmbeddedServer | null;
  stop(): Promise<void>;
}

export interface StoreOptions {
  readonly databaseUrl: Secret | undefined;
  readonly redisUrl: Secret | undefined;
  readonly postgresDirectory: string;
  readonly redisDirectory: string;
}

/**
 * Opens both stores side by side; when one fails the other is ended again. An embedded server that dies is started
 * again on its port.
 * @throws the first failure
 */
export async function openStores(
  options: StoreOptions,
  logger: Logger,
  onRestart: () => Promise<void>,
): Promise<Stores> {
  const own = (name: string, given: Secret | undefined, start: () => Promise<EmbeddedServer>) =>
    given === undefined ? supervise(name, start, logger, onRestart) : Promise.resolve(null);
  const results = await Promise.allSettled([
    own('postgres', options.databaseUrl, () =>
      startEmbeddedPostgres({ directory: options.postgresDirectory, durable: true }),
    ),
    own('redis', options.redisUrl, () =>
      startEmbeddedRedis({ directory: options.redisDirectory, allowFallback: true }),
    ),
  ]);
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(started.map(async (server) => server?.stop()));
  };
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  const [postgres, redis] = started as [Supervised<EmbeddedServer> | null, Supervised<EmbeddedServer> | null];
  return {
    ownerUrl: options.databaseUrl?.reveal() ?? postgres?.current().url ?? '',
    redisUrl: options.redisUrl?.reveal() ?? redis?.current().url ?? '',
    isRedisVolatile: redis?.current().isVolatile === true,
    descriptions: [postgres?.current().description ?? 'your Postgres', redis?.current().description ?? 'your Redis'],
    postgres: () => postgres?.current() ?? null,
    redis: () => redis?.current() ?? null,
    stop,
  };
}
