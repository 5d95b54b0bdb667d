import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import * as ts from 'typescript';

const LIMIT_LINES = 500;

async function filesOfRepository(): Promise<string[]> {
  const { stdout } = await promisify(execFile)('git', ['ls-files', '--cached', '--others', '--exclude-standard']);
  return stdout.split('\n').filter((name) => name !== '');
}

async function existing(names: readonly string[]): Promise<(readonly [name: string, text: string])[]> {
  const read = names.map(async (name) => [name, await readFile(name, 'utf8').catch(() => '')] as const);
  return Promise.all(read);
}

describe('sources', () => {
  it('leave nothing to do later', async () => {
    const names = (await filesOfRepository()).filter((name) => /\.(ts|mjs|cjs|md|lua|yml|yaml|json)$/.test(name));
    const marks = new RegExp(
      `\\b(${['TO', 'FIX'].map((half) => `${half}${half === 'TO' ? 'DO' : 'ME'}`).join('|')})\\b`,
    );
    const found = (await existing(names)).filter(([, text]) => marks.test(text)).map(([name]) => name);
    expect(names.length).toBeGreaterThan(50);
    expect(found.filter((name) => name !== 'test/architecture/sources.spec.ts')).toEqual([]);
  });

  it(`are files of at most ${LIMIT_LINES} lines`, async () => {
    const names = (await filesOfRepository()).filter((name) => /\.(ts|mjs|cjs)$/.test(name));
    const found = (await existing(names)).filter(([, text]) => text.split('\n').length > LIMIT_LINES + 1);
    expect(found.map(([name]) => name)).toEqual([]);
  });

  it('keep the rate-limit model out of the simulated exchange, which counts by itself', async () => {
    const names = await filesOfRepository();
    const model = await existing(names.filter((name) => /^libs\/domain\/src\/rate-limit\/.*\.ts$/.test(name)));
    const exported = new Set(model.flatMap(([name, text]) => exportedNames(name, text)));
    const venue = await existing(names.filter((name) => /^apps\/sim-venue\/src\/.*\.ts$/.test(name)));
    const taken = venue.flatMap(([name, text]) =>
      importedFrom('#domain', name, text).map((imported) => [name, imported] as const),
    );
    expect(exported.size).toBeGreaterThan(0);
    expect(taken.filter(([, imported]) => exported.has(imported) || imported === '*')).toEqual([]);
  });
});

function exportedNames(name: string, text: string): string[] {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    const isExported = ts.canHaveModifiers(statement)
      ? (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
      : false;
    if (!isExported) return [];
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.map((declaration) => declaration.name.getText(source));
    const declared = (statement as ts.DeclarationStatement).name;
    return declared === undefined ? [] : [declared.getText(source)];
  });
}

function importedFrom(specifier: string, name: string, text: string): string[] {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const from = statement.moduleSpecifier;
    if (from === undefined || !ts.isStringLiteral(from) || from.text !== specifier) return [];
    const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause;
    if (bindings === undefined || !('elements' in bindings)) return ['*'];
    return bindings.elements.map((element) => (element.propertyName ?? element.name).text);
  });
}
