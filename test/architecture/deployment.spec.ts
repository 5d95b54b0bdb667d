import { readFile, readdir, stat } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { exchangeGatewayShape } from '../../apps/exchange-gateway/src/config.js';
import { simVenueConfig } from '../../apps/sim-venue/src/config.js';

/** The simulated exchange without the rest. */
const SIM_ALONE = 'apps/sim-venue/compose.yml';

async function files(): Promise<(readonly [name: string, text: string])[]> {
  const base = (await readdir('k8s/base')).map((name) => `k8s/base/${name}`);
  const names = ['Dockerfile', 'docker-compose.yml', SIM_ALONE, ...base];
  return Promise.all(names.map(async (name) => [name, await readFile(name, 'utf8')] as const));
}

async function appsWithMain(): Promise<string[]> {
  const apps = (await readdir('apps')).filter((app) => app !== 'launcher');
  const found = apps.map((app) =>
    stat(`apps/${app}/src/main.ts`).then(
      () => [app],
      () => [],
    ),
  );
  return (await Promise.all(found)).flat();
}

describe('deployment', () => {
  it('names programs that exist', async () => {
    const programs = (await files()).flatMap(([name, text]) =>
      [...text.matchAll(/dist\/(apps\/[\w-]+\/src\/[\w-]+)\.js/g)].map(
        (match) => [name, `${match[1] ?? ''}.ts`] as const,
      ),
    );
    expect(programs.length).toBeGreaterThan(10);
    const missing = await Promise.all(
      programs.map(([name, path]) =>
        stat(path).then(
          () => [],
          () => [`${name}: ${path}`],
        ),
      ),
    );
    expect(missing.flat()).toEqual([]);
  });

  it('runs every app, in Compose and in Kubernetes', async () => {
    const all = await files();
    for (const app of await appsWithMain()) {
      const program = `dist/apps/${app}/src/main.js`;
      const where = all.filter(([, text]) => text.includes(program)).map(([name]) => name);
      expect(where).toEqual(expect.arrayContaining(['docker-compose.yml', `k8s/base/${app}.yaml`]));
    }
  });

  it('serves every port of the simulated exchange, alone on loopback only', async () => {
    const ports = ['SIM_CONTROL_PORT', 'SIM_SPOT_PORT', 'SIM_USDM_PORT'] as const;
    const numbers = ports.map((name) => String(simVenueConfig[name].parse(undefined)));
    const alone = await readFile(SIM_ALONE, 'utf8');
    const published = [...alone.matchAll(/^ +- '([\d.]+):(\d+):(\d+)'$/gm)].map(([, ...parts]) => parts);
    expect(published).toEqual(numbers.map((port) => ['127.0.0.1', port, port]));
    const cluster = await readFile('k8s/base/sim-venue.yaml', 'utf8');
    expect([...cluster.matchAll(/containerPort: (\d+)/g)].map(([, port]) => port)).toEqual(numbers);
    expect([...cluster.matchAll(/[{,] port: (\d+), targetPort/g)].map(([, port]) => port)).toEqual(numbers);
  });

  it('S-17 takes images by exact version and never runs as root', async () => {
    for (const [name, text] of await files()) {
      const images = [...text.matchAll(/^\s*(?:image:|FROM)\s+(\S+)/gm)].map((match) => match[1] ?? '');
      const floating = images.filter((image) => !/:\d+\.\d+(\.\d+)?(-[\w.-]+)?$/.test(image));
      expect([name, floating]).toEqual([name, []]);
      if (/kind: (Deployment|StatefulSet|Job)/.test(text)) {
        expect(text).toContain('runAsNonRoot: true');
        expect(text).toContain('readOnlyRootFilesystem: true');
        expect(text).not.toContain('runAsUser: 0');
      }
    }
    const dockerfile = await readFile('Dockerfile', 'utf8');
    expect(Number(/^USER (\d+)/m.exec(dockerfile)?.[1])).toBeGreaterThanOrEqual(10_000);
  });

  it('gives the services three probes each, and the drain less time than it has', async () => {
    for (const app of await appsWithMain()) {
      if (app === 'sim-venue') continue;
      const text = await readFile(`k8s/base/${app}.yaml`, 'utf8');
      for (const probe of ['startup', 'ready', 'live']) expect(text).toContain(`/health/${probe}`);
      expect(text).toContain('terminationGracePeriodSeconds: 30');
    }
  });

  it('RL-S05 takes a master key or a key service, and insists on neither by itself', async () => {
    const compose = await readFile('docker-compose.yml', 'utf8');
    const gateway = await readFile('k8s/base/exchange-gateway.yaml', 'utf8');
    const settings = await readFile('k8s/base/config.yaml', 'utf8');
    expect(compose).not.toMatch(/\$\{CREDENTIALS_MASTER_KEY:?\?/);
    for (const name of ['exchange-gateway', 'prepare']) {
      const text = await readFile(`k8s/base/${name}.yaml`, 'utf8');
      const [from] = /(?<=CREDENTIALS_MASTER_KEY\n +valueFrom: ).*/.exec(text) ?? [];
      expect([name, from]).toEqual([name, expect.stringContaining('optional: true')]);
    }
    const names = Object.keys(exchangeGatewayShape).filter((name) =>
      /^MASTER_KEY_KMS_(URL|KEY|TOKEN_FILE)$/.test(name),
    );
    expect(names).toHaveLength(3);
    for (const name of names) {
      expect(compose).toMatch(new RegExp(`^ +${name}: `, 'm'));
      expect(`${gateway}${settings}`).toMatch(new RegExp(`(name: |# )${name}[,:] `));
    }
    // The token must lie where the gateway is told to look, in both.
    for (const [text, mount] of [
      [compose, /^ +- \S+:(\/var\/\S+):ro$/m],
      [gateway, /name: kms-token, mountPath: ([^,\s]+), readOnly: true/],
    ] as const) {
      const file = /MASTER_KEY_KMS_TOKEN_FILE(?:: |, value: )([^\s}]+)/.exec(text)?.[1];
      expect(file).toBe(`${mount.exec(text)?.[1] ?? 'nowhere'}/token`);
    }
    expect(gateway).toMatch(/- name: kms-token\n +secret: \{[^}]*optional: true/);
  });

  it('holds no secret', async () => {
    for (const [name, text] of await files()) {
      const plain = [...text.matchAll(/^ +(?:\w*(?:PASSWORD|SECRET|TOKEN|MASTER_KEY|API_KEY)): *(\S+)/gm)].map(
        (match) => match[1] ?? '',
      );
      expect([name, plain.filter((value) => !value.startsWith('${'))]).toEqual([name, []]);
    }
  });
});
