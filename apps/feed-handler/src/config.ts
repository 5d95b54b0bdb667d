import { z } from 'zod';
import { databaseConfig, integer, redisConfig } from '#config';
import { limitsConfig, venueConfig } from '#venues';
import { namesByVenueProblem, namesProblem, readNames, readNamesByVenue } from './feed-symbols.js';

function checkedBy(problemOf: (text: string) => string | null) {
  return (text: string, context: z.RefinementCtx<string>): void => {
    const message = problemOf(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  };
}

export const feedHandlerShape = {
  ...databaseConfig,
  ...redisConfig,
  ...venueConfig,
  ...limitsConfig,
  /**
   * Instruments to follow at every venue that has no list of its own, by the venue's name of them, by ours (`BTC-USDT`), or
   * by base and quote (`BTCUSDT`).
   */
  FEED_SYMBOLS: z
    .string()
    .superRefine(checkedBy(namesProblem))
    .default('BTCUSDT,ETHUSDT')
    .transform((text) => readNames(text)),
  /** The same for single venues, `venue=name,name;venue=name`. Default none. */
  FEED_SYMBOLS_BY_VENUE: z
    .string()
    .superRefine(checkedBy(namesByVenueProblem))
    .optional()
    .transform((text) => (text === undefined ? undefined : readNamesByVenue(text))),
  /** How long minute bars are kept, in days; volume profiles look back 14. Default 60. */
  MINUTE_BARS_KEEP_DAYS: integer({ min: 15, max: 3_650 }).default(60),
  /** Name of the public address this process leaves by; processes that share one share its limits. Default `shared`. */
  EGRESS_ID: z
    .string()
    .regex(/^[\w.-]{1,64}$/, { error: 'must be 1 to 64 of letters, digits, "_", ".", "-"' })
    .default('shared'),
};

export type FeedHandlerConfig = Readonly<z.output<z.ZodObject<typeof feedHandlerShape>>>;
