import type { Pace } from '#domain';
import type { Redis } from 'ioredis';

/** Nobody waits longer than this for a limit; what is older says nothing any more. */
const KEPT_MS = 120_000;

/**
 * KEYS 1 the place given last; ARGV 1 ms until the limit opens, 2 everyMs, 3 overMs, 4 ms to keep it. Answers the ms
 * until the new place. The twin of `nextPlace`.
 */
const NEXT_PLACE_SCRIPT = `
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local opens, every, over = now + tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local at = tonumber(redis.call('GET', KEYS[1]) or '0') + every
if at < opens then
  at = opens
elseif at >= opens + over then
  at = opens + (at - opens) % over
end
redis.call('SET', KEYS[1], string.format('%.3f', at), 'PX', tonumber(ARGV[4]))
return string.format('%.3f', at - now)
`;

/**
 * In what order calls come back to limits that were used up: one line for all processes, kept in Redis. It promises
 * nothing; whoever comes still has to be granted. Losing it costs a moment in which many come at once.
 */
export class WaitingLine {
  constructor(
    private readonly redis: Redis,
    private readonly keyOf: (limit: string) => string,
  ) {}

  /**
   * @param limit name of its state
   * @param opensInMs when it has room again
   * @returns in how many ms to come
   */
  async next(limit: string, opensInMs: number, { everyMs, overMs }: Pace): Promise<number> {
    return Number(
      await this.redis.eval(
        NEXT_PLACE_SCRIPT,
        1,
        this.keyOf(limit),
        opensInMs,
        everyMs,
        overMs,
        KEPT_MS + Math.ceil(opensInMs),
      ),
    );
  }
}
