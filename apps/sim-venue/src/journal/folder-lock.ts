import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FILE = 'journal.lock';

/** The locks that this process holds, by their paths. */
const HELD = new Map<string, FolderLock>();

/**
 * The right to write the journal of a folder, which one process has at a time. It is a file that names its holder by
 * number and start time, so that neither a killed process nor another one that got its number stands in the way.
 * Processes that do not see each other, such as those of two containers, are not told apart from dead ones.
 */
export class FolderLock {
  private constructor(private readonly path: string) {}

  /** @throws Error naming the folder and the process that has it */
  static take(directory: string): FolderLock {
    const path = resolve(directory, FILE);
    const draft = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`;
    writeFileSync(draft, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }), { mode: 0o600 });
    try {
      while (!isLinked(draft, path)) removeStale(directory, path);
    } finally {
      rmSync(draft, { force: true });
    }
    const lock = new FolderLock(path);
    HELD.set(path, lock);
    return lock;
  }

  release(): void {
    if (HELD.get(this.path) !== this) return;
    HELD.delete(this.path);
    rmSync(this.path, { force: true });
  }
}

/** The lock appears with its content or not at all. */
function isLinked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Takes the lock of a dead process away. Of several that try, one renames it; what it got is looked at again. */
function removeStale(directory: string, path: string): void {
  const found = textOf(path);
  if (found === null) return;
  refuseIfHeld(directory, path, found);
  const aside = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const taken = textOf(aside);
  try {
    if (taken === null || taken === found) return;
    // Somebody was faster, and this is their lock: they get it back.
    isLinked(aside, path);
    refuseIfHeld(directory, path, taken);
  } finally {
    rmSync(aside, { force: true });
  }
}

function refuseIfHeld(directory: string, path: string, lock: string): void {
  const { pid, started } = holderOf(lock);
  if (pid === process.pid ? !HELD.has(path) : !isRunning(pid, started)) return;
  throw new Error(
    `folder ${directory} is in use by process ${pid}, which writes its journal: stop it, or set SIM_DATA_DIR to another folder`,
  );
}

function holderOf(lock: string): { pid: number; started: string } {
  try {
    const { pid, started } = JSON.parse(lock) as Record<string, unknown>;
    return { pid: typeof pid === 'number' ? pid : 0, started: typeof started === 'string' ? started : '' };
  } catch {
    return { pid: 0, started: '' };
  }
}

function isRunning(pid: number, started: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
  }
  return startOf(pid) === started;
}

/** What tells two processes of one number apart: when it began. Empty where that cannot be found out. */
function startOf(pid: number): string {
  if (process.platform === 'win32') return '';
  try {
    return process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  } catch {
    return '';
  }
}

function startOnLinux(pid: number): string {
  const stat = readFileSync(join('/proc', String(pid), 'stat'), 'utf8');
  // The name in brackets may hold anything; state is the third field, start in ticks since boot the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return 'ended';
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
}

function startByPs(pid: number): string {
  return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
