import { z } from 'zod';
import { integer, secretUrl } from './fields.js';

/** Postgres as a service sees it: its own role, neither owner nor superuser. */
export const databaseConfig = {
  DATABASE_URL: secretUrl(['postgres', 'postgresql']),
  /** Connections held open at most, per process. */
  DATABASE_POOL_SIZE: integer({ min: 1, max: 100 }).default(10),
};

export const redisConfig = {
  REDIS_URL: secretUrl(['redis', 'rediss']),
  /** In front of every key and queue, so that several installations can share one Redis. Braces would break hash tags. */
  REDIS_PREFIX: z
    .string()
    .regex(/^[a-z0-9_:-]{1,64}$/, { error: 'must be 1 to 64 of a-z, 0-9, "_", ":", "-"' })
    .default('tranche'),
};

/** The port for `/metrics` and `/health/*`; 0 takes any free one, which the first log line names. */
export const opsConfig = {
  OPS_HOST: z.string().default('127.0.0.1'),
  OPS_PORT: integer({ min: 0, max: 65_535 }).default(0),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be trace, debug, info, warn, error, fatal or silent',
    })
    .default('info'),
};
