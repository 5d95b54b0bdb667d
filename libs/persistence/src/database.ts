import { AsyncLocalStorage } from 'node:async_hooks';
import type { TenantId } from '#domain';
import { DataSource, type EntityManager } from 'typeorm';
import {
  DatabaseUnavailableError,
  isRetryable,
  isStalePlan,
  isUnavailable,
  UnsafeDatabaseError,
} from './database-errors.js';
import { SCHEMA_VERSION } from './migrations/index.js';
import { attach, Session, type SessionClient } from './session.js';
import { renameStatements } from './statement-names.js';

/** A running transaction; repositories work inside the one they are given and never open their own. */
export type Tx = EntityManager;

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
}

/** A transaction that loses against another is run again as a whole this often (reliability.md D-08). */
const MAX_ATTEMPTS = 5;
const CONNECT_PATIENCE_MS = 10_000;
const CONNECT_PAUSE_MS = 250;

/**
 * Set with the connection itself, so that no statement runs without them (reliability.md D-01, D-06): a paused owner
 * cannot hold a row past the take-over of its work.
 */
const SESSION_SETTINGS = [
  'synchronous_commit=on',
  'idle_in_transaction_session_timeout=3000',
  'lock_timeout=2000',
  'statement_timeout=5000',
  'timezone=UTC',
  // A statement is planned once per connection. Left to itself the server plans each call anew where a table has
  // partitions: it cannot know that a plan for any value leaves all but one of them out when it runs.
  'plan_cache_mode=force_generic_plan',
];

/** With the work's end, or right behind the statements that it makes at its call. */
type Commits = 'after' | 'at_once';

const insideTransaction = new AsyncLocalStorage<true>();

/** True inside `inTenant` and `inSystem`; the gateway asserts it is false before it talks to a venue (D-07). */
export function isInTransaction(): boolean {
  return insideTransaction.getStore() === true;
}

/** Connections of one service and the only way to a transaction. */
export class Database {
  private constructor(private readonly dataSource: DataSource) {}

  /**
   * Tries for ten seconds: where many processes start at once, a server may answer one of them late.
   * @throws DatabaseUnavailableError when the server cannot be reached
   * @throws UnsafeDatabaseError when commits would not be durable, or the role sees through row security
   */
  static async connect(options: DatabaseOptions): Promise<Database> {
    const deadline = performance.now() + CONNECT_PATIENCE_MS;
    for (;;) {
      try {
        return await Database.connectOnce(options);
      } catch (error) {
        if (!(error instanceof DatabaseUnavailableError) || performance.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, CONNECT_PAUSE_MS));
      }
    }
  }

  private static async connectOnce({ url, poolSize, applicationName }: DatabaseOptions): Promise<Database> {
    const dataSource = new DataSource({
      type: 'postgres',
      url,
      poolSize,
      logging: false,
      applicationName,
      extra: {
        connectionTimeoutMillis: 1_000,
        idleTimeoutMillis: 30_000,
        keepAlive: true,
        pipeline: true, // see Session
        options: SESSION_SETTINGS.map((setting) => `-c ${setting}`).join(' '),
      },
      poolErrorHandler: () => undefined, // an idle connection died; the next query reports it
    });
    try {
      await dataSource.initialize();
    } catch (cause) {
      throw isUnavailable(cause) ? new DatabaseUnavailableError(cause) : cause;
    }
    const database = new Database(dataSource);
    try {
      await database.assertSafe();
    } catch (error) {
      await database.close();
      throw isUnavailable(error) ? new DatabaseUnavailableError(error) : error;
    }
    return database;
  }

  /**
   * Runs `work` in one transaction that sees only the rows of `tenantId`. Serialization failures and deadlocks run it
   * again, so it must not act on anything but the database.
   * @throws DatabaseUnavailableError when no connection could be had or it broke; the outcome of a commit is then unknown
   */
  inTenant<T>(tenantId: TenantId, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.transaction('tranche.tenant', tenantId, work);
  }

  /**
   * As {@link inTenant} in one round trip: the commit leaves with the statements, so `work` makes all of them before it
   * waits for anything. What comes later throws TransactionOverError.
   */
  inTenantAtOnce<T>(tenantId: TenantId, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.transaction('tranche.tenant', tenantId, work, 'at_once');
  }

  /** One transaction without a tenant: it sees only tables that carry ids, instruments and limits. */
  inSystem<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.transaction('tranche.tenant', '', work);
  }

  /** One transaction that may see the one token or signal secret with this hash, to learn whose it is. */
  withTokenHash<T>(tokenHashHex: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.transaction('tranche.token_hash', tokenHashHex, work);
  }

  /** Null when the schema is the one this build was made for, else what was found. */
  async schemaMismatch(): Promise<string | null> {
    const [row] = await this.dataSource.query<{ name: string }[]>(
      'SELECT name FROM migrations ORDER BY timestamp DESC, id DESC LIMIT 1',
    );
    return row?.name === SCHEMA_VERSION ? null : `schema must be ${SCHEMA_VERSION}, was ${row?.name ?? 'empty'}`;
  }

  /** One round trip; throws when the database does not answer. Milliseconds of the database's clock. */
  async serverTimeMs(): Promise<number> {
    const [row] = await this.dataSource.query<{ ms: string }[]>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::numeric(20,3)::text AS ms',
    );
    return Number(row?.ms);
  }

  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private async transaction<T>(
    setting: string,
    value: string,
    work: (tx: Tx) => Promise<T>,
    commits: Commits = 'after',
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await insideTransaction.run(true, () => this.attempt(setting, value, work, commits));
      } catch (error) {
        if (isStalePlan(error)) renameStatements();
        if (isRetryable(error) && attempt < MAX_ATTEMPTS) continue;
        throw isUnavailable(error) ? new DatabaseUnavailableError(error) : error;
      }
    }
  }

  private async attempt<T>(setting: string, value: string, work: (tx: Tx) => Promise<T>, commits: Commits): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const session = Session.begin((await runner.connect()) as SessionClient, setting, value);
      try {
        const working = work(attach(runner.manager, session));
        if (commits === 'after') await working;
        else working.catch(() => undefined); // the commit fails with it
        await session.commit();
        return await working;
      } catch (error) {
        await session.rollback();
        throw error;
      }
    } finally {
      await runner.release();
    }
  }

  private async assertSafe(): Promise<void> {
    const [row] = await this.dataSource.query<{ commit: string; bypass: boolean; tables: boolean }[]>(`
      SELECT current_setting('synchronous_commit') AS commit,
             (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS bypass,
             EXISTS (SELECT 1 FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
                     WHERE r.rolname = current_user AND c.relname = 'parent_orders') AS tables`);
    if (row?.commit !== 'on')
      throw new UnsafeDatabaseError(`synchronous_commit must be on, was ${row?.commit ?? 'unknown'}`);
    if (row.bypass || row.tables)
      throw new UnsafeDatabaseError('services must log in as a role that is neither superuser, BYPASSRLS nor owner');
  }
}
