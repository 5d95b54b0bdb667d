import { z } from 'zod';
import { databaseConfig, integer, redisConfig } from '#config';
import { venueConfig } from '#venues';

const symbols = 'must be symbols of A-Z and 0-9, separated by commas';

export const feedHandlerShape = {
  ...databaseConfig,
  ...redisConfig,
  ...venueConfig,
  /** Instruments to follow at each venue, by the venue's own name. */
  FEED_SYMBOLS: z
    .string()
    .regex(/^[A-Z0-9]{1,32}(,[A-Z0-9]{1,32}){0,99}$/, { error: symbols })
    .default('BTCUSDT,ETHUSDT')
    .transform((text) => [...new Set(text.split(','))]),
  /** How long minute bars are kept, in days; volume profiles look back 14. Default 60. */
  MINUTE_BARS_KEEP_DAYS: integer({ min: 15, max: 3_650 }).default(60),
};

export type FeedHandlerConfig = Readonly<z.output<z.ZodObject<typeof feedHandlerShape>>>;
