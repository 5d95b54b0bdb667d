import type { EpochMs, TenantId } from '#domain';
import type { Database, Tx } from '../database.js';
import { rows, send, theRow } from '../sql.js';

/** A job to be published once the transaction has committed; ids only (reliability.md B-01). */
export interface OutboxEntry {
  readonly job: string;
  readonly payload: Readonly<Record<string, string | number>>;
  /** Database clock; absent means at once. */
  readonly notBefore?: EpochMs;
}

export interface PublishableJob extends OutboxEntry {
  readonly delayMs: number;
}

/** A job that no queue takes, now or later: its name or its payload is not what any contract says. */
export interface RefusedJob {
  /** Place in what was to be published. */
  readonly index: number;
  readonly reason: string;
}

/** An entry that was put aside. */
export interface RefusedEntry {
  readonly id: string;
  readonly job: string;
  readonly reason: string;
}

/**
 * Puts jobs on their queues. Rejects when they could not be put there; it is then called again with all of them. What
 * can never be put there is left out and named.
 */
export type Publish = (jobs: readonly PublishableJob[]) => Promise<readonly RefusedJob[]>;

/** Part of the transaction that makes the jobs necessary: committed together or not at all (D-02). */
export async function addToOutbox(tx: Tx, tenantId: TenantId, entries: readonly OutboxEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await send(
    tx,
    `INSERT INTO outbox (tenant_id, job, payload, not_before)
     SELECT $1, e.job, e.payload, COALESCE(to_timestamp(e.not_before / 1000.0), clock_timestamp())
     FROM unnest($2::text[], $3::jsonb[], $4::double precision[]) AS e(job, payload, not_before)`,
    [
      tenantId,
      entries.map((e) => e.job),
      entries.map((e) => JSON.stringify(e.payload)),
      entries.map((e) => e.notBefore ?? null),
    ],
  );
}

/**
 * Moves committed entries to the queues and removes them. A crash between `publish` and `COMMIT` publishes them
 * again, which is safe: jobs carry ids, and a handler that finds nothing left to do does nothing.
 * This is the one place where a transaction is open during a network call; `publish` has a time limit of its own.
 * @param onRefused told of what no queue takes, once it is put aside for good
 * @returns how many entries were published or put aside
 */
export async function relayOutbox(
  db: Database,
  publish: Publish,
  batchSize: number,
  onRefused: (refused: readonly RefusedEntry[]) => void = () => undefined,
): Promise<number> {
  const { moved, aside } = await db.inSystem(async (tx) => {
    const batch = await rows<{ id: string; job: string; payload: OutboxEntry['payload']; delay_ms: number }>(
      tx,
      `SELECT id, job, payload,
              GREATEST(0, extract(epoch FROM not_before - clock_timestamp()) * 1000)::double precision AS delay_ms
       FROM outbox WHERE refused IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`,
      [batchSize],
    );
    if (batch.length === 0) return { moved: 0, aside: [] };
    const refused = await publish(
      batch.map((r) => ({ job: r.job, payload: r.payload, delayMs: Math.round(r.delay_ms) })),
    );
    const aside = refused.flatMap(({ index, reason }): RefusedEntry[] => {
      const entry = batch[index];
      return entry === undefined ? [] : [{ id: entry.id, job: entry.job, reason }];
    });
    const asideIds = new Set(aside.map((r) => r.id));
    await send(tx, 'DELETE FROM outbox WHERE id = ANY($1::bigint[])', [
      batch.map((r) => r.id).filter((id) => !asideIds.has(id)),
    ]);
    // Kept with the reason, for a person; the others must not wait for it (reliability.md B-05).
    if (aside.length > 0)
      await send(
        tx,
        `UPDATE outbox o SET refused = r.reason FROM unnest($1::bigint[], $2::text[]) AS r(id, reason) WHERE o.id = r.id`,
        [aside.map((r) => r.id), aside.map((r) => r.reason)],
      );
    return { moved: batch.length, aside };
  });
  if (aside.length > 0) onRefused(aside);
  return moved;
}

export interface OutboxState {
  /** Age of the oldest entry that waits, 0 when there is none (metric `outbox_oldest_age_seconds`). */
  readonly oldestAgeSeconds: number;
  /** Entries that were put aside and wait for a person (metric `outbox_refused`). */
  readonly refused: number;
}

export async function measureOutbox(db: Database): Promise<OutboxState> {
  const found = await db.inSystem((tx) =>
    theRow<{ age: number | null; refused: number }>(
      tx,
      `SELECT extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE refused IS NULL))::double precision AS age,
              count(refused)::integer AS refused
       FROM outbox`,
    ),
  );
  return { oldestAgeSeconds: found.age ?? 0, refused: found.refused };
}
