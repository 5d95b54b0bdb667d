import type { Pace } from '#domain';
import type { Redis } from 'ioredis';

/** Nobody waits longer than this for a limit; what is older says nothing any more. */
const KEPT_MS = 120_000;

/**
 * KEYS 1 the parent's place given last, 2 who waits (by the time until which); ARGV 1 ms until the limit opens, 2 everyMs,
 * 3 overMs, 4 ms to keep it, 5 the parent. Answers the ms until the new place. The twin of `nextPlace`.
 */
const NEXT_PLACE_SCRIPT = `
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local opens, every, over = now + tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('(%.0f', now))
redis.call('ZADD', KEYS[2], string.format('%.0f', opens + over), ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
local parents = redis.call('ZCARD', KEYS[2])
local first = opens + math.min(redis.call('ZRANK', KEYS[2], ARGV[5]) * every, 1500, over / 2)
local at = tonumber(redis.call('GET', KEYS[1]) or '0') + every * parents
if at < first then
  at = first
elseif at >= opens + over then
  at = opens + (at - opens) % over
end
redis.call('SET', KEYS[1], string.format('%.3f', at), 'PX', ARGV[4])
return string.format('%.3f', at - now)
`;

/**
 * In what order calls come back to limits that were used up: one line for all processes, kept in Redis, in which parents
 * take turns. It promises nothing; whoever comes still has to be granted. Losing it costs a moment in which many come at
 * once.
 */
export class WaitingLine {
  constructor(
    private readonly redis: Redis,
    private readonly keyOf: (name: string) => string,
  ) {}

  /**
   * @param limit name of its state
   * @param parent on whose behalf the call is made
   * @param opensInMs when it has room again
   * @returns in how many ms to come
   */
  async next(limit: string, parent: string, opensInMs: number, { everyMs, overMs }: Pace): Promise<number> {
    const keys = [this.keyOf(`${limit}:${parent}`), this.keyOf(limit)];
    const keepMs = KEPT_MS + Math.ceil(opensInMs);
    return Number(await this.redis.eval(NEXT_PLACE_SCRIPT, 2, ...keys, opensInMs, everyMs, overMs, keepMs, parent));
  }
}
