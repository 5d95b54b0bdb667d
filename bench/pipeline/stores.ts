import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { migrate } from '#persistence';
import { startEmbeddedPostgres } from '../../apps/launcher/src/stores/embedded-postgres.js';
import { startEmbeddedRedis } from '../../apps/launcher/src/stores/embedded-redis.js';
import { APP_PASSWORD, TEMPLATE, onServer, withDatabase } from '../../test/support/postgres-admin.js';

export interface SimVenue {
  readonly pid: number;
  readonly spotUrl: string;
  readonly controlUrl: string;
}

/** Postgres, Redis and the simulated exchange of one run, as `npm start` runs them: durable, with a journal. */
export interface Stores {
  readonly postgres: { readonly url: string; readonly pid: number };
  readonly redis: { readonly url: string; readonly pid: number };
  readonly venue: SimVenue;
  readonly descriptions: readonly string[];
  stop(): Promise<void>;
}

export async function startStores(): Promise<Stores> {
  const directory = await mkdtemp(join(tmpdir(), 'tranche-bench-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const step of undo.reverse()) await step().catch(() => undefined);
  };
  try {
    await chmod(directory, 0o711); // as root the servers run as another account, which must pass
    const postgres = await startEmbeddedPostgres({ directory: join(directory, 'postgres'), durable: true });
    undo.push(() => postgres.stop());
    const redis = await startEmbeddedRedis({ directory: join(directory, 'redis'), allowFallback: false });
    undo.push(() => redis.stop());
    const venue = await startVenue(join(directory, 'venue'));
    undo.push(() => venue.stop());
    await onServer(postgres.url, (client) => client.query(`CREATE DATABASE ${TEMPLATE}`));
    await migrate({ ownerUrl: withDatabase(postgres.url, TEMPLATE), appPassword: APP_PASSWORD });
    return { postgres, redis, venue, descriptions: [postgres.description, redis.description], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startVenue(directory: string): Promise<SimVenue & { stop(): Promise<void> }> {
  const child = spawn(process.execPath, ['--import', './test/support/typescript.mjs', 'apps/sim-venue/src/main.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true, // a Ctrl-C is for us, who end it
    env: {
      PATH: process.env['PATH'],
      SIM_CONTROL_PORT: '0',
      SIM_SPOT_PORT: '0',
      SIM_USDM_PORT: '0',
      SIM_MARKET: 'scripted',
      SIM_DATA_DIR: directory,
    },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    void ended.then(() => reject(new Error('The simulated exchange did not start')));
  });
  return {
    ...(JSON.parse(line) as SimVenue),
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
