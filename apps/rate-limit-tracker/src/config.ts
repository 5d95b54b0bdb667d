import type { z } from 'zod';
import { databaseConfig, integer, redisConfig } from '#config';
import { limitsConfig, venueConfig } from '#venues';

export const rateLimitTrackerShape = {
  ...databaseConfig,
  ...redisConfig,
  ...limitsConfig,
  ...venueConfig,
  /** How often usage is looked at; the history keeps the most of each 10 s. Default 1,000. Unit: milliseconds. */
  RATE_USAGE_INTERVAL_MS: integer({ min: 100, max: 600_000 }).default(1_000),
};

export type RateLimitTrackerConfig = Readonly<z.output<z.ZodObject<typeof rateLimitTrackerShape>>>;
