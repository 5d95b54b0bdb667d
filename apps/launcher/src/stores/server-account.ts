import { createHash } from 'node:crypto';
import { chownSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Where root keeps what an unprivileged server must reach. */
const SHARED_ROOT = '/var/lib/tranche';
/** `nobody` on every Linux we know; it must have its name there, which `initdb` looks up. */
const NOBODY = { uid: 65_534, gid: 65_534 };

/** Who a server runs as; undefined means as ourselves. Postgres refuses to run as root. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** Programs that are unpacked once per machine (or per user) and may be read by the server's account. */
export function programCache(): string {
  if (isRoot()) return join(SHARED_ROOT, 'programs');
  const base = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(base, 'tranche');
}

/** Makes the program cache, enterable by the servers' account whatever the umask. */
export async function makeProgramCache(): Promise<string> {
  const cache = programCache();
  await mkdir(cache, { recursive: true });
  if (isRoot()) await makeEnterable(SHARED_ROOT, cache);
  return cache;
}

async function makeEnterable(...directories: string[]): Promise<void> {
  for (const directory of directories) await chmod(directory, 0o755);
}

/**
 * Makes a directory that only the server's account can read, and says which account that is. As root that is `nobody`;
 * where `nobody` cannot enter the parents, the directory lives under `/var/lib/tranche` and `directory` links to it.
 * @throws Error when the directory belongs to someone else
 */
export async function ownDirectory(directory: string): Promise<{ path: string; account: ServerAccount | undefined }> {
  const wanted = resolve(directory);
  await mkdir(dirname(wanted), { recursive: true });
  if (!isRoot()) {
    await mkdir(wanted, { recursive: true, mode: 0o700 });
    const { uid } = await stat(wanted);
    const ours = process.getuid?.() ?? uid;
    if (uid !== ours)
      throw new Error(`${wanted} must belong to the user that starts the server (uid ${ours}), was uid ${uid}`);
    return { path: wanted, account: undefined };
  }
  const path = (await canEnter(dirname(wanted))) ? wanted : await linkedDirectory(wanted);
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await stat(path);
  const account = found.uid === 0 ? NOBODY : { uid: found.uid, gid: found.gid };
  await chown(path, account.uid, account.gid);
  await chmod(path, 0o700);
  return { path, account };
}

/** Gives a file that we wrote into a server's directory to the server. */
export function giveTo(account: ServerAccount | undefined, file: string): void {
  if (account !== undefined) chownSync(file, account.uid, account.gid);
}

/** Whether every directory up to the root lets any user pass. */
async function canEnter(directory: string): Promise<boolean> {
  for (let at = resolve(directory); ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

async function linkedDirectory(link: string): Promise<string> {
  const target = join(SHARED_ROOT, createHash('sha256').update(link).digest('hex').slice(0, 16));
  const found = await lstat(link).catch(() => undefined);
  if (found?.isSymbolicLink() === true) return readlink(link);
  if (found !== undefined) throw new Error(`${link} must be a link to ${target}, was something else`);
  if ((await stat(target).catch(() => undefined)) !== undefined) {
    // Its link is gone: someone removed the data directory and wants a fresh one. Kept once, in case that was a mistake.
    await rm(`${target}.old`, { recursive: true, force: true });
    await rename(target, `${target}.old`);
  }
  await mkdir(target, { recursive: true, mode: 0o700 });
  await makeEnterable(SHARED_ROOT);
  await symlink(target, link);
  return target;
}
