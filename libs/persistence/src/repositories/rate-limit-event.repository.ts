import type { Crossing, LimitUsage, VenueId } from '#domain';
import type { Tx } from '../database.js';
import { affected, rows } from '../sql.js';

/** Crossings of usage thresholds, and the history of usage, as the rate-limit tracker writes them. */
export class RateLimitEventRepository {
  constructor(private readonly tx: Tx) {}

  /** @returns false when this crossing was written before: once per limit, scope, window and threshold */
  async add(venue: VenueId, crossing: Crossing): Promise<boolean> {
    const { limit, scope, window, threshold, used, limitValue, at } = crossing;
    const added = await affected(
      this.tx,
      `INSERT INTO rate_limit_events (id, venue, limit_id, scope, threshold, window_start, used, limit_value, at)
       VALUES ($1, $2, $3, $4, $5, to_timestamp($6::bigint / 1000.0), $7, $8, to_timestamp($9::bigint / 1000.0))
       ON CONFLICT (id) DO NOTHING`,
      [
        `${venue}|${limit}|${scope}|${window}|${threshold}`,
        venue,
        limit,
        scope,
        threshold,
        window,
        used,
        limitValue,
        at,
      ],
    );
    return added > 0;
  }

  /** Limits and scopes with a crossing in the last `withinMs`. */
  async recentlyCrossed(venue: VenueId, withinMs: number): Promise<{ limit: string; scope: string }[]> {
    return rows<{ limit: string; scope: string }>(
      this.tx,
      `SELECT DISTINCT limit_id AS limit, scope FROM rate_limit_events
       WHERE venue = $1 AND at > clock_timestamp() - make_interval(secs => $2::double precision / 1000)`,
      [venue, withinMs],
    );
  }

  /** Raises the running step of 10 s of each limit to what is used now, by the clock of the database. */
  async addUsage(
    venue: VenueId,
    usages: readonly Pick<LimitUsage, 'limit' | 'scope' | 'used' | 'limitValue'>[],
  ): Promise<void> {
    const sorted = [...usages].sort((a, b) => (`${a.limit} ${a.scope}` < `${b.limit} ${b.scope}` ? -1 : 1));
    await this.tx.query(
      `INSERT INTO rate_limit_usage AS u (venue, limit_id, scope, at, used, limit_value)
       SELECT $1::text, p.limit_id, p.scope, to_timestamp(floor(extract(epoch FROM clock_timestamp()) / 10) * 10),
              p.used, p.limit_value
       FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS p(limit_id, scope, used, limit_value)
       ON CONFLICT (venue, limit_id, scope, at) DO UPDATE
         SET used = EXCLUDED.used, limit_value = EXCLUDED.limit_value WHERE EXCLUDED.used > u.used`,
      [
        venue,
        sorted.map((u) => u.limit),
        sorted.map((u) => u.scope),
        sorted.map((u) => Math.ceil(u.used)),
        sorted.map((u) => Math.floor(u.limitValue)),
      ],
    );
  }

  /**
   * The most used of a limit in each step of `stepSec`, at every venue, oldest first. A step without a point had none
   * used, or nobody looked. Before the last 7 days there are steps of 5 minutes only.
   */
  async usageHistory(
    limitId: string,
    fromMs: number,
    toMs: number,
    stepSec: number,
  ): Promise<{ venue: string; scope: string; at: number; used: number; limitValue: number }[]> {
    const found = await rows<{ venue: string; scope: string; at: string; used: string; limit_value: string }>(
      this.tx,
      `SELECT venue, scope, (floor(extract(epoch FROM at) / $4::int) * $4::int * 1000)::bigint AS at,
              max(used) AS used, max(limit_value) AS limit_value
       FROM (SELECT * FROM rate_limit_usage
             WHERE limit_id = $1 AND at >= clock_timestamp() - interval '7 days'
             UNION ALL
             SELECT * FROM rate_limit_usage_5min
             WHERE limit_id = $1 AND at < clock_timestamp() - interval '7 days') points
       WHERE at >= to_timestamp($2::bigint / 1000.0) AND at < to_timestamp($3::bigint / 1000.0)
       GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
      [limitId, fromMs, toMs, stepSec],
    );
    return found.map((r) => ({
      venue: r.venue,
      scope: r.scope,
      at: Number(r.at),
      used: Number(r.used),
      limitValue: Number(r.limit_value),
    }));
  }

  /** The largest of each 5 minutes that are over, as far as this was not done before; may be repeated. */
  async rollUpUsage(): Promise<void> {
    await this.tx.query(
      `INSERT INTO rate_limit_usage_5min AS r (venue, limit_id, scope, at, used, limit_value)
       SELECT venue, limit_id, scope, to_timestamp(floor(extract(epoch FROM at) / 300) * 300), max(used), max(limit_value)
       FROM rate_limit_usage
       WHERE at >= (SELECT COALESCE(max(at) - interval '1 hour', '-infinity') FROM rate_limit_usage_5min)
         AND at < to_timestamp(floor(extract(epoch FROM clock_timestamp()) / 300) * 300)
       GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
       ON CONFLICT (venue, limit_id, scope, at) DO UPDATE
         SET used = GREATEST(r.used, EXCLUDED.used), limit_value = GREATEST(r.limit_value, EXCLUDED.limit_value)`,
    );
  }

  /** Steps of 10 s are kept for 7 days, those of 5 minutes for 90. Roll up first. */
  async pruneUsage(): Promise<void> {
    await this.tx.query(`DELETE FROM rate_limit_usage WHERE at < clock_timestamp() - interval '7 days 10 minutes'`);
    await this.tx.query(`DELETE FROM rate_limit_usage_5min WHERE at < clock_timestamp() - interval '90 days'`);
  }
}
