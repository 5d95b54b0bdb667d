import { AppError } from '#domain';
import type { Redis } from 'ioredis';

const WARN_EVERY_MS = 60_000;

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

/** Says it at once, and every minute from then on, as long as nobody calls what this returns. */
export function warnUntilStopped(warn: () => void, everyMs = WARN_EVERY_MS): () => void {
  warn();
  const timer = setInterval(warn, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
