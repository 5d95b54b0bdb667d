import type { Database } from '../database.js';
import { row } from '../sql.js';

/**
 * Use of limits whose count the venue never tells, booked ahead in blocks; what a lost count is rebuilt from. Each call is
 * a transaction of its own: a block must be durable before the calls that it pays for are made.
 */
export class RateUsageRepository {
  constructor(
    private readonly db: Database,
    private readonly venue: string,
  ) {}

  /** Sum booked by all processes in the window that starts then (ms since 1970, venue time); 0 without a row. */
  bookedInWindow(limitId: string, scope: string, windowStart: number): Promise<number> {
    return this.db.inSystem(async (tx) => {
      const found = await row<{ booked: string }>(
        tx,
        `SELECT booked FROM rate_usage_blocks
         WHERE venue = $1 AND limit_id = $2 AND scope = $3 AND window_start = to_timestamp($4::double precision / 1000)`,
        [this.venue, limitId, scope, windowStart],
      );
      return found === null ? 0 : Number(found.booked);
    });
  }

  /** Adds to the window's sum, and forgets windows that ended more than a day ago. */
  book(limitId: string, scope: string, windowStart: number, amount: number): Promise<void> {
    return this.db.inSystem(async (tx) => {
      await tx.query(
        `INSERT INTO rate_usage_blocks AS b (venue, limit_id, scope, window_start, booked)
         VALUES ($1, $2, $3, to_timestamp($4::double precision / 1000), $5)
         ON CONFLICT (venue, limit_id, scope, window_start) DO UPDATE SET booked = b.booked + EXCLUDED.booked`,
        [this.venue, limitId, scope, windowStart, amount],
      );
      await tx.query(
        `DELETE FROM rate_usage_blocks WHERE venue = $1 AND limit_id = $2
         AND window_start < to_timestamp($3::double precision / 1000) - interval '1 day'`,
        [this.venue, limitId, windowStart],
      );
    });
  }
}
