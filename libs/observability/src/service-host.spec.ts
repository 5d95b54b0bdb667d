import { describe, expect, it } from '@jest/globals';
import { type ServiceDefinition, ServiceHost, createLogger } from './index.js';

const silent = createLogger('test', 'silent');

function openHost(drainLimitMs = 5_000): Promise<ServiceHost> {
  return ServiceHost.open({ opsHost: '127.0.0.1', opsPort: 0, version: '0', loggerOf: () => silent, drainLimitMs });
}

function service(name: string, stop: () => Promise<void>): ServiceDefinition {
  return { name, shape: {}, start: () => Promise.resolve({ stop, urls: { api: 'http://x' } }) };
}

async function statusOf(host: ServiceHost, path: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(`${host.opsUrl}${path}`, init);
  await response.arrayBuffer();
  return response.status;
}

describe('ServiceHost', () => {
  it('answers the four pages and refuses the rest in JSON', async () => {
    const host = await openHost();
    host.expect(['a']);
    expect(await statusOf(host, '/health/startup')).toBe(503);
    expect(await statusOf(host, '/health/ready')).toBe(503);
    expect(await statusOf(host, '/health/live')).toBe(200);
    await host.start(
      service('a', () => Promise.resolve()),
      {},
    );
    expect(await statusOf(host, '/health/startup')).toBe(200);
    expect(await statusOf(host, '/health/ready?x=1')).toBe(200);
    expect(await statusOf(host, '/health/ready', { method: 'POST' })).toBe(405);
    const unknown = await fetch(`${host.opsUrl}/__proto__`);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toHaveProperty('error');
    const metrics = await fetch(`${host.opsUrl}/metrics`);
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    expect(await metrics.text()).toContain('tranche_build_info');
    await host.drain();
  });

  it('P-14 drains: unready first, services in reverse order, the ops server last', async () => {
    const host = await openHost();
    const seen: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      await host.start(
        service(name, async () => {
          seen.push(`${name} ${await statusOf(host, '/health/ready')}`);
        }),
        {},
      );
    }
    const [first, second] = await Promise.all([host.drain(), host.drain()]);
    expect([first, second]).toEqual([true, true]);
    expect(seen).toEqual(['c 503', 'b 503', 'a 503']);
    await expect(fetch(`${host.opsUrl}/health/live`)).rejects.toThrow();
  });

  it('P-14 a service that hangs or fails does not keep the others from stopping', async () => {
    const host = await openHost(50);
    const stopped: string[] = [];
    await host.start(
      service('first', () => Promise.resolve(void stopped.push('first'))),
      {},
    );
    await host.start(
      service('fails', () => Promise.reject(new Error('no'))),
      {},
    );
    await host.start(
      service('hangs', () => new Promise(() => undefined)),
      {},
    );
    expect(await host.drain()).toBe(false);
    expect(stopped).toEqual(['first']);
  });

  it('says so when the ops port is taken', async () => {
    const host = await openHost();
    const port = Number(new URL(host.opsUrl).port);
    await expect(
      ServiceHost.open({ opsHost: '127.0.0.1', opsPort: port, version: '0', loggerOf: () => silent }),
    ).rejects.toThrow('EADDRINUSE');
    await host.drain();
  });
});
