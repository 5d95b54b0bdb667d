import { packageBundles } from './test/support/package-bundles.mjs';

/** One set of rules for every tier; the tiers differ only in where their specs live. */
const common = {
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    ...(await packageBundles()),
    '^#(domain|persistence|order-intake|queues|venues|config|observability)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^fast-check$': '<rootDir>/test/support/fast-check.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.tranche/'],
};

const tier = (displayName, testMatch, more = {}) => ({ displayName, testMatch, ...common, ...more });
const stores = {
  globalSetup: '<rootDir>/test/support/global-stores.ts',
  globalTeardown: '<rootDir>/test/support/global-stores-teardown.ts',
};

export default {
  /** Bounds a test that hangs. A slow machine must not meet it: tests wait for conditions, not for times. */
  testTimeout: 120_000,
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  projects: [
    tier('unit', ['<rootDir>/{apps,libs}/*/src/**/*.spec.ts', '<rootDir>/bench/**/*.spec.ts']),
    tier('architecture', ['<rootDir>/test/architecture/**/*.spec.ts']),
    tier('integration', ['<rootDir>/test/integration/**/*.spec.ts'], stores),
    tier('e2e', ['<rootDir>/test/e2e/**/*.spec.ts']),
    tier('chaos', ['<rootDir>/test/chaos/**/*.spec.ts']),
    tier('nightly', ['<rootDir>/test/nightly/**/*.spec.ts'], stores),
  ],
};
