import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Metrics, VERSION } from './index.js';

const opened: Metrics[] = [];
const open = (): Metrics => {
  const metrics = new Metrics();
  opened.push(metrics);
  return metrics;
};

afterEach(() => {
  for (const metrics of opened.splice(0)) metrics.close();
});

describe('Metrics', () => {
  it('gives the same metric for the same name, so that services can share a process', async () => {
    const metrics = open();
    const options = { name: 'tranche_fills_total', help: 'Fills booked', labelNames: ['venue'] as const };
    metrics.counter(options).inc({ venue: 'sim' });
    metrics.counter(options).inc({ venue: 'sim' }, 2);
    expect(await metrics.text()).toContain('tranche_fills_total{venue="sim"} 3');
  });

  it('refuses a name of another kind, and a name without the prefix', () => {
    const metrics = open();
    metrics.counter({ name: 'tranche_x_total', help: 'x' });
    expect(() => metrics.gauge({ name: 'tranche_x_total', help: 'x' })).toThrow('must be a Gauge');
    expect(() => metrics.gauge({ name: 'x', help: 'x' })).toThrow('must begin with tranche_, was x');
  });

  it('reports the process under the prefix, and nothing without it', async () => {
    const metrics = open();
    metrics.collectProcess('1.2.3');
    metrics.collectProcess('1.2.3');
    const text = await metrics.text();
    expect(text).toContain('tranche_build_info{version="1.2.3"} 1');
    expect(text).toContain('tranche_process_cpu_seconds_total');
    expect(text).toContain('tranche_eventloop_lag_seconds_bucket');
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !name?.startsWith('tranche_'))).toEqual([]);
  });
});

describe('VERSION', () => {
  it('is that of package.json', async () => {
    const manifest = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect(VERSION).toBe(manifest.version);
  });
});
