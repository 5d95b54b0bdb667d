import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Set-up and teardown are loaded apart from each other: what they share hangs on the process. */
const shared = globalThis as typeof globalThis & { trancheTestStores?: ChildProcess };

/**
 * Jest `globalSetup`: one private Postgres and one private Redis for this run, in a process that ends with it. The
 * workers find them in the environment. Jest loads this file as CommonJS, so it takes nothing from our sources.
 */
export default async function setUpStores(): Promise<void> {
  if (shared.trancheTestStores !== undefined) return; // every Jest project that names the set-up calls it
  const child = spawn(
    process.execPath,
    ['--import', './test/support/typescript.mjs', 'test/support/stores-process.ts'],
    {
      cwd: process.cwd(),
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
      detached: true,
    },
  );
  shared.trancheTestStores = child;
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => {
      reject(new Error(`The test stores must start, but their process ended with code ${String(code)}`));
    });
  });
  const { postgresUrl, redisUrl } = JSON.parse(line) as { postgresUrl: string; redisUrl: string };
  process.env['TRANCHE_TEST_POSTGRES_URL'] = postgresUrl;
  process.env['TRANCHE_TEST_REDIS_URL'] = redisUrl;
}
