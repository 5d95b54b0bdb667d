import type { EntityManager } from 'typeorm';
import { postgresCode, TransactionOverError } from './database-errors.js';
import { statementName } from './statement-names.js';

/** What one statement came to. */
export interface StatementResult {
  readonly command: string;
  readonly rows: unknown[];
  readonly rowCount: number | null;
}

/** The part of the driver's client that is used; the socket is not in its published types. */
export interface SessionClient {
  query(statement: string | { name: string | undefined; text: string; values: unknown[] }): Promise<StatementResult>;
  /** Closes the connection; the pool never lends one again that was asked to close. */
  end(): Promise<void>;
  readonly connection?: { readonly stream?: { cork(): void; uncork(): void } };
}

const ABORTED = '25P02';

/**
 * One transaction on one connection in the driver's pipeline mode: statements leave at once and in order, without
 * waiting for the answers to those before, and all that are made in one turn of the event loop leave in one write.
 * Whoever needs an answer waits for it; what is only written is waited for by the commit.
 *
 * The session is over with the call of `commit` or `rollback`: nothing is sent after them, for it would run outside of
 * the transaction, or inside the next one on the same connection. Answers come in the order of the statements, so once
 * either has returned no statement of the session is unanswered and the connection may be lent again.
 */
export class Session {
  /** Written without anyone waiting for it. */
  private readonly unawaited: Promise<unknown>[] = [];
  private failure: Error | null = null;
  private isCorked = false;
  private isOver = false;

  private constructor(private readonly client: SessionClient) {}

  /** Begins a transaction with one setting that ends with it; nothing is waited for. */
  static begin(client: SessionClient, setting: string, value: string): Session {
    const session = new Session(client);
    session.send('BEGIN');
    // Local to the transaction: a pooled connection must not remember the last tenant.
    session.send('SELECT set_config($1, $2, true)', [setting, value]);
    return session;
  }

  /**
   * Makes a statement.
   * @throws the driver's error; in an aborted transaction that of the statement which failed first
   * @throws TransactionOverError after `commit` or `rollback`; nothing is sent then
   */
  async query(text: string, values: readonly unknown[] = []): Promise<StatementResult> {
    this.assertOpen(text);
    return this.pass(text, values);
  }

  /**
   * Makes a statement whose answer nobody needs: if it fails, so does the commit.
   * @throws TransactionOverError after `commit` or `rollback`; nothing is sent then
   */
  send(text: string, values: readonly unknown[] = []): void {
    this.assertOpen(text);
    const sent = this.pass(text, values);
    sent.catch(() => undefined);
    this.unawaited.push(sent);
  }

  /**
   * @throws what the first statement failed with, when any did; nothing is stored then
   * @throws TransactionOverError after another `commit` or `rollback`
   */
  async commit(): Promise<void> {
    this.assertOpen('COMMIT');
    this.isOver = true;
    const committed = this.pass('COMMIT', []);
    committed.catch(() => undefined);
    await Promise.all(this.unawaited);
    // In an aborted transaction COMMIT succeeds and rolls back.
    const { command } = await committed;
    if (command !== 'COMMIT') throw this.failure ?? new Error(`COMMIT must commit, was ${command}`);
  }

  /** Ends the transaction without a trace. A connection on which that cannot be done is never lent again. */
  async rollback(): Promise<void> {
    this.isOver = true;
    try {
      await this.pass('ROLLBACK', []);
    } catch {
      this.client.end().catch(() => undefined);
    }
    await Promise.allSettled(this.unawaited);
  }

  private async pass(text: string, values: readonly unknown[]): Promise<StatementResult> {
    this.cork();
    try {
      return await this.client.query(
        values.length === 0 ? text : { name: statementName(text), text, values: values as unknown[] },
      );
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
      throw this.rootOf(error);
    }
  }

  private assertOpen(text: string): void {
    if (this.isOver) throw new TransactionOverError(text);
  }

  private rootOf(error: unknown): unknown {
    return postgresCode(error) === ABORTED && this.failure !== null ? this.failure : error;
  }

  private cork(): void {
    const stream = this.client.connection?.stream;
    if (this.isCorked || stream === undefined) return;
    this.isCorked = true;
    stream.cork();
    process.nextTick(() => {
      this.isCorked = false;
      stream.uncork();
    });
  }
}

const sessions = new WeakMap<EntityManager, Session>();

/** Lets everything that is asked of `tx` go through the session. */
export function attach(tx: EntityManager, session: Session): EntityManager {
  sessions.set(tx, session);
  const query = async (text: string, values: unknown[] = []): Promise<unknown> => {
    const { command, rows, rowCount } = await session.query(text, values);
    return command === 'UPDATE' || command === 'DELETE' ? [rows, rowCount] : rows;
  };
  return Object.assign(tx, { query });
}

/** @throws Error outside a transaction */
export function sessionOf(tx: EntityManager): Session {
  const session = sessions.get(tx);
  if (session === undefined) throw new Error('Not inside a transaction');
  return session;
}
