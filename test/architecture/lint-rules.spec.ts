import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Finding, UNUSED_DIRECTIVE, lintTexts, rulesInForce } from './lint-tree.js';
import { MISTAKES_OF_TYPES } from './planted-types.js';

/** Where the mistake is written, what it is, and the rule that must see it. */
const PLANTED: readonly (readonly [file: string, code: string, rule: string])[] = [
  ['libs/domain/src/index.ts', 'export const at = Date.now();', 'tranche/pure-domain'],
  ['libs/domain/src/index.ts', 'export const made = new Date();', 'tranche/pure-domain'],
  ['libs/domain/src/index.ts', 'export const text = Date();', 'tranche/pure-domain'],
  ['libs/domain/src/index.ts', 'export const since = performance.now();', 'tranche/pure-domain'],
  ['libs/domain/src/index.ts', 'export const chance = Math.random();', 'tranche/pure-domain'],
  ['libs/domain/src/index.ts', 'export const id = crypto.randomUUID();', 'tranche/pure-domain'],
  ['libs/domain/src/index.ts', `export const px = parseFloat('1.5');`, 'tranche/pure-domain'],
  ['libs/domain/src/index.ts', `export const qty = Number.parseFloat('1.5');`, 'tranche/pure-domain'],
  ['libs/domain/src/index.ts', 'export const x = (y: any) => String(y);', 'tranche/pure-domain'],
  ['libs/domain/src/index.ts', `export const url = process.env['URL'];`, 'no-restricted-properties'],
  ['libs/domain/src/numeric/root.ts', 'export const root = Math.sqrt(2);', 'tranche/no-host-mathematics'],
  ['libs/observability/src/version.ts', `export const url = process.env['URL'];`, 'no-restricted-properties'],
  ['libs/observability/src/version.ts', `const { env } = process; export { env };`, 'no-restricted-properties'],
  ['libs/observability/src/version.ts', `import { env } from 'node:process'; export { env };`, 'no-restricted-imports'],
  ['libs/observability/src/version.ts', `console.log('hello');`, 'no-console'],
  // D-07: no network call inside a transaction
  [
    'apps/exchange-gateway/src/orders/cancel-child.ts',
    'export const f = (db: any, session: any) => db.inTenant("t", async () => session.place());',
    'tranche/no-network-in-transaction',
  ],
  [
    'apps/exchange-gateway/src/orders/cancel-child.ts',
    'export const g = (db: any) => db.inSystem(async () => { await fetch("http://127.0.0.1"); });',
    'tranche/no-network-in-transaction',
  ],
  [
    'apps/ops-dashboard/src/format/decimal.ts',
    `export const px = Number.parseFloat('1.5');`,
    'tranche/no-floats-from-money',
  ],
  [
    'apps/ops-dashboard/src/format/decimal.ts',
    'export const n = new Dec(1).toNumber();',
    'tranche/no-floats-from-money',
  ],
  ['apps/ops-dashboard/src/format/decimal.ts', 'document.body.innerHTML = "x";', 'tranche/page-policy'],
  [
    'apps/ops-dashboard/src/page.tsx',
    `export const page = <p dangerouslySetInnerHTML={{ __html: 'x' }} />;`,
    'tranche/page-policy',
  ],
  ['apps/ops-dashboard/src/page.tsx', 'Promise.resolve(document.title);', 'typescript/no-floating-promises'],
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
  ['libs/observability/src/health.spec.ts', 'Promise.resolve(1);', 'typescript/no-floating-promises'],
  ['test/support/thing.ts', ['it.only', `('x', () => undefined);`].join(''), 'no-restricted-properties'],
  ['scripts/thing.mjs', 'window.close();', 'no-undef'],
  ['scripts/thing.mjs', 'const unused = 1;', 'no-unused-vars'],
  ['libs/observability/src/version.ts', '// oxlint-disable-next-line no-console -- none there', UNUSED_DIRECTIVE],
];

/** What the rules, as we set them, are to let pass. */
const ALLOWED: readonly (readonly [file: string, code: string])[] = [
  ['libs/domain/src/index.ts', 'export const root = Math.sqrt(2);'],
  ['libs/domain/src/numeric/root.spec.ts', 'export const root = Math.sqrt(2);'],
  ['libs/observability/src/version.ts', 'export const twice = (x: number) => `${x} ${x === 1}`;'],
  ['libs/observability/src/version.ts', 'export const last = (_first: string, second: string) => second;'],
  ['libs/observability/src/version.ts', 'export const spin = (f: () => boolean) => { while (true) if (f()) return; };'],
  [
    'libs/observability/src/version.ts',
    `export const or = (x: 'a' | 'b') => { switch (x) { case 'a': return 1; default: return 2; } };`,
  ],
  [
    'libs/observability/src/health.spec.ts',
    `export const loose = () => { const x = JSON.parse('{}'); return x.y(x.z); };`,
  ],
  ['libs/observability/src/health.spec.ts', 'export const first = (xs: string[]) => xs[0]!;'],
  ['scripts/thing.mjs', 'process.exit(1);'],
  ['libs/observability/src/version.ts', 'export const at = Date.now();'],
  ['libs/config/src/secret.ts', `export const url = process.env['URL'];`],
  ['apps/launcher/src/main.ts', `console.log(process.env['URL']);`],
];

/** Line 1 of every text; the mistakes stand below it, one to a line. */
const HEAD = `import { describe, it } from '@jest/globals'; describe('x', () => { it('y', () => undefined); });`;

/** How many lines, and whether that is too many. */
const LONG: readonly (readonly [file: string, lines: number, isTooLong: boolean])[] = [
  ['libs/observability/src/long.ts', 500, false],
  ['libs/observability/src/longer.ts', 501, true],
];

/** Each alone in its file: some would hide behind others. */
const typesFile = (index: number): string => `libs/observability/src/types-${index}.ts`;

describe('lint rules', () => {
  const all = [...PLANTED, ...ALLOWED];
  const linesOf = (file: string): string[] => all.filter((entry) => entry[0] === file).map(([, code]) => code);
  let found: readonly Finding[] = [];

  beforeAll(async () => {
    found = await lintTexts({
      ...Object.fromEntries(all.map(([file]) => [file, `${[HEAD, ...linesOf(file)].join('\n')}\n`])),
      ...Object.fromEntries(MISTAKES_OF_TYPES.map(([, code], index) => [typesFile(index), `${code}\n`])),
      ...Object.fromEntries(LONG.map(([file, lines]) => [file, 'export {};\n'.repeat(lines)])),
    });
  });

  const rulesIn = (file: string): string[] => found.filter((finding) => finding.file === file).map(({ rule }) => rule);
  const rulesAt = (file: string, code: string): string[] => {
    const line = linesOf(file).indexOf(code) + 2;
    return found.filter((finding) => finding.file === file && finding.line === line).map(({ rule }) => rule);
  };

  it.each(PLANTED)('in %s sees %s', (file, code, rule) => {
    expect(rulesAt(file, code)).toContain(rule);
  });

  it.each(ALLOWED)('in %s lets %s pass', (file, code) => {
    expect(rulesAt(file, code)).toEqual([]);
  });

  it.each(MISTAKES_OF_TYPES.map(([rule, code], index) => [rule, code, index] as const))(
    '%s sees %s',
    (rule, _code, index) => {
      expect(rulesIn(typesFile(index))).toContain(rule);
    },
  );

  it.each(LONG)('in %s finds %d lines too long: %p', (file, _lines, isTooLong) => {
    expect(rulesIn(file).includes('max-lines')).toBe(isTooLong);
  });

  it('have a planted mistake for every rule of types and of our own', async () => {
    const planted = new Set([...PLANTED.map(([, , rule]) => rule), ...MISTAKES_OF_TYPES.map(([rule]) => rule)]);
    const expected = (await rulesInForce()).filter((rule) => /^(typescript|tranche)\//.test(rule));
    expect(expected.length).toBeGreaterThan(60);
    expect(expected.filter((rule) => !planted.has(rule))).toEqual([]);
  });
});
