import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Real captures, which a clone of the project alone does not have; another folder through TRANCHE_DATA. */
export function recordedMarket(name: string): { readonly file: string; readonly absent: string | null } {
  const file = resolve(process.env['TRANCHE_DATA'] ?? '../shared/data', 'market', name);
  return { file, absent: existsSync(file) ? null : `no capture at ${file}: this test has nothing to replay` };
}
