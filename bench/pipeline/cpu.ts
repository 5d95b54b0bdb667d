import { readdirSync, readFileSync } from 'node:fs';

/** Kernel clock ticks per second; 100 on every Linux we know. */
const TICKS = 100;

/** CPU seconds, user and system, that a process and its living children have used. Linux only, else `NaN`. */
export function cpuSeconds(pid: number): number {
  try {
    return childrenOf(pid).reduce((sum, child) => sum + own(child), own(pid));
  } catch {
    return NaN;
  }
}

function own(pid: number): number {
  try {
    // pid (name with anything) state ppid ... utime stime cutime cstime
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
  } catch {
    return 0; // it ended meanwhile; its parent counts it
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]) === parent;
      } catch {
        return false;
      }
    });
}
