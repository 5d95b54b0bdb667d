import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

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
export async function plantTree(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'tranche-planted-'));
  for (const name of [
    'package.json',
    'tsconfig.json',
    '.dependency-cruiser.cjs',
    'test/architecture/source-aliases.cjs',
  ]) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await cp(name, join(root, name));
  }
  await symlink(resolve('node_modules'), join(root, 'node_modules'));
  const all = {
    ...Object.fromEntries(LIBRARIES.map((name) => [`libs/${name}/src/index.ts`, 'export const one = 1;\n'])),
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}

export async function removeTree(root: string): Promise<void> {
  await rm(root, { recursive: true, force: true });
}
