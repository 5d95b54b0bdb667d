import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeProgramCache, programCache } from './server-account.js';

const run = promisify(execFile);

export interface RedisProgram {
  readonly command: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Server packages of Debian and Ubuntu, with the libraries that a small system may lack; `t64` is Ubuntu's suffix. */
const PACKAGES = {
  required: ['redis-server', 'redis-tools'],
  helpful: ['libjemalloc2', 'liblzf1', 'libatomic1', 'libssl3', 'libsystemd0'],
  renamed: ['libssl3t64'],
};

/** A real Redis or Valkey: from PATH, else unpacked from the distribution's packages into our cache; else undefined. */
export async function findRedis(): Promise<RedisProgram | undefined> {
  for (const command of ['redis-server', 'valkey-server']) {
    const version = await versionOf(command, {});
    if (version !== undefined) return { command, version, env: {} };
  }
  return unpackedRedis().catch(() => undefined);
}

async function versionOf(command: string, env: Readonly<Record<string, string>>): Promise<string | undefined> {
  try {
    const { stdout } = await run(command, ['--version'], { env: { PATH: process.env['PATH'] ?? '', ...env } });
    return /v=(\S+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

async function unpackedRedis(): Promise<RedisProgram | undefined> {
  if (process.platform !== 'linux') return undefined;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME=(\w+)/m.exec(release)?.[1] ?? 'unknown';
  const target = join(await writableCache(), `redis-${codename}-${process.arch}`);
  const known = await runnable(target);
  if (known !== undefined) return known;
  const draft = await mkdtemp(`${target}.`);
  try {
    await downloadAndUnpack(draft);
    await chmod(draft, 0o755);
    if ((await runnable(draft)) === undefined) return undefined;
    await rename(draft, target).catch(() => undefined); // fails only when another start was faster
    return await runnable(target);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The usual cache, else (no home directory, or not ours) one under the temporary directory that only we can write. */
async function writableCache(): Promise<string> {
  const own = join(tmpdir(), `tranche-programs-${process.getuid?.() ?? 0}`);
  for (const directory of [programCache(), own]) {
    try {
      await (directory === own ? mkdir(directory, { recursive: true, mode: 0o755 }) : makeProgramCache());
      await access(directory, constants.W_OK | constants.X_OK);
      if ((await stat(directory)).uid === process.getuid?.()) return directory;
    } catch {
      // the next one
    }
  }
  throw new Error(`No directory to keep programs in: tried ${programCache()} and ${own}`);
}

async function runnable(root: string): Promise<RedisProgram | undefined> {
  const command = join(root, 'usr/bin/redis-server');
  const libraries = await libraryDirectories(root);
  const env = { LD_LIBRARY_PATH: libraries.join(':') };
  const version = await versionOf(command, env);
  return version === undefined ? undefined : { command, version, env };
}

async function libraryDirectories(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const base of ['usr/lib', 'lib']) {
    const entries = await readdir(join(root, base), { withFileTypes: true }).catch(() => []);
    found.push(...entries.filter((entry) => entry.isDirectory()).map((entry) => join(root, base, entry.name)));
  }
  return found;
}

async function downloadAndUnpack(target: string): Promise<void> {
  const download = (names: readonly string[]) => run('apt-get', ['download', ...names], { cwd: target });
  try {
    await download(PACKAGES.required);
  } catch (error) {
    if (process.getuid?.() !== 0) throw error; // only root can fetch missing package lists
    await run('apt-get', ['update'], { timeout: 60_000 });
    await download(PACKAGES.required);
  }
  await download(PACKAGES.helpful).catch(async () => {
    // One by one: a name that this release does not know must not stop the others.
    for (const name of [...PACKAGES.helpful, ...PACKAGES.renamed]) await download([name]).catch(() => undefined);
  });
  const archives = (await readdir(target)).filter((name) => name.endsWith('.deb'));
  for (const archive of archives) {
    await run('dpkg-deb', ['-x', archive, '.'], { cwd: target });
    await rm(join(target, archive));
  }
}
