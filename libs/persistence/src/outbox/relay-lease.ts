import { randomUUID } from 'node:crypto';
import type { Database } from '../database.js';
import { rows, send } from '../sql.js';
import { RepeatingTask } from './repeating-task.js';

const LEASE_MS = 3_000;
const RENEW_MS = 1_000;
/** What the lease is of, unless it is told. */
const OUTBOX = 'outbox';

/**
 * Which of many processes does what one of them is enough for; another takes over within seconds. It is a preference and
 * no lock: two may believe for a moment to have it.
 *
 * By default, which of many relays a new entry wakes: woken all at once they would only look for what one of them has taken. Being
 * wrong about it harms nothing, entries are locked one by one, and whoever is not woken still looks from time to time.
 */
export class RelayLease {
  private readonly owner = randomUUID();
  private readonly task: RepeatingTask;
  private heldUntil = -Infinity;

  /** @param onTaken called when the lease becomes ours: something may wait since the last owner went */
  constructor(
    private readonly db: Database,
    private readonly onTaken: () => void,
    onError: (error: unknown) => void,
    private readonly name = OUTBOX,
  ) {
    this.task = new RepeatingTask(() => this.renew(), RENEW_MS, onError);
  }

  get isOurs(): boolean {
    return performance.now() < this.heldUntil;
  }

  start(): void {
    this.task.start();
  }

  /** Another may take it at once. */
  async stop(): Promise<void> {
    await this.task.stop();
    if (!this.isOurs) return;
    this.heldUntil = -Infinity;
    await this.db
      .inSystem((tx) => send(tx, 'DELETE FROM relay_leases WHERE name = $1 AND owner = $2', [this.name, this.owner]))
      .catch(() => undefined); // it runs out by itself
  }

  private async renew(): Promise<void> {
    const askedAt = performance.now();
    const taken = await this.db.inSystem((tx) =>
      rows(
        tx,
        `INSERT INTO relay_leases AS l (name, owner, lease_until)
         VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3::double precision / 1000))
         ON CONFLICT (name) DO UPDATE SET owner = EXCLUDED.owner, lease_until = EXCLUDED.lease_until
         WHERE l.owner = EXCLUDED.owner OR l.lease_until < clock_timestamp() RETURNING 1`,
        [this.name, this.owner, LEASE_MS],
      ),
    );
    const wasOurs = this.isOurs;
    const isOurs = taken.length > 0;
    this.heldUntil = isOurs ? askedAt + LEASE_MS : -Infinity;
    if (isOurs && !wasOurs) this.onTaken();
  }
}
