import { databaseConfig, flag, integer, redisConfig, secret } from '#config';
import { limitsConfig, venueConfig } from '#venues';
import { z } from 'zod';

const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

export const exchangeGatewayShape = {
  ...databaseConfig,
  ...redisConfig,
  ...venueConfig,
  ...limitsConfig,
  /** Start although Redis may forget or evict work; for the embedded fallback only. Default false. */
  REDIS_ALLOW_UNSAFE: flag().default(false),
  /** Key that wraps the data keys of venue credentials: 32 bytes as 64 hex digits. This or the file is required. */
  CREDENTIALS_MASTER_KEY: secret(64).optional(),
  /** Keys of before, with commas between, that still open what is not wrapped anew yet. Default none. */
  CREDENTIALS_OLD_MASTER_KEYS: secret(64).optional(),
  /** Instead of both: a file with one key a line, the one in use first; read again every 30 s. Default none. */
  CREDENTIALS_MASTER_KEY_FILE: z.string().optional(),
  /**
   * Instead: a key service that wraps, so that the wrapping key is in no file: the address of a server with a transit
   * engine (HashiCorp Vault, OpenBao) at `/v1/transit`, or with a path, of the engine itself. Keys that are given besides
   * open what they wrapped before. Default none. Unit: URL, https unless it is this machine.
   */
  MASTER_KEY_KMS_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL that begins with https://' })
    .refine((text) => isSafeKeyService(text), {
      error: 'must begin with https:// (http:// for this machine only) and hold no user, password or query',
    })
    .optional(),
  /** Name of the key at the key service. Default `tranche`. */
  MASTER_KEY_KMS_KEY: z
    .string()
    .regex(/^[\w.-]{1,64}$/, { error: 'must be 1 to 64 of letters, digits, "_", ".", "-"' })
    .default('tranche'),
  /** File that holds the token for the key service; read before each call. Required with the address. Unit: path. */
  MASTER_KEY_KMS_TOKEN_FILE: z.string().optional(),
  /** How long an answer of the key service is waited for, in ms. Default 2,000. */
  MASTER_KEY_KMS_TIMEOUT_MS: integer({ min: 100, max: 30_000 }).default(2_000),
  /** Take venue keys whose permissions the venue does not tell: they could be able to withdraw. Default false. */
  ALLOW_UNVERIFIED_KEY: flag().default(false),
  /** Child orders placed or cancelled at the same time, per queue and process; see DATABASE_POOL_SIZE. */
  GATEWAY_CONCURRENCY: integer({ min: 1, max: 500 }).default(10),
  /**
   * Of the connections of DATABASE_POOL_SIZE, how many places may hold at a time, so that cancels always find one; never
   * more than all but one. Default 4.
   */
  GATEWAY_PLACE_CONNECTIONS: integer({ min: 1, max: 99 }).default(4),
  /**
   * Name of this process in claims and leases. A process that is started again under the name of the one before takes
   * its accounts back at once; two at a time must never share one. Default: a new random name at each start.
   */
  GATEWAY_INSTANCE_ID: z
    .string()
    .regex(/^[\w.-]{1,64}$/, { error: 'must be 1 to 64 of letters, digits, "_", ".", "-"' })
    .optional(),
  /** How often children in doubt are checked for a look-up, in ms (venues.md A7). Default 2,000. */
  RECONCILE_DOUBTS_EVERY_MS: integer({ min: 100, max: 60_000 }).default(2_000),
  /** How often open orders of active symbols are compared with each venue, in ms. Default 10,000. */
  RECONCILE_ORDERS_EVERY_MS: integer({ min: 100, max: 600_000 }).default(10_000),
  /** How often fills, balances, positions and the open orders of all symbols are compared, in ms. Default 60,000. */
  RECONCILE_ALL_EVERY_MS: integer({ min: 100, max: 3_600_000 }).default(60_000),
  /**
   * Ids of accounts, with commas between, for which the venue's timer is kept that cancels all orders, those of others
   * too, when no gateway has been there for one to two minutes. Default none.
   */
  DEAD_MAN_ACCOUNTS: z
    .string()
    .regex(new RegExp(`^(${UUID}(,${UUID})*)?$`), { error: 'must be account ids with commas between' })
    .default('')
    .transform((text) => (text === '' ? [] : text.split(','))),
  /** How long a venue may count more than it tells trades of before a fill is inferred, in ms. Default 30,000. */
  INFER_FILL_AFTER_MS: integer({ min: 0, max: 3_600_000 }).default(30_000),
  /** Name of the public address this process leaves by; processes that share one share its limits. Default `shared`. */
  EGRESS_ID: z
    .string()
    .regex(/^[\w.-]{1,64}$/, { error: 'must be 1 to 64 of letters, digits, "_", ".", "-"' })
    .default('shared'),
  /**
   * Among how many processes that share an address the emergency share of rate limits is divided. More may run; those
   * beyond have none of it, and send nothing while Redis is down. Default 4.
   */
  MAX_GATEWAY_PODS: integer({ min: 1, max: 64 }).default(4),
};

/** A token and data keys go there: in the clear to this machine only. */
function isSafeKeyService(text: string): boolean {
  const { protocol, hostname, username, password, search } = new URL(text);
  const isHere = ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
  return (protocol === 'https:' || isHere) && `${username}${password}${search}` === '';
}

export type ExchangeGatewayConfig = Readonly<z.output<z.ZodObject<typeof exchangeGatewayShape>>>;
