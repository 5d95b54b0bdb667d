import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Jest `globalTeardown`: lets the process that owns the stores end, and waits for it. */
export default async function tearDownStores(): Promise<void> {
  const shared = globalThis as typeof globalThis & { trancheTestStores?: ChildProcess };
  const child = shared.trancheTestStores;
  if (child === undefined || child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}
