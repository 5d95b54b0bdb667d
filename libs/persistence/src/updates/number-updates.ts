import type { TenantId, UserId } from '#domain';
import type { Database } from '../database.js';
import { affected, one, row, rows } from '../sql.js';

/** Held for the length of one numbering transaction, by one process at a time. */
const NUMBERING_LOCK = 7_263_003;
const BATCH = 1_000;

/**
 * Gives committed updates of orders the next number of their user, without gaps. Within a user they are numbered in
 * the order in which they were written at commit; whatever was committed before this call has its number after it.
 * @returns how many got a number
 */
export async function numberOrderUpdates(db: Database): Promise<number> {
  let total = 0;
  let count: number;
  do {
    count = await numberBatch(db);
    total += count;
  } while (count === BATCH);
  return total;
}

function numberBatch(db: Database): Promise<number> {
  return db.inSystem(async (tx) => {
    if ((await row(tx, 'SELECT 1 FROM order_update_numbers WHERE seq IS NULL LIMIT 1')) === null) return 0;
    await tx.query('SELECT pg_advisory_xact_lock($1)', [NUMBERING_LOCK]);
    // A statement of its own: its snapshot must be younger than the lock.
    return affected(
      tx,
      `WITH batch AS (
         SELECT update_id, user_id, tenant_id, row_number() OVER (PARTITION BY user_id ORDER BY update_id) AS place,
                count(*) OVER (PARTITION BY user_id) AS of_user
         FROM (SELECT * FROM order_update_numbers WHERE seq IS NULL ORDER BY update_id LIMIT $1) missing),
       heads AS (
         INSERT INTO order_update_heads AS h (user_id, tenant_id, last_seq)
         SELECT user_id, tenant_id, count(*) FROM batch GROUP BY user_id, tenant_id
         ON CONFLICT (user_id) DO UPDATE SET last_seq = h.last_seq + EXCLUDED.last_seq
         RETURNING user_id, last_seq)
       UPDATE order_update_numbers n SET seq = heads.last_seq - batch.of_user + batch.place
       FROM batch JOIN heads USING (user_id) WHERE n.update_id = batch.update_id`,
      [BATCH],
    );
  });
}

/** The newest number of each of these users; users without updates are left out. */
export async function newestNumbers(db: Database, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, number>> {
  if (userIds.length === 0) return new Map();
  const found = await db.inSystem((tx) =>
    rows<{ user_id: string; last_seq: string }>(
      tx,
      'SELECT user_id, last_seq FROM order_update_heads WHERE user_id = ANY($1::bigint[])',
      [userIds],
    ),
  );
  return new Map(found.map((r) => [r.user_id as UserId, Number(r.last_seq)]));
}

export interface PruneOptions {
  readonly olderThanMs: number;
  readonly keepPerUser: number;
}

/** Removed in one transaction at most, per user. */
const PRUNE_BATCH = 2_000;

/** Forgets updates beyond the age or the number that is kept, oldest first. @returns how many */
export async function pruneOrderUpdates(db: Database, { olderThanMs, keepPerUser }: PruneOptions): Promise<number> {
  const due = await db.inSystem((tx) =>
    rows<{ user_id: string; tenant_id: string; pruned_seq: string; cut: string }>(
      tx,
      `SELECT h.user_id, h.tenant_id, h.pruned_seq, c.cut
       FROM order_update_heads h
       CROSS JOIN LATERAL (
         SELECT GREATEST(h.last_seq - $2::bigint, COALESCE(
           (SELECT n.seq - 1 FROM order_update_numbers n
            WHERE n.user_id = h.user_id AND n.seq > h.pruned_seq
              AND n.at >= clock_timestamp() - make_interval(secs => $1::double precision / 1000)
            ORDER BY n.seq LIMIT 1), h.last_seq)) AS cut) c
       WHERE c.cut > h.pruned_seq`,
      [olderThanMs, keepPerUser],
    ),
  );
  let total = 0;
  for (const user of due)
    for (let from = Number(user.pruned_seq); from < Number(user.cut); from += PRUNE_BATCH)
      total += await pruneUser(db, user, Math.min(from + PRUNE_BATCH, Number(user.cut)));
  return total;
}

function pruneUser(db: Database, user: { user_id: string; tenant_id: string }, cut: number): Promise<number> {
  return db.inTenant(user.tenant_id as TenantId, async (tx) => {
    // The head first: a reader that finds updates missing must find out why.
    await tx.query('UPDATE order_update_heads SET pruned_seq = GREATEST(pruned_seq, $2) WHERE user_id = $1', [
      user.user_id,
      cut,
    ]);
    const { count } = await one<{ count: number }>(
      tx,
      `WITH gone AS (DELETE FROM order_update_numbers WHERE user_id = $1 AND seq <= $2 RETURNING update_id),
       multis AS (DELETE FROM multi_order_updates u USING gone WHERE u.id = gone.update_id),
       orders AS (DELETE FROM order_updates u USING gone WHERE u.id = gone.update_id)
       SELECT count(*)::integer AS count FROM gone`,
      [user.user_id, cut],
    );
    return count;
  });
}
