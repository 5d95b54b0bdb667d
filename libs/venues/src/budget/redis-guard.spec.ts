import { describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RedisGuard } from './redis-guard.js';

const guard = new RedisGuard({ status: 'ready' } as Redis, 1_000);
const said = (text: string) => guard.run(() => Promise.reject(new Error(text)));

describe('what a Redis says that cannot serve now', () => {
  const readOnly = "READONLY You can't write against a read only replica.";
  it.each([
    readOnly,
    `${readOnly} script: 6b1bf4, on @user_script:1.`,
    `ERR Error running script (call to f_6b1bf4): @user_script:1: @user_script: 1: -${readOnly}`,
    `ERR Error running script (call to f_6b1bf4): @user_script:1: @user_script: 1: -OOM command not allowed`,
    'LOADING Redis is loading the dataset in memory',
  ])('counts as Redis that is down: %s', async (text) => {
    expect(await said(text)).toBeNull();
  });

  it('is not an error of the script itself', async () => {
    const text = 'ERR Error running script (call to f_6b1bf4): @user_script:1: attempt to index a nil value';
    await expect(said(text)).rejects.toThrow(text);
  });
});
