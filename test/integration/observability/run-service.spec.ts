import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';

interface Probe {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly lines: Record<string, unknown>[];
  readonly ended: Promise<number | null>;
  errors(): string;
  line(message: string): Promise<Record<string, unknown>>;
}

const probes: Probe[] = [];

function startProbe(env: Record<string, string>): Probe {
  const child = spawn(
    process.execPath,
    ['--import', './test/support/typescript.mjs', 'test/support/probe-service.ts'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], ...env },
    },
  );
  const lines: Record<string, unknown>[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const probe: Probe = {
    child,
    lines,
    ended: once(child, 'close').then(([code]) => code as number | null),
    errors: () => errors,
    line: async (message) => {
      for (;;) {
        const found = lines.find(({ msg }) => msg === message);
        if (found !== undefined) return found;
        await once(reader, 'line');
      }
    },
  };
  probes.push(probe);
  return probe;
}

afterEach(async () => {
  for (const { child, ended } of probes.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});

describe('runService', () => {
  it('P-14 is unready at once on SIGTERM, finishes its work, and exits with 0', async () => {
    const probe = startProbe({ PROBE_STOP_MS: '400' });
    const { opsUrl } = (await probe.line('starting')) as { opsUrl: string };
    await probe.line('started');
    expect((await fetch(`${opsUrl}/health/ready`)).status).toBe(200);
    probe.child.kill('SIGTERM');
    await probe.line('draining');
    expect((await fetch(`${opsUrl}/health/ready`)).status).toBe(503);
    expect((await fetch(`${opsUrl}/health/live`)).status).toBe(200);
    expect(await probe.ended).toBe(0);
    expect(probe.lines.at(-1)?.['msg']).toBe('stopped');
  });

  it('takes the two SIGINTs of one Ctrl-C under npm for one', async () => {
    const probe = startProbe({ PROBE_STOP_MS: '300' });
    await probe.line('started');
    probe.child.kill('SIGINT');
    await probe.line('draining');
    probe.child.kill('SIGINT');
    expect(await probe.ended).toBe(0);
  });

  it('exits at once with 1 on a second Ctrl-C', async () => {
    const probe = startProbe({ PROBE_STOP_MS: '60000' });
    await probe.line('started');
    probe.child.kill('SIGINT');
    await probe.line('draining');
    const again = setInterval(() => probe.child.kill('SIGINT'), 100);
    const code = await probe.ended;
    clearInterval(again);
    expect(code).toBe(1);
  });

  it('exits with 1 and all configuration problems when there are any', async () => {
    const probe = startProbe({ PROBE_STOP_MS: 'soon-7', OPS_PORT: '70000' });
    expect(await probe.ended).toBe(1);
    expect(probe.errors()).toContain('PROBE_STOP_MS: must be a whole number from 0 to 60000');
    expect(probe.errors()).toContain('OPS_PORT: must be a whole number from 0 to 65535');
    expect(probe.errors()).not.toContain('soon-7');
  });

  it('exits with 1 when the service cannot start', async () => {
    const probe = startProbe({ PROBE_STOP_MS: '0', PROBE_MODE: 'broken' });
    expect(await probe.ended).toBe(1);
    // A fatal line is written at once, and may overtake one that is being written.
    const said = probe.lines.find(({ msg }) => msg === 'could not start');
    expect(said).toMatchObject({ level: 'fatal', err: { message: 'cannot start on purpose' } });
  });
});
