import type { Tx } from './database.js';

/** Rows of a SELECT, or of a statement with RETURNING. */
export async function rows<Row>(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
  const result = await tx.queryRunner!.query(sql, parameters as unknown[], true);
  return result.records as Row[];
}

/** The only row, or null when there is none. */
export async function row<Row>(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<Row | null> {
  return (await rows<Row>(tx, sql, parameters))[0] ?? null;
}

/** Number of rows that a statement changed. */
export async function affected(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<number> {
  return (await tx.queryRunner!.query(sql, parameters as unknown[], true)).affected ?? 0;
}
