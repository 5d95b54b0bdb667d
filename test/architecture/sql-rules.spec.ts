import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const SOURCES = ['apps', 'libs'].flatMap((root) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => join(root, file)),
);
const linesWith = (pattern: RegExp): string[] =>
  SOURCES.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])),
  );

describe('statements', () => {
  it('looks at the sources that hold them', () => {
    expect(SOURCES.length).toBeGreaterThan(150);
    expect(linesWith(/FOR UPDATE/).length).toBeGreaterThan(3);
  });

  it('D-05 hold no lock of a session: every advisory lock ends with its transaction', () => {
    expect(linesWith(/pg_(try_)?advisory_lock(_shared)?\s*\(/)).toEqual([]);
    expect(linesWith(/pg_advisory_xact_lock/).length).toBeGreaterThan(0);
  });

  it('D-09 know one database only: no connection to a replica exists that money could be decided on', () => {
    expect(linesWith(/replication:\s*\{|REPLICA_URL|slaves:/)).toEqual([]);
  });

  it("D-10 never send a worker's own clock to the database", () => {
    expect(
      linesWith(/Date\.now\(\)/).filter((at) => /libs\/persistence|order-scheduler|exchange-gateway/.test(at)),
    ).toEqual([expect.stringContaining('libs/persistence/src/database-clock.ts')]);
  });
});
