import type { Redis } from 'ioredis';

const ended = new WeakMap<Redis, { count: number }>();

/**
 * Tells connections of a client apart: the number changes when one ends. What one connection has shown of the server
 * holds for as long as it lives, since a server cannot begin anew behind it.
 */
export function connectionNumber(redis: Redis): () => number {
  let seen = ended.get(redis);
  if (!seen) {
    const counter = { count: 0 };
    redis.on('close', () => (counter.count += 1));
    ended.set(redis, counter);
    seen = counter;
  }
  const counter = seen;
  return () => counter.count;
}
