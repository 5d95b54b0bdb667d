import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from '@jest/globals';

/** Where the mistake is written, what it is, and the rule that must see it; the files exist, their texts are replaced. */
const PLANTED: readonly (readonly [file: string, code: string, rule: string])[] = [
  ['libs/domain/src/index.ts', 'export const at = Date.now();', 'no-restricted-syntax'],
  ['libs/domain/src/index.ts', 'export const at = new Date();', 'no-restricted-syntax'],
  ['libs/domain/src/index.ts', 'export const at = performance.now();', 'no-restricted-syntax'],
  ['libs/domain/src/index.ts', 'export const chance = Math.random();', 'no-restricted-syntax'],
  ['libs/domain/src/index.ts', `export const px = parseFloat('1.5');`, 'no-restricted-syntax'],
  ['libs/domain/src/index.ts', `export const px = Number.parseFloat('1.5');`, 'no-restricted-syntax'],
  ['libs/domain/src/index.ts', `export const url = process.env['URL'];`, 'no-restricted-properties'],
  ['libs/observability/src/version.ts', `export const url = process.env['URL'];`, 'no-restricted-properties'],
  ['libs/observability/src/version.ts', `import { env } from 'node:process'; export { env };`, 'no-restricted-imports'],
  ['libs/observability/src/version.ts', `console.log('hello');`, 'no-console'],
  ['libs/observability/src/version.ts', 'Promise.resolve(1);', '@typescript-eslint/no-floating-promises'],
  [
    'libs/observability/src/version.ts',
    'export const x = (y: any) => String(y);',
    '@typescript-eslint/no-explicit-any',
  ],
  // D-07: no network call inside a transaction
  [
    'apps/exchange-gateway/src/orders/cancel-child.ts',
    'export const f = (db: any, session: any) => db.inTenant("t", async () => session.place());',
    'no-restricted-syntax',
  ],
  [
    'apps/exchange-gateway/src/orders/cancel-child.ts',
    'export const g = (db: any) => db.inSystem(async () => { await fetch("http://127.0.0.1"); });',
    'no-restricted-syntax',
  ],
  ['apps/ops-dashboard/src/format/decimal.ts', `export const px = Number.parseFloat('1.5');`, 'no-restricted-syntax'],
  ['apps/ops-dashboard/src/format/decimal.ts', 'export const n = new Dec(1).toNumber();', 'no-restricted-syntax'],
  ['apps/ops-dashboard/src/format/decimal.ts', 'document.body.innerHTML = "x";', 'no-restricted-syntax'],
  [
    'libs/observability/src/health.spec.ts',
    ['it.only', `('x', () => undefined);`].join(''),
    'no-restricted-properties',
  ],
  [
    'libs/observability/src/health.spec.ts',
    ['describe.skip', `('x', () => undefined);`].join(''),
    'no-restricted-properties',
  ],
  ['libs/observability/src/health.spec.ts', `it.todo('x');`, 'no-restricted-properties'],
  ['libs/observability/src/health.spec.ts', `xit('x', () => undefined);`, 'no-restricted-globals'],
];

const ALLOWED: readonly (readonly [file: string, code: string])[] = [
  ['libs/observability/src/version.ts', 'export const at = Date.now();'],
  ['libs/config/src/secret.ts', `export const url = process.env['URL'];`],
  ['apps/launcher/src/main.ts', `console.log(process.env['URL']);`],
];

/** Line 1 of every text; the mistakes stand below it, one to a line. */
const HEAD = `import { describe, it } from '@jest/globals'; describe('x', () => { it('y', () => undefined); });`;

describe('lint rules', () => {
  const all = [...PLANTED, ...ALLOWED];
  const files = [...new Set(all.map(([file]) => file))];
  const linesOf = (file: string): string[] => all.filter((entry) => entry[0] === file).map(([, code]) => code);
  let found: { line: number; rule: string }[][] = [];

  beforeAll(async () => {
    const child = spawn(process.execPath, ['test/architecture/lint-texts.mjs'], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(JSON.stringify(files.map((file) => ({ file, text: `${[HEAD, ...linesOf(file)].join('\n')}\n` }))));
    found = JSON.parse(await text(child.stdout)) as typeof found;
  });

  const rulesAt = (file: string, code: string): string[] => {
    const line = linesOf(file).indexOf(code) + 2;
    return (found[files.indexOf(file)] ?? []).filter((message) => message.line === line).map(({ rule }) => rule);
  };

  it.each(PLANTED)('in %s sees %s', (file, code, rule) => {
    expect(rulesAt(file, code)).toContain(rule);
  });

  it.each(ALLOWED)('in %s lets %s pass', (file, code) => {
    expect(rulesAt(file, code)).toEqual([]);
  });
});
