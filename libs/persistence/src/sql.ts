import type { Tx } from './database.js';
import { sessionOf } from './session.js';

/** Rows of a SELECT, or of a statement with RETURNING. */
export async function rows<Row>(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
  return (await sessionOf(tx).query(sql, parameters)).rows as Row[];
}

/** The only row, or null when there is none. */
export async function row<Row>(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<Row | null> {
  return (await rows<Row>(tx, sql, parameters))[0] ?? null;
}

/** The row that there must be. @throws Error when there is none: a bug */
export async function theRow<Row>(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<Row> {
  const found = await row<Row>(tx, sql, parameters);
  if (found === null) throw new Error(`A row must be found by: ${sql}`);
  return found;
}

/** Number of rows that a statement changed. */
export async function affected(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<number> {
  return (await sessionOf(tx).query(sql, parameters)).rowCount ?? 0;
}

/** The only row. @throws Error when there is none: the statement always gives one */
export async function one<Row>(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<Row> {
  const found = await row<Row>(tx, sql, parameters);
  if (found === null) throw new Error(`Statement gave no row: ${sql.trim().slice(0, 80)}`);
  return found;
}

/**
 * Writes without waiting for the answer: the statement leaves at once, in order, and the transaction does not commit
 * unless it succeeded. For what changes rows and has nothing to tell. The promise is only for callers to read like any
 * other; it is settled already.
 * @throws TransactionOverError when the transaction has ended
 */
export function send(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<void> {
  sessionOf(tx).send(sql, parameters);
  return Promise.resolve();
}
