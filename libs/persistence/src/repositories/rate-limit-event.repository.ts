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

  /** One point of the history, by the clock of the database; none where the last one, perhaps a twin's, says the same. */
  async addUsage(venue: VenueId, usage: Pick<LimitUsage, 'limit' | 'scope' | 'used' | 'limitValue'>): Promise<void> {
    await this.tx.query(
      `INSERT INTO rate_limit_usage (venue, limit_id, scope, at, used, limit_value)
       SELECT $1::text, $2::text, $3::text, clock_timestamp(), $4::bigint, $5::bigint
       WHERE NOT EXISTS (
         SELECT 1 FROM (SELECT used, limit_value FROM rate_limit_usage
                        WHERE venue = $1 AND limit_id = $2 AND scope = $3 ORDER BY at DESC LIMIT 1) last
         WHERE last.used = $4 AND last.limit_value = $5)
       ON CONFLICT DO NOTHING`,
      [venue, usage.limit, usage.scope, usage.used, usage.limitValue],
    );
  }

  /** Points of the history with the most used per step, oldest first. */
  async usageHistory(
    venue: VenueId,
    limitId: string,
    fromMs: number,
    toMs: number,
    stepSec: number,
  ): Promise<{ scope: string; at: number; used: number; limitValue: number }[]> {
    const found = await rows<{ scope: string; at: string; used: string; limit_value: string }>(
      this.tx,
      `SELECT scope, (floor(extract(epoch FROM at) / $5::int) * $5::int * 1000)::bigint AS at,
              max(used) AS used, max(limit_value) AS limit_value
       FROM rate_limit_usage
       WHERE venue = $1 AND limit_id = $2
         AND at >= to_timestamp($3::bigint / 1000.0) AND at < to_timestamp($4::bigint / 1000.0)
       GROUP BY 1, 2 ORDER BY 2, 1`,
      [venue, limitId, fromMs, toMs, stepSec],
    );
    return found.map((r) => ({
      scope: r.scope,
      at: Number(r.at),
      used: Number(r.used),
      limitValue: Number(r.limit_value),
    }));
  }

  /** Points older than 7 days are thinned to the largest of each 5 minutes; after 90 days they go. */
  async compactUsage(): Promise<void> {
    await this.tx.query(`DELETE FROM rate_limit_usage WHERE at < clock_timestamp() - interval '90 days'`);
    await this.tx.query(`
      DELETE FROM rate_limit_usage u USING (
        SELECT venue, limit_id, scope, at,
               row_number() OVER (PARTITION BY venue, limit_id, scope, floor(extract(epoch FROM at) / 300)
                                  ORDER BY used DESC, at) AS place
        FROM rate_limit_usage
        WHERE at < clock_timestamp() - interval '7 days' AND at >= clock_timestamp() - interval '9 days'
      ) ranked
      WHERE ranked.place > 1 AND u.venue = ranked.venue AND u.limit_id = ranked.limit_id
        AND u.scope = ranked.scope AND u.at = ranked.at`);
  }
}
