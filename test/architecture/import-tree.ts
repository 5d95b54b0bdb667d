import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { plantTree } from './planted-tree.js';

export interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

const LIBRARIES = ['domain', 'persistence', 'order-intake', 'queues', 'venues', 'config', 'observability'];

/** Runs the import rules over the `apps` and `libs` of a tree; the rules are read from that tree. */
export async function checkImports(root: string): Promise<{ violations: Violation[]; modules: number }> {
  const stdout = await new Promise<string>((done, failed) => {
    const program = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const options = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'apps', 'libs'];
    execFile(process.execPath, [program, ...options], { cwd: root, maxBuffer: 1 << 28 }, (error, out, err) => {
      if (out.startsWith('{')) done(out);
      else failed(new Error(`dependency-cruiser gave no report: ${err}`, { cause: error }));
    });
  });
  const report = JSON.parse(stdout) as {
    summary: { totalCruised: number; violations: { rule: { name: string }; from: string; to: string }[] };
  };
  return {
    modules: report.summary.totalCruised,
    violations: report.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}

/** A small tree under the same rules, with these files in it; every library has an index to be imported. */
export function plantImports(files: Readonly<Record<string, string>>): Promise<string> {
  const copied = ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs', 'test/architecture/source-aliases.cjs'];
  const indexes = LIBRARIES.map((name) => [`libs/${name}/src/index.ts`, 'export const one = 1;\n']);
  return plantTree(copied, { ...Object.fromEntries(indexes), ...files });
}
