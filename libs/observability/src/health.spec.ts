import { describe, expect, it } from '@jest/globals';
import { HealthRegistry } from './index.js';

describe('HealthRegistry', () => {
  it('is ready when everything has started and every check passes', async () => {
    const health = new HealthRegistry();
    health.expectStart('a');
    let reason: string | null = 'no schema';
    health.addReadiness('database', () => Promise.resolve(reason));
    expect(health.startup()).toEqual({ status: 'unavailable', checks: { a: 'starting' } });
    health.markStarted('a');
    expect(health.startup().status).toBe('ok');
    expect(await health.ready()).toEqual({ status: 'unavailable', checks: { a: 'ok', database: 'no schema' } });
    reason = null;
    expect(await health.ready()).toEqual({ status: 'ok', checks: { a: 'ok', database: 'ok' } });
    expect((await health.live()).status).toBe('ok');
  });

  it('P-14 is unready at once when draining, without asking the checks, and stays alive', async () => {
    const health = new HealthRegistry();
    let asked = 0;
    health.addReadiness('database', () => {
      asked += 1;
      return Promise.resolve(null);
    });
    health.markDraining();
    expect((await health.ready()).status).toBe('unavailable');
    expect((await health.live()).status).toBe('ok');
    expect(asked).toBe(0);
  });

  it('counts a check that throws or hangs as a failure, without its message', async () => {
    const health = new HealthRegistry(20);
    health.addReadiness('throws', () => Promise.reject(new TypeError('postgres://u:p@h')));
    health.addLiveness('hangs', () => new Promise(() => undefined));
    expect((await health.ready()).checks).toEqual({ throws: 'failed: TypeError' });
    expect((await health.live()).checks).toEqual({ hangs: 'no answer within 20 ms' });
  });

  it('refuses a second check of the same name, until the first is removed', () => {
    const health = new HealthRegistry();
    const check = (): Promise<null> => Promise.resolve(null);
    const remove = health.addReadiness('redis', check);
    expect(() => health.addReadiness('redis', check)).toThrow('redis');
    remove();
    expect(() => health.addReadiness('redis', check)).not.toThrow();
  });
});
