import { Redis } from 'ioredis';

/** Whether an answer says that the server is master no more, or has none. For `reconnectOnError`. */
export function isMasterNoMore({ message }: Error): boolean {
  return /\b(READONLY|MASTERDOWN)\b/.test(message);
}

/**
 * A connection for what pays for calls: it refuses at once while Redis is away, and connects anew by itself, also when it
 * is told that it may only read. A master that was demoted keeps its connections; the address leads to the new one.
 */
export function budgetRedis(url: string): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
    reconnectOnError: isMasterNoMore,
  });
  redis.on('error', () => undefined); // the budget fails closed by itself; ioredis reconnects
  return redis;
}
