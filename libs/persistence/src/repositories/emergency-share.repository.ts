import type { VenueId } from '#domain';
import type { Tx } from '../database.js';
import { affected, row, rows } from '../sql.js';

/** A lease: `epoch` rises with every change of hands. */
export interface HeldLease {
  readonly epoch: number;
}

/** What earlier calls of a portion of the emergency share may still count for at the venue. */
export interface EmergencyUse {
  readonly used: number;
  /** From now, by the clock of the database. */
  readonly forMs: number;
}

/**
 * Who may spend which portion of the emergency share of rate limits, and what was spent of it (venues.md B7). Portions
 * are named `slot:<egress>/<slot>/<of slots>`, `venue:<venue>` and `account:<account id>`.
 */
export class EmergencyShareRepository {
  constructor(private readonly tx: Tx) {}

  /**
   * Renews our slot among those that share the address, or takes one that nobody holds: the one whose last use is
   * longest ago. Null while all are held, and while some are held or still count under another number of slots, since
   * the shares of the two would not add up.
   */
  async acquireSlot(
    owner: string,
    egressId: string,
    ofSlots: number,
    leaseMs: number,
  ): Promise<(HeldLease & { readonly slot: number }) | null> {
    await this.tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))', [`gateway_slots ${egressId}`]);
    const found = await row<{ slot: number; epoch: string }>(
      this.tx,
      `WITH known AS (
         SELECT slot, of_slots, owner = $1 AS ours, lease_until > clock_timestamp() AS live
         FROM gateway_slots WHERE egress_id = $2 AND owner IS NOT NULL),
       uses AS (
         SELECT split_part(portion, '/', 2)::integer AS slot, split_part(portion, '/', 3)::integer AS of_slots, until
         FROM emergency_uses WHERE split_part(portion, '/', 1) = 'slot:' || $2 AND until > clock_timestamp()),
       choice AS (
         SELECT s.slot FROM generate_series(0, $3::integer - 1) AS s(slot)
         LEFT JOIN known k ON k.slot = s.slot
         WHERE (k.slot IS NULL OR k.ours OR NOT k.live)
           AND NOT EXISTS (SELECT 1 FROM known WHERE of_slots <> $3 AND live AND NOT ours)
           AND NOT EXISTS (SELECT 1 FROM uses WHERE of_slots <> $3)
         ORDER BY COALESCE(k.ours, false) DESC,
                  (SELECT max(until) FROM uses u WHERE u.slot = s.slot) NULLS FIRST, s.slot LIMIT 1)
       INSERT INTO gateway_slots AS g (egress_id, slot, of_slots, owner, epoch, lease_until)
       SELECT $2, slot, $3, $1, 1, clock_timestamp() + make_interval(secs => $4::double precision / 1000) FROM choice
       ON CONFLICT (egress_id, slot) DO UPDATE
         SET epoch = CASE WHEN g.owner = $1 AND g.of_slots = $3 THEN g.epoch ELSE g.epoch + 1 END,
             owner = $1, of_slots = $3, lease_until = EXCLUDED.lease_until
       RETURNING slot, epoch`,
      [owner, egressId, ofSlots, leaseMs],
    );
    return found && { slot: found.slot, epoch: Number(found.epoch) };
  }

  /** Renews the venues' emergency leases that are ours and takes those that nobody holds; returns all we now hold. */
  async acquireVenues(owner: string, venues: readonly VenueId[], leaseMs: number): Promise<Map<VenueId, HeldLease>> {
    const held = await rows<{ venue: string; epoch: string }>(
      this.tx,
      `INSERT INTO emergency_leases AS l (venue, owner, epoch, lease_until)
       SELECT venue, $1, 1, clock_timestamp() + make_interval(secs => $3::double precision / 1000)
       FROM unnest($2::text[]) AS venue ORDER BY venue
       ON CONFLICT (venue) DO UPDATE
         SET epoch = CASE WHEN l.owner = $1 THEN l.epoch ELSE l.epoch + 1 END,
             owner = $1, lease_until = EXCLUDED.lease_until
         WHERE l.owner = $1 OR l.owner IS NULL OR l.lease_until < clock_timestamp()
       RETURNING venue, epoch`,
      [owner, venues, leaseMs],
    );
    return new Map(held.map((r) => [r.venue as VenueId, { epoch: Number(r.epoch) }]));
  }

  /** Lets others take over at once. What was spent stays noted. */
  async releaseAll(owner: string): Promise<void> {
    await this.tx.query('UPDATE gateway_slots SET owner = NULL, lease_until = NULL WHERE owner = $1', [owner]);
    await this.tx.query('UPDATE emergency_leases SET owner = NULL, lease_until = NULL WHERE owner = $1', [owner]);
  }

  /** What may still count at the venue of what any holder spent of the portion; null when nothing. */
  async useOf(venue: string, limitName: string, portion: string): Promise<EmergencyUse | null> {
    const found = await row<{ used: string; for_ms: string }>(
      this.tx,
      `SELECT used, ceil(extract(epoch FROM until - clock_timestamp()) * 1000)::bigint AS for_ms
       FROM emergency_uses WHERE venue = $1 AND limit_name = $2 AND portion = $3 AND until > clock_timestamp()`,
      [venue, limitName, portion],
    );
    return found && { used: Number(found.used), forMs: Number(found.for_ms) };
  }

  /** Notes it, if the portion is still ours. @returns false when it is not: then nothing may be spent of it */
  async noteUse(
    owner: string,
    venue: string,
    limitName: string,
    portion: string,
    { used, forMs }: EmergencyUse,
  ): Promise<boolean> {
    const written = await affected(
      this.tx,
      `INSERT INTO emergency_uses (venue, limit_name, portion, used, until)
       SELECT $1::text, $2::text, $3::text, $4::bigint,
              clock_timestamp() + make_interval(secs => $5::double precision / 1000)
       WHERE CASE split_part($3, ':', 1)
         WHEN 'slot' THEN EXISTS (
           SELECT 1 FROM gateway_slots WHERE 'slot:' || egress_id || '/' || slot || '/' || of_slots = $3
             AND owner = $6 AND lease_until > clock_timestamp())
         WHEN 'venue' THEN EXISTS (
           SELECT 1 FROM emergency_leases
           WHERE venue = $1 AND 'venue:' || venue = $3 AND owner = $6 AND lease_until > clock_timestamp())
         WHEN 'account' THEN EXISTS (
           SELECT 1 FROM account_leases
           WHERE 'account:' || account_id = $3 AND owner = $6 AND lease_until > clock_timestamp())
         ELSE false END
       ON CONFLICT (venue, limit_name, portion) DO UPDATE SET used = EXCLUDED.used, until = EXCLUDED.until`,
      [venue, limitName, portion, used, forMs, owner],
    );
    return written > 0;
  }

  /** Forgets what no venue can count any more. */
  async forgetPast(): Promise<void> {
    await this.tx.query(`DELETE FROM emergency_uses WHERE until < clock_timestamp() - interval '1 hour'`);
  }
}
