import { z } from 'zod';
import { databaseConfig, integer, redisConfig } from '#config';
import { limitsConfig, venueConfig } from '#venues';

const symbols = 'must be symbols of A-Z and 0-9, separated by commas';

export const feedHandlerShape = {
  ...databaseConfig,
  ...redisConfig,
  ...venueConfig,
  ...limitsConfig,
  /** Instruments to follow at each venue, by the venue's own name. */
  FEED_SYMBOLS: z
    .string()
    .regex(/^[A-Z0-9]{1,32}(,[A-Z0-9]{1,32}){0,99}$/, { error: symbols })
    .default('BTCUSDT,ETHUSDT')
    .transform((text) => [...new Set(text.split(','))]),
  /** How long minute bars are kept, in days; volume profiles look back 14. Default 60. */
  MINUTE_BARS_KEEP_DAYS: integer({ min: 15, max: 3_650 }).default(60),
  /** Name of the public address this process leaves by; processes that share one share its limits. Default `shared`. */
  EGRESS_ID: z
    .string()
    .regex(/^[\w.-]{1,64}$/, { error: 'must be 1 to 64 of letters, digits, "_", ".", "-"' })
    .default('shared'),
};

export type FeedHandlerConfig = Readonly<z.output<z.ZodObject<typeof feedHandlerShape>>>;
