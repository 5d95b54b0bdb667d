import { Client } from 'pg';
import type { TestDatabase } from './database.js';
import { until } from './until.js';

const LOCK = 40_444;

/**
 * Stops transactions in their midst: right before they change a row of `parent_orders` in a given way. Whoever waits
 * there can be killed, and its connection is then ended as the server does when it finds its client gone.
 */
export class StoppedSteps {
  private constructor(private readonly owner: Client) {}

  /** @param when SQL of the change, over OLD and NEW */
  static async where(stores: TestDatabase, when: string): Promise<StoppedSteps> {
    const owner = new Client({ connectionString: stores.ownerUrl });
    await owner.connect();
    await owner.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await owner.query(
      `CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$
       BEGIN PERFORM pg_advisory_xact_lock(${LOCK}); RETURN NEW; END $$`,
    );
    await owner.query(
      `CREATE TRIGGER stop_here BEFORE UPDATE ON parent_orders FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION stop_here()`,
    );
    return new StoppedSteps(owner);
  }

  /** Waits until so many transactions stand still at the same time. */
  untilStopped(count: number): Promise<void> {
    return until(async () => (await this.waiting()) >= count, { what: `${count} steps are stopped`, everyMs: 20 });
  }

  /** Ends the connections of those that wait; nothing stops any more. */
  async loseAndGoOn(): Promise<void> {
    await this.owner.query(`SELECT pg_terminate_backend(l.pid) ${WAITING}`);
    await until(async () => (await this.waiting()) === 0, { what: 'the stopped are gone', everyMs: 20 });
    await this.owner.query('DROP TRIGGER stop_here ON parent_orders');
    await this.owner.query('DROP FUNCTION stop_here()');
    await this.owner.end();
  }

  private async waiting(): Promise<number> {
    const { rows } = await this.owner.query<{ count: number }>(`SELECT count(*)::integer AS count ${WAITING}`);
    return rows[0]?.count ?? 0;
  }
}

const WAITING = `FROM pg_locks l JOIN pg_database d ON d.oid = l.database
  WHERE l.locktype = 'advisory' AND l.objid = ${LOCK} AND NOT l.granted AND d.datname = current_database()`;
