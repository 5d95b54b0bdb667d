import { z } from 'zod';
import { databaseConfig, flag, integer, redisConfig, secret } from '#config';
import { venueConfig } from '#venues';

/** Every environment variable that this service reads. */
export const apiGatewayShape = {
  ...databaseConfig,
  ...redisConfig,
  ...venueConfig,
  /** Where the public surfaces listen; behind a proxy in another host set HOST to 0.0.0.0. */
  HOST: z.string().default('127.0.0.1'),
  PORT: integer({ min: 0, max: 65_535 }).default(8080),
  /**
   * Id of the tenant whose tokens with the scope admin set and release halts of level global and venue. Default none:
   * any tenant, as long as no other one has accounts.
   */
  OPERATOR_TENANT: z.guid({ error: 'must be the id of a tenant, a UUID' }).toLowerCase().optional(),
  /** Whether a change of trading restrictions needs the word of a second person of the staff. */
  REQUIRE_TRADING_LIMIT_APPROVAL: flag().default(false),
  /** Whether the simulated account `mock` that every user has is shown and traded on. */
  MOCK_ACCOUNT: z.enum(['on', 'off'], { error: 'must be on or off' }).default('on'),
  /**
   * Keys that close the secrets which bodies of webhooks are signed with: 64 hexadecimal digits each, with commas between.
   * The first is in use, those behind it open what was closed before. Default none: then no webhook can be signed.
   */
  SIGNAL_SECRETS_KEY: secret(64).optional(),
  /** Folder of the built web page; unset: where the build of this very program puts it. */
  DASHBOARD_DIR: z.string().optional(),
  /** Origins of pages on other hosts that may open /ws/orders/. */
  ALLOWED_ORIGINS: z
    .string()
    .regex(/^(https?:\/\/[^\s/,]+(,https?:\/\/[^\s/,]+)*)?$/, { error: 'must be origins, separated by commas' })
    .default('')
    .transform((text) => text.split(',').filter((origin) => origin !== '')),
};

export type ApiGatewayConfig = Readonly<z.output<z.ZodObject<typeof apiGatewayShape>>>;
