import { databaseConfig, flag, integer, redisConfig } from '#config';
import { limitsConfig, venueConfig } from '#venues';
import { z } from 'zod';

export const orderSchedulerShape = {
  ...databaseConfig,
  ...redisConfig,
  ...limitsConfig,
  ...venueConfig,
  /** Start although Redis may forget or evict work; for the embedded fallback only. Default false. */
  REDIS_ALLOW_UNSAFE: flag().default(false),
  /** Orders decided on at the same time, per queue and process; more than half the pool's connections only wait for them. */
  SCHEDULER_CONCURRENCY: integer({ min: 1, max: 500 }).default(5),
  /** Beyond this difference from the database's clock, in ms, a worker takes no new work and says so. */
  MAX_CLOCK_SKEW_MS: integer({ min: 100, max: 60_000 }).default(1_000),
  /** As the exchange gateway's: whose share of the rate limits the engine looks at. */
  EGRESS_ID: z
    .string()
    .regex(/^[\w.-]{1,64}$/, { error: 'must be 1 to 64 of letters, digits, "_", ".", "-"' })
    .default('shared'),
};

export type OrderSchedulerConfig = Readonly<z.output<z.ZodObject<typeof orderSchedulerShape>>>;
