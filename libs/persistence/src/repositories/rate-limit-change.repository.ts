import type { Database, Tx } from '../database.js';
import { rows, send } from '../sql.js';

/** What a limit is made of, by the names of its definition; `null` where there is no such limit. */
export type RecordedFigures = Readonly<Record<string, number | string>> | null;

export interface LimitChange {
  readonly limit: string;
  /** As the state of the limit is kept: `shared`, an account's id; empty where the change is for every scope. */
  readonly scope: string;
  readonly before: RecordedFigures;
  readonly after: RecordedFigures;
}

/** Audit of the figures in force (venues.md B3): append-only. */
export class RateLimitChangeRepository {
  constructor(
    private readonly db: Database,
    private readonly venue: string,
  ) {}

  /** Keeps what the venue announced and thereby changed. */
  async addAnnounced(changes: readonly LimitChange[]): Promise<void> {
    if (changes.length === 0) return;
    await this.db.inSystem((tx) => this.add(tx, 'venue', changes));
  }

  /**
   * Notes the figures that the installation's file gives, at a start: a row for each that differs from what was noted
   * last, and from what ships where nothing was. Several processes that start at once write one row.
   * @param configured before = as shipped, after = as configured
   */
  async noteConfigured(configured: readonly Omit<LimitChange, 'scope'>[]): Promise<void> {
    await this.db.inSystem(async (tx) => {
      await send(tx, 'SELECT pg_advisory_xact_lock(hashtext($1))', [`rate_limit_changes|${this.venue}`]);
      const noted = await rows<{ limit_id: string; figures: RecordedFigures }>(
        tx,
        `SELECT DISTINCT ON (limit_id) limit_id, figures_after AS figures
         FROM rate_limit_changes WHERE venue = $1 AND source = 'file' ORDER BY limit_id, id DESC`,
        [this.venue],
      );
      const last = new Map(noted.map(({ limit_id, figures }) => [limit_id, figures]));
      const changes = configured.flatMap(({ limit, before, after }) => {
        const known = last.has(limit) ? (last.get(limit) ?? null) : before;
        return isSame(known, after) ? [] : [{ limit, scope: '', before: known, after }];
      });
      await this.add(tx, 'file', changes);
    });
  }

  /** Newest first, at most `limit`. */
  newest(limit: number): Promise<(LimitChange & { readonly source: 'venue' | 'file'; readonly at: Date })[]> {
    return this.db.inSystem((tx) =>
      rows(
        tx,
        `SELECT limit_id AS "limit", scope, source, figures_before AS before, figures_after AS after, at
         FROM rate_limit_changes WHERE venue = $1 ORDER BY id DESC LIMIT $2`,
        [this.venue, limit],
      ),
    );
  }

  private async add(tx: Tx, source: 'venue' | 'file', changes: readonly LimitChange[]): Promise<void> {
    if (changes.length === 0) return;
    await send(
      tx,
      `INSERT INTO rate_limit_changes (venue, limit_id, scope, source, figures_before, figures_after)
       SELECT $1, c.limit_id, c.scope, $2, c.before, c.after
       FROM unnest($3::text[], $4::text[], $5::jsonb[], $6::jsonb[]) AS c (limit_id, scope, before, after)`,
      [
        this.venue,
        source,
        changes.map((c) => c.limit),
        changes.map((c) => c.scope),
        changes.map((c) => JSON.stringify(c.before)),
        changes.map((c) => JSON.stringify(c.after)),
      ],
    );
  }
}

/** Order of the names does not matter. */
function isSame(a: RecordedFigures, b: RecordedFigures): boolean {
  const sorted = (figures: RecordedFigures) => JSON.stringify(figures === null ? null : Object.entries(figures).sort());
  return sorted(a) === sorted(b);
}
