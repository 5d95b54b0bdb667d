import type { z } from 'zod';
import { databaseConfig, integer, redisConfig } from '#config';
import { limitsConfig } from '#venues';

export const rateLimitTrackerShape = {
  ...databaseConfig,
  ...redisConfig,
  ...limitsConfig,
  /** How often usage is looked at; a point of the history is written only where it changed. */
  RATE_USAGE_INTERVAL_MS: integer({ min: 100, max: 600_000 }).default(10_000),
};

export type RateLimitTrackerConfig = Readonly<z.output<z.ZodObject<typeof rateLimitTrackerShape>>>;
