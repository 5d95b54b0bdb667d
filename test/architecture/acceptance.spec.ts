import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as ts from 'typescript';

const PAGE = 'docs/acceptance.md';

const upTo = (prefix: string, last: number, first = 1): string[] =>
  Array.from({ length: last - first + 1 }, (_, n) => `${prefix}${first + n}`);
const twoDigits = (prefix: string, last: number): string[] =>
  Array.from({ length: last }, (_, n) => `${prefix}${String(n + 1).padStart(2, '0')}`);

/** Every number that the page must list; it may list further rules of reliability beside them. */
const VECTORS = [...upTo('OA-', 60), ...upTo('VE-A', 22), ...upTo('VE-B', 40, 23), ...upTo('VE-C', 59, 41)];
const RULES = [...twoDigits('B-', 13), ...twoDigits('D-', 12), 'S-04'];

interface Row {
  readonly id: string;
  readonly state: 'covered' | 'partly' | 'later';
  readonly files: readonly string[];
}

/** @throws Error for a row of none of the three forms */
function rowsOf(page: string): Row[] {
  const rows = page.matchAll(/^\| *((?:OA|VE|AV|[BDPS])-\w+) *\|[^|]*\| *([^|]+?) *\|$/gm);
  return [...rows].map(([line, id, cell]) => {
    const files = [...(cell ?? '').matchAll(/`([^`]+\.spec\.ts)`/g)].map(([, file]) => file ?? '');
    const state = /^later: issue \d+$/.test(cell ?? '')
      ? 'later'
      : /^partly: `[^:]+`: \S/.test(cell ?? '')
        ? 'partly'
        : /^`[^`]+`(, `[^`]+`)*$/.test(cell ?? '')
          ? 'covered'
          : undefined;
    if (state === undefined || id === undefined)
      throw new Error(`A row must say \`file\`, "partly: \`file\`: what is missing" or "later: issue N", was ${line}`);
    return { id, state, files };
  });
}

/**
 * The texts that make up the names of a file's tests: all literals in the arguments of `it`, `test` and `describe` and
 * in the tables of their `each`, outside the functions; a table may be a constant of the file.
 */
function testNamesOf(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const names: string[] = [];
  const take = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) names.push(node.text);
    ts.forEachChild(node, take);
  };
  const takeArgument = (node: ts.Expression): void => {
    const table = ts.isIdentifier(node) ? constantOf(source, node.text) : undefined;
    take(table ?? node);
  };
  const rootOf = (callee: ts.Expression): string => {
    if (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) return rootOf(callee.expression);
    return ts.isIdentifier(callee) ? callee.text : '';
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ['it', 'test', 'describe'].includes(rootOf(node.expression)))
      node.arguments.forEach(takeArgument);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

/** What a constant at the top of a file is set to. */
function constantOf(source: ts.SourceFile, name: string): ts.Expression | undefined {
  return source.statements
    .filter((statement) => ts.isVariableStatement(statement))
    .flatMap((statement) => [...statement.declarationList.declarations])
    .find((declaration) => declaration.name.getText(source) === name)?.initializer;
}

/** Names of groups in the table of functions under test; that file makes its tests from it. */
function groupsUnderTest(text: string): string[] {
  const table = constantOf(ts.createSourceFile('vectors.ts', text, ts.ScriptTarget.Latest, true), 'functions');
  if (table === undefined || !ts.isObjectLiteralExpression(table))
    throw new Error('The vector spec must have a table "functions"');
  return table.properties.map((property) => `AV-${property.name?.getText() ?? ''}`);
}

/** `S-04` may also be written `RL-S04`; `OA-1` is not part of `OA-11`. */
const carries = (name: string, id: string): boolean =>
  new RegExp(`(?<![\\w-])(${id}|RL-${id.replace('-', '')})(?![\\w-])`).test(name);

describe('docs/acceptance.md', () => {
  let rows: Row[];
  let specs: Map<string, readonly string[]>;
  let groups: string[];

  beforeAll(async () => {
    rows = rowsOf(await readFile(PAGE, 'utf8'));
    const { stdout } = await promisify(execFile)('git', [
      ...['ls-files', '--cached', '--others', '--exclude-standard', '--', '*.spec.ts'],
    ]);
    const read = stdout
      .split('\n')
      .filter((file) => file !== '')
      .map(async (file) => [file, await readFile(file, 'utf8').catch(() => '')] as const);
    const texts = await Promise.all(read);
    specs = new Map(texts.filter(([, text]) => text !== '').map(([file, text]) => [file, testNamesOf(file, text)]));
    const vectors = 'libs/domain/src/algorithm-vectors.spec.ts';
    const made = groupsUnderTest(texts.find(([file]) => file === vectors)?.[1] ?? '');
    specs.set(vectors, [...(specs.get(vectors) ?? []), ...made]);
    const fixture = JSON.parse(await readFile('test/fixtures/algorithm-vectors.json', 'utf8')) as {
      groups: readonly { name: string }[];
    };
    groups = fixture.groups.map(({ name }) => `AV-${name}`);
  }, 60_000); // a thousand files are read, beside whatever else the machine does

  it('lists each number once, and every one that there is', () => {
    const listed = rows.map(({ id }) => id);
    const expected = [...VECTORS, ...RULES, ...groups];
    expect(listed.filter((id, at) => listed.indexOf(id) !== at)).toEqual([]);
    expect(expected.filter((id) => !listed.includes(id))).toEqual([]);
    const vectors = listed.filter((id) => /^(OA|VE|AV)-/.test(id));
    expect(vectors.filter((id) => !expected.includes(id))).toEqual([]);
  });

  it('names files whose tests carry the number', () => {
    const named = rows.flatMap(({ id, files }) => files.map((file) => ({ id, file })));
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter(({ file }) => !specs.has(file))).toEqual([]);
    expect(named.filter(({ id, file }) => !specs.get(file)?.some((name) => carries(name, id)))).toEqual([]);
  });

  it('says of nothing that it comes later when a test has its number already', () => {
    const later = rows.filter(({ state }) => state === 'later');
    expect(later.length).toBeGreaterThan(0);
    const early = later.flatMap(({ id }) =>
      [...specs].filter(([, names]) => names.some((name) => carries(name, id))).map(([file]) => ({ id, file })),
    );
    expect(early).toEqual([]);
  });

  it('knows every number that a test carries', () => {
    const listed = new Set(rows.map(({ id }) => id));
    const unknown = [...specs].flatMap(([file, names]) =>
      names
        .flatMap((name) => name.match(/(?<![\w-])(OA-\d+|VE-[ABC]\d+)(?!\w)/g) ?? [])
        .filter((id) => !listed.has(id))
        .map((id) => ({ id, file })),
    );
    expect(unknown).toEqual([]);
  });
});

describe('documents', () => {
  it('name only source files that exist', async () => {
    const { stdout } = await promisify(execFile)('git', ['ls-files', '--cached', '--others', '--exclude-standard']);
    const files = new Set(stdout.split('\n'));
    const pages = [...files].filter((file) => /^(docs\/.*|[A-Z]+)\.md$/.test(file));
    const texts = await Promise.all(pages.map(async (page) => [page, await readFile(page, 'utf8')] as const));
    const named = texts.flatMap(([page, text]) =>
      [...text.matchAll(/`((?:apps|libs|test|scripts|docs|k8s)\/[\w./-]+\.\w+)`/g)].map(([, file]) => ({
        page,
        file: file ?? '',
      })),
    );
    expect(named.length).toBeGreaterThan(150);
    expect(named.filter(({ file }) => !files.has(file))).toEqual([]);
  });
});
