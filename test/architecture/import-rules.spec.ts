import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Violation, checkImports, plantImports } from './import-tree.js';
import { removeTree } from './planted-tree.js';

/** [rule, file, what it imports]: each a mistake that the rule of that name must report. */
const PLANTED: readonly (readonly [rule: string, file: string, specifier: string])[] = [
  ['domain-imports', 'libs/domain/src/planted-persistence.ts', '#persistence'],
  ['domain-imports', 'libs/domain/src/planted-observability.ts', '#observability'],
  ['persistence-imports', 'libs/persistence/src/planted-queues.ts', '#queues'],
  ['persistence-imports', 'libs/persistence/src/planted-config.ts', '#config'],
  ['persistence-imports', 'libs/persistence/src/planted-intake.ts', '#order-intake'],
  ['order-intake-imports', 'libs/order-intake/src/planted-queues.ts', '#queues'],
  ['order-intake-imports', 'libs/order-intake/src/planted-venues.ts', '#venues'],
  ['queues-imports', 'libs/queues/src/planted-persistence.ts', '#persistence'],
  ['queues-imports', 'libs/queues/src/planted-venues.ts', '#venues'],
  ['venues-imports', 'libs/venues/src/planted-config.ts', '#config'],
  ['venues-imports', 'libs/venues/src/planted-intake.ts', '#order-intake'],
  ['venues-imports', 'libs/venues/src/planted-app.ts', '../../../apps/order-scheduler/src/service.js'],
  ['config-imports', 'libs/config/src/planted-domain.ts', '#domain'],
  ['observability-imports', 'libs/observability/src/planted-domain.ts', '#domain'],
  ['domain-is-pure', 'libs/domain/src/planted-fs.ts', 'node:fs'],
  ['domain-is-pure', 'libs/domain/src/planted-pino.ts', 'pino'],
  ['libraries-without-nest', 'libs/domain/src/planted-nest.ts', '@nestjs/common'],
  ['libraries-without-nest', 'libs/order-intake/src/planted-nest.ts', '@nestjs/common'],
  ['libraries-without-nest', 'libs/config/src/planted.module.ts', '@nestjs/common'],
  ['nest-in-module-files-only', 'libs/persistence/src/planted-nest.ts', '@nestjs/common'],
  ['nest-in-module-files-only', 'libs/queues/src/planted-nest.ts', '@nestjs/common'],
  ['nest-in-module-files-only', 'libs/venues/src/planted-nest.ts', '@nestjs/common'],
  ['typeorm-in-persistence-only', 'apps/order-scheduler/src/planted-typeorm.ts', 'typeorm'],
  ['typeorm-in-persistence-only', 'libs/order-intake/src/planted-typeorm.ts', 'typeorm'],
  ['typeorm-in-persistence-only', 'libs/queues/src/planted-typeorm.ts', 'typeorm'],
  ['pg-in-persistence-only', 'apps/order-scheduler/src/planted-pg.ts', 'pg'],
  ['bullmq-in-queues-only', 'apps/exchange-gateway/src/planted-bullmq.ts', 'bullmq'],
  ['bullmq-in-queues-only', 'libs/persistence/src/planted-bullmq.ts', 'bullmq'],
  ['bullmq-in-queues-only', 'libs/order-intake/src/planted-bullmq.ts', 'bullmq'],
  ['ccxt-in-venues-only', 'apps/exchange-gateway/src/planted-ccxt.ts', 'ccxt'],
  ['apps-never-import-apps', 'apps/api-gateway/src/planted-app.ts', '../../order-scheduler/src/service.js'],
  ['apps-never-import-apps', 'apps/api-gateway/src/planted-sim.ts', '../../sim-venue/src/service.js'],
  ['launcher-imports-services-only', 'apps/launcher/src/planted-deep.ts', '../../order-scheduler/src/inner.js'],
  ['launcher-imports-services-only', 'apps/launcher/src/planted-sim.ts', '../../sim-venue/src/service.js'],
  ['sim-venue-without-venues', 'apps/sim-venue/src/planted-venues.ts', '#venues'],
  ['dashboard-in-a-browser', 'apps/ops-dashboard/src/planted-node.ts', 'node:fs'],
  ['dashboard-in-a-browser', 'apps/ops-dashboard/src/planted-library.tsx', '#domain'],
  ['dashboard-in-a-browser', 'apps/ops-dashboard/src/planted-app.ts', '../../order-scheduler/src/service.js'],
  ['dashboard-in-a-browser', 'apps/ops-dashboard/src/planted-package.ts', 'ioredis'],
  ['library-through-its-index', 'apps/order-scheduler/src/planted-deep.ts', '../../../libs/domain/src/inner.js'],
  ['library-by-its-name', 'apps/order-scheduler/src/planted-path.ts', '../../../libs/domain/src/index.js'],
  ['no-self-by-name', 'libs/domain/src/planted-self.ts', '#domain'],
  ['no-cycles', 'libs/domain/src/planted-ring-a.ts', './planted-ring-b.js'], // which imports it back
  ['production-without-dev-dependencies', 'libs/queues/src/planted-dev.ts', 'fast-check'],
  ['production-without-tests', 'libs/queues/src/planted-spec.ts', './inner.spec.js'],
  ['production-without-tests', 'libs/queues/src/planted-support.ts', '../../../test/support/thing.js'],
  ['resolvable', 'libs/queues/src/planted-nowhere.ts', './nowhere.js'],
];

/** What the table allows; not one of these may be reported. */
const ALLOWED: readonly (readonly [file: string, specifier: string])[] = [
  ['libs/domain/src/good.ts', 'decimal.js'],
  ['libs/domain/src/good-hash.ts', 'node:crypto'],
  ['libs/persistence/src/good.ts', '#domain'],
  ['libs/persistence/src/good-typeorm.ts', 'typeorm'],
  ['libs/persistence/src/good.module.ts', '@nestjs/common'],
  ['libs/order-intake/src/good.ts', '#domain'],
  ['libs/order-intake/src/good-rows.ts', '#persistence'],
  ['libs/order-intake/src/good-json.ts', 'lossless-json'],
  ['libs/queues/src/good.ts', '#domain'],
  ['libs/queues/src/good-bullmq.ts', 'bullmq'],
  ['libs/venues/src/good.ts', '#domain'],
  ['libs/venues/src/good-logs.ts', '#observability'],
  ['libs/venues/src/good-ccxt.ts', 'ccxt'],
  ['libs/observability/src/good.ts', '#config'],
  ['libs/observability/src/good-nest.ts', '@nestjs/common'],
  ['libs/queues/src/good.spec.ts', 'fast-check'],
  ['apps/order-scheduler/src/good-nest.ts', '@nestjs/core'],
  ['apps/launcher/src/good.ts', '../../order-scheduler/src/service.js'],
  ['apps/launcher/src/stores/good.ts', 'pg'],
  ['apps/sim-venue/src/good.ts', '#observability'],
  ['apps/ops-dashboard/src/good.tsx', 'react'],
  ['apps/ops-dashboard/src/good-chart.ts', 'uplot'],
  ['apps/ops-dashboard/src/good-view.ts', './good.js'],
  ...['domain', 'persistence', 'order-intake', 'queues', 'venues', 'config', 'observability'].map(
    (name) => [`apps/order-scheduler/src/good-${name}.ts`, `#${name}`] as const,
  ),
];

const importing = (specifier: string): string => `import * as it from '${specifier}';\nexport const used = it;\n`;

const targets = {
  'apps/order-scheduler/src/service.ts': 'export const one = 1;\n',
  'apps/order-scheduler/src/inner.ts': 'export const one = 1;\n',
  'apps/sim-venue/src/service.ts': 'export const one = 1;\n',
  'libs/domain/src/planted-ring-b.ts': importing('./planted-ring-a.js'),
  'libs/domain/src/inner.ts': 'export const one = 1;\n',
  'libs/queues/src/inner.spec.ts': 'export const one = 1;\n',
  'test/support/thing.ts': 'export const one = 1;\n',
};

describe('import rules', () => {
  let root = '';
  let violations: readonly Violation[] = [];

  beforeAll(async () => {
    root = await plantImports({
      ...targets,
      ...Object.fromEntries(PLANTED.map(([, file, specifier]) => [file, importing(specifier)])),
      ...Object.fromEntries(ALLOWED.map(([file, specifier]) => [file, importing(specifier)])),
    });
    ({ violations } = await checkImports(root));
  });

  afterAll(() => removeTree(root));

  it.each(PLANTED)('%s reports %s', (rule, file) => {
    expect(violations.filter((violation) => violation.from === file).map((violation) => violation.rule)).toContain(
      rule,
    );
  });

  it.each(ALLOWED)('%s may import %s', (file) => {
    expect(violations.filter((violation) => violation.from === file)).toEqual([]);
  });

  it('has a planted violation for every rule', () => {
    const { forbidden } = createRequire(import.meta.url)(resolve('.dependency-cruiser.cjs')) as {
      forbidden: { name: string }[];
    };
    expect([...new Set(PLANTED.map(([rule]) => rule))].sort()).toEqual(forbidden.map(({ name }) => name).sort());
  });

  it('finds nothing to report in this tree', async () => {
    const clean = await checkImports(process.cwd());
    expect(clean.violations).toEqual([]);
    expect(clean.modules).toBeGreaterThan(20);
  });
});
