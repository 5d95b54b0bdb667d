import { describe, expect, it } from '@jest/globals';
import type { MigrationInterface } from 'typeorm';
import { MIGRATIONS } from '../../libs/persistence/src/migrations/index.js';

/** Tables that orders on their way write to: nothing may hold them for longer than a second. */
const HOT = new Set([
  'parent_orders',
  'child_orders',
  'child_order_keys',
  'placements',
  'fills',
  'fill_keys',
  'outbox',
  'due_work',
  'audit_log',
  'account_states',
  'account_leases',
  'balances',
]);

interface Step {
  readonly name: string;
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** What a migration would execute, statement by statement, without a database. */
async function steps(): Promise<Step[]> {
  const read = async (run: (db: never) => Promise<void>): Promise<string[]> => {
    const statements: string[] = [];
    const db = {
      query: (sql: string) => {
        statements.push(sql.replace(/\s+/g, ' ').trim());
        return Promise.resolve([]);
      },
    };
    await run(db as never);
    return statements;
  };
  const found: Step[] = [];
  for (const Migration of MIGRATIONS as readonly (new () => MigrationInterface)[]) {
    const migration = new Migration();
    found.push({
      name: Migration.name,
      up: await read((db) => migration.up(db)),
      down: await read((db) => migration.down(db)),
    });
  }
  return found;
}

/** Why the version before could not work on with what a migration leaves, or what would be held for long; none is fine. */
function problems({ up }: Pick<Step, 'up'>, existing: ReadonlySet<string>): string[] {
  const added = new Set(up.flatMap((sql) => [...sql.matchAll(/ADD CONSTRAINT (\w+)/g)].map(([, name]) => name)));
  return up.flatMap((sql) => {
    const found: string[] = [];
    if (/\bDROP (COLUMN|TABLE|INDEX|POLICY|FUNCTION|TRIGGER)\b/.test(sql))
      found.push('drops what the version before uses');
    if (/\bRENAME\b/.test(sql)) found.push('renames what the version before uses');
    if (/\bALTER COLUMN\b|\bSET NOT NULL\b/.test(sql)) found.push('changes a column that the version before writes');
    for (const [, name] of sql.matchAll(/DROP CONSTRAINT (?:IF EXISTS )?(\w+)/g))
      if (!added.has(name)) found.push(`drops the constraint ${name} for good`);
    const table = /^ALTER TABLE (?:ONLY )?(\w+)/.exec(sql)?.[1];
    for (const column of table === undefined ? [] : sql.split(/\bADD COLUMN\b/).slice(1))
      if (/\bNOT NULL\b/.test(column) && !/\bDEFAULT ('[^']*'|-?\d+|true|false)/.test(column))
        found.push('adds a column that the version before would leave empty');
    const indexed = /^CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)\w+ ON (?:ONLY )?(\w+)/.exec(sql)?.[1];
    if (indexed !== undefined && HOT.has(indexed) && existing.has(indexed))
      found.push(`holds ${indexed} while an index is built`);
    if (
      table !== undefined &&
      HOT.has(table) &&
      existing.has(table) &&
      /\bADD CONSTRAINT\b/.test(sql) &&
      !/NOT VALID/.test(sql)
    )
      found.push(`holds ${table} while a constraint is checked`);
    return found.map((text) => `${text}: ${sql.slice(0, 120)}`);
  });
}

const tablesOf = (up: readonly string[]): string[] =>
  up.flatMap((sql) => [...sql.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/g)].map(([, name]) => name ?? ''));

/** From before anything was released: there were no rows to check. */
const BEFORE_RELEASE = new Set(['AmendChildOrders20261121140550', 'AddAccountConditions20261121140400']);

describe('migrations', () => {
  it('D-11 only add, so that the version before works on, and hold no table that orders write to', async () => {
    const existing = new Set<string>();
    const found: string[] = [];
    for (const step of await steps()) {
      if (!BEFORE_RELEASE.has(step.name)) found.push(...problems(step, existing).map((text) => `${step.name} ${text}`));
      for (const table of tablesOf(step.up)) existing.add(table);
    }
    expect(found).toEqual([]);
    expect(existing.size).toBeGreaterThan(30);
  });

  it('D-11 each have a way back', async () => {
    const found = await steps();
    expect(found.filter(({ up, down }) => up.length === 0 || down.length === 0).map(({ name }) => name)).toEqual([]);
  });

  it.each([
    ['a dropped column', 'ALTER TABLE fills DROP COLUMN fee'],
    ['a renamed table', 'ALTER TABLE fills RENAME TO trades'],
    ['another type', 'ALTER TABLE fills ALTER COLUMN fee TYPE text'],
    ['a column that must be given', 'ALTER TABLE balances ADD COLUMN kind text NOT NULL'],
    [
      'a default that is computed for every row',
      'ALTER TABLE balances ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid()',
    ],
    ['an index on a hot table', 'CREATE INDEX fills_by_time ON fills (traded_at)'],
    ['a constraint on a hot table', 'ALTER TABLE fills ADD CONSTRAINT fee_known CHECK (fee IS NOT NULL)'],
    ['a constraint taken away', 'ALTER TABLE outbox DROP CONSTRAINT outbox_job_check'],
  ])('D-11 are found out: %s', (_, sql) => {
    expect(problems({ up: [sql] }, HOT)).toHaveLength(1);
  });
});
