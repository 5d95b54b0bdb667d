import { AppError } from '#domain';
import type { Redis } from 'ioredis';

export class UnsafeRedisError extends AppError<'REDIS_UNSAFE'> {
  readonly code = 'REDIS_UNSAFE';
}

/**
 * Work may be evicted or forgotten unless Redis is told otherwise (reliability.md B-10). Null when it is safe, else why not.
 */
export async function redisHazard(redis: Redis): Promise<string | null> {
  let policy: string | undefined;
  let appendOnly: string | undefined;
  try {
    policy = ((await redis.config('GET', 'maxmemory-policy')) as string[])[1];
    appendOnly = ((await redis.config('GET', 'appendonly')) as string[])[1];
  } catch (error) {
    return `its settings cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (policy !== 'noeviction') return `maxmemory-policy must be noeviction, was ${policy ?? 'unknown'}`;
  if (appendOnly !== 'yes') return `appendonly must be yes, was ${appendOnly ?? 'unknown'}`;
  return null;
}
