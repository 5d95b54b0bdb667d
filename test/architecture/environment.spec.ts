import { readFile, readdir, stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { opsConfig } from '#config';
import type { ServiceDefinition } from '#observability';
import { simVenueConfig } from '../../apps/sim-venue/src/config.js';
import { launcherShape } from '../../apps/launcher/src/options.js';

interface Variable {
  readonly name: string;
  readonly schema: z.ZodType;
}

interface Listed {
  readonly fallback: string;
  readonly comment: string;
}

function isDefinition(value: unknown): value is ServiceDefinition {
  return typeof value === 'object' && value !== null && 'name' in value && 'shape' in value && 'start' in value;
}

async function serviceDefinitions(): Promise<ServiceDefinition[]> {
  const apps = await readdir('apps');
  const files = apps.map((app) => `apps/${app}/src/service.ts`);
  const present = await Promise.all(
    files.map((file) =>
      stat(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  const definitions: ServiceDefinition[] = [];
  // One after another: Jest does not take the same module twice at once.
  for (const file of files.filter((_, i) => present[i])) {
    const module = (await import(pathToFileURL(file).href)) as object;
    definitions.push(...Object.values(module).filter(isDefinition));
  }
  return definitions;
}

/** What the variable is when it is unset, as it would be written; null when it must be set or has no default. */
function fallbackOf(schema: z.ZodType): string | null {
  const parsed = schema.safeParse(undefined);
  if (!parsed.success || parsed.data === undefined) return null;
  if (Array.isArray(parsed.data)) return parsed.data.join(',');
  return typeof parsed.data === 'string' ? parsed.data : JSON.stringify(parsed.data);
}

async function listedVariables(): Promise<ReadonlyMap<string, Listed>> {
  const listed = new Map<string, Listed>();
  let comment = '';
  for (const line of (await readFile('.env.example', 'utf8')).split('\n')) {
    const assignment = /^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
    if (assignment !== null) {
      const [, name = '', fallback = ''] = assignment;
      expect(listed.has(name)).toBe(false);
      listed.set(name, { fallback, comment });
    }
    comment = line.startsWith('# ') && assignment === null ? `${comment}${line.slice(2)} ` : '';
  }
  return listed;
}

describe('environment', () => {
  const variables: Variable[] = [];
  let definitions: readonly ServiceDefinition[] = [];
  let listed: ReadonlyMap<string, Listed> = new Map();

  beforeAll(async () => {
    definitions = await serviceDefinitions();
    listed = await listedVariables();
    const shapes = [
      opsConfig,
      simVenueConfig,
      launcherShape,
      ...definitions.map(({ shape }) => shape as z.ZodRawShape),
    ];
    for (const shape of shapes)
      for (const [name, schema] of Object.entries(shape)) variables.push({ name, schema: schema as z.ZodType });
  });

  it('finds the definition of every service', () => {
    expect(definitions.map(({ name }) => name).sort()).toEqual([
      'api-gateway',
      'exchange-gateway',
      'feed-handler',
      'order-scheduler',
      'rate-limit-tracker',
    ]);
  });

  it('lists every variable in .env.example, with the default that the code has', () => {
    const wrong = variables.flatMap(({ name, schema }) => {
      const entry = listed.get(name);
      if (entry === undefined) return [`${name} is missing`];
      const fallback = fallbackOf(schema) ?? '';
      return entry.fallback === fallback ? [] : [`${name} must say ${fallback}, was ${entry.fallback}`];
    });
    expect(wrong).toEqual([]);
  });

  it('says of every variable what it is and its unit', () => {
    const silent = [...listed].filter(([, { comment }]) => !/\S.*Unit: \S+/.test(comment)).map(([name]) => name);
    expect(silent).toEqual([]);
  });

  it('lists nothing that no one reads', () => {
    const read = new Set(variables.map(({ name }) => name));
    expect([...listed.keys()].filter((name) => !read.has(name))).toEqual([]);
  });
});
