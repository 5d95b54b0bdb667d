import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';

type Versions = Readonly<Record<string, string>>;

async function manifest(): Promise<Record<string, Versions | undefined>> {
  return JSON.parse(await readFile('package.json', 'utf8')) as Record<string, Versions | undefined>;
}

describe('S-16 supply chain', () => {
  it.each(['dependencies', 'devDependencies', 'optionalDependencies', 'overrides'])(
    'pins %s exactly',
    async (field) => {
      const versions = Object.entries((await manifest())[field] ?? {});
      expect(versions.length).toBeGreaterThan(0);
      expect(versions.filter(([, version]) => !/^(npm:[@\w/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
    },
  );

  it('has at most 40 direct production dependencies', async () => {
    const { dependencies, optionalDependencies } = await manifest();
    const direct = [...Object.keys(dependencies ?? {}), ...Object.keys(optionalDependencies ?? {})];
    expect(direct.length).toBeLessThanOrEqual(40);
  });

  it('locks every package by hash and names no registry', async () => {
    const text = await readFile('package-lock.json', 'utf8');
    const { packages } = JSON.parse(text) as {
      packages: Record<string, { integrity?: string; resolved?: string; inBundle?: boolean; link?: boolean }>;
    };
    const entries = Object.entries(packages).filter(([path]) => path !== '');
    expect(entries.length).toBeGreaterThan(300);
    expect(entries.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
    expect(entries.filter(([, entry]) => entry.integrity === undefined && entry.inBundle !== true)).toEqual([]);
    expect(text).not.toMatch(/:\/\/[\w.-]*(registry|npm\.|npmjs|verdaccio|artifactory|nexus)/);
  });

  it.each(['oxlint', 'oxlint-tsgolint', '@typescript/native'])(
    'locks the program of %s for every platform',
    async (name) => {
      const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
        packages: Record<string, { optionalDependencies?: Versions } | undefined>;
      };
      const programs = Object.keys(packages[`node_modules/${name}`]?.optionalDependencies ?? {});
      expect(programs.length).toBeGreaterThan(3);
      expect(programs.filter((program) => packages[`node_modules/${program}`] === undefined)).toEqual([]);
    },
  );

  it('runs no install scripts, and needs none', async () => {
    expect(await readFile('.npmrc', 'utf8')).toMatch(/^ignore-scripts=true$/m);
    const { scripts } = await manifest();
    const hooks = Object.keys(scripts ?? {}).filter((name) => /^(pre|post)|^prepare$|^install$/.test(name));
    expect(hooks).toEqual([]);
  });
});
