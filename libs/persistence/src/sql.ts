import type { QueryRunner } from 'typeorm';
import type { Tx } from './database.js';

/** Rows of a SELECT, or of a statement with RETURNING. */
export async function rows<Row>(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
  const result = await runnerOf(tx).query(sql, parameters as unknown[], true);
  return result.records as Row[];
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
  return (await runnerOf(tx).query(sql, parameters as unknown[], true)).affected ?? 0;
}

/** The only row. @throws Error when there is none: the statement always gives one */
export async function one<Row>(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<Row> {
  const found = await row<Row>(tx, sql, parameters);
  if (found === null) throw new Error(`Statement gave no row: ${sql.trim().slice(0, 80)}`);
  return found;
}

function runnerOf(tx: Tx): QueryRunner {
  if (tx.queryRunner === undefined) throw new Error('Not inside a transaction');
  return tx.queryRunner;
}
