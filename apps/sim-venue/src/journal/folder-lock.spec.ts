import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FolderLock } from './folder-lock.js';

describe('the lock of a folder', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'lock-'));
    path = join(directory, 'journal.lock');
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('is had by one at a time, and by the next when it is released', () => {
    const lock = FolderLock.take(directory);
    expect(() => FolderLock.take(directory)).toThrow(`folder ${directory} is in use by process ${process.pid},`);
    lock.release();
    const second = FolderLock.take(directory);
    lock.release();
    expect(() => FolderLock.take(directory)).toThrow('is in use');
    second.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('of another process holds while that one runs, and not when it was killed', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
    await once(other, 'spawn');
    const lock = FolderLock.take(directory);
    const mine = JSON.parse(readFileSync(path, 'utf8')) as { pid: number; started: string };
    lock.release();
    const ticks = (): string => {
      const stat = readFileSync(`/proc/${other.pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] as string;
    };
    const started = process.platform === 'linux' ? `${mine.started.split(' ')[0]} ${ticks()}` : mine.started;
    const theirs = JSON.stringify({ pid: other.pid, started });
    writeFileSync(path, theirs);
    expect(() => FolderLock.take(directory)).toThrow(`is in use by process ${other.pid},`);
    expect(readFileSync(path, 'utf8')).toBe(theirs);
    other.kill('SIGKILL');
    await once(other, 'exit');
    FolderLock.take(directory).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('does not hold for a process that only has the number of its holder', () => {
    for (const pid of [process.ppid, process.pid, 1]) {
      writeFileSync(path, JSON.stringify({ pid, started: 'another day' }));
      FolderLock.take(directory).release();
    }
    writeFileSync(path, 'nothing that can be read');
    FolderLock.take(directory).release();
    expect(readdirSync(directory)).toEqual([]);
  });
});
