import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { TrancheProcess } from '../support/tranche-process.js';
import { expectExactEnd, placeOrders, waitForProgress } from './kill-scenario.js';

jest.setTimeout(240_000);

let system: TrancheProcess;
let redis: Redis;
beforeAll(async () => {
  system = await TrancheProcess.create();
  const read = async (name: string): Promise<string> =>
    (await readFile(join(system.dataDir, 'redis', name), 'utf8')).trim();
  redis = new Redis({ host: '127.0.0.1', port: Number(await read('port')), password: await read('password') });
});
afterAll(async () => {
  redis.disconnect();
  await system.remove();
});

describe('FLUSHALL on Redis with orders half done', () => {
  it.each(Array.from({ length: 5 }, (_, run) => [run + 1]))(
    'P-04 run %i, two wipes: the sweepers find all work again in Postgres',
    async (run) => {
      const ids = await placeOrders(system);
      // A little earlier or later each time: waiting, delayed and active jobs are hit in turn.
      for (const share of [0.025 + run * 0.075, 0.425 + run * 0.075]) {
        await waitForProgress(system, ids, share);
        await redis.flushall();
      }
      await expectExactEnd(system, ids);
    },
  );
});
