import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { plantTree, removeTree } from './planted-tree.js';

export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

interface Report {
  readonly diagnostics: readonly {
    readonly code?: string;
    readonly message: string;
    readonly filename: string;
    readonly labels: readonly { readonly span: { readonly line: number } }[];
  }[];
}

/** Stands for a rule where a directive silences nothing. */
export const UNUSED_DIRECTIVE = 'unused-directive';

const COPIED = [
  '.oxlintrc.jsonc',
  'lint-rules.mjs',
  'package.json',
  'tsconfig.json',
  'apps/ops-dashboard/tsconfig.json',
];

/** What the linter, under our rules, finds in a tree of these texts. */
export async function lintTexts(texts: Readonly<Record<string, string>>): Promise<Finding[]> {
  const root = await plantTree(COPIED, texts);
  try {
    const { diagnostics } = JSON.parse(await oxlint(root, '--format', 'json')) as Report;
    return diagnostics.map(({ code, message, filename, labels }) => ({
      file: filename,
      line: labels[0]?.span.line ?? 0,
      rule: code !== undefined ? ruleOf(code) : message.startsWith('Unused') ? UNUSED_DIRECTIVE : message,
    }));
  } finally {
    await removeTree(root);
  }
}

/** Names as the configuration has them, of the rules that it turns on somewhere. */
export async function rulesInForce(): Promise<string[]> {
  const { rules, overrides } = JSON.parse(await oxlint('.', '--print-config')) as {
    rules: object;
    overrides: readonly { rules: object }[];
  };
  return [...new Set([rules, ...overrides.map((override) => override.rules)].flatMap(Object.keys))];
}

/** `typescript(no-explicit-any)` as `typescript/no-explicit-any`; rules of ESLint itself have no prefix. */
function ruleOf(code: string): string {
  return code.replace(/^(.*)\((.*)\)$/, (_, plugin, name) => (plugin === 'eslint' ? name : `${plugin}/${name}`));
}

/** @throws Error when it gives no report, as for a mistake in the configuration */
function oxlint(cwd: string, ...args: readonly string[]): Promise<string> {
  return new Promise((done, failed) => {
    const program = resolve('node_modules/oxlint/bin/oxlint');
    execFile(process.execPath, [program, ...args], { cwd, maxBuffer: 1 << 28 }, (error, out, err) => {
      if (out.startsWith('{')) done(out);
      else failed(new Error(`oxlint gave no report: ${out}${err}`, { cause: error }));
    });
  });
}
