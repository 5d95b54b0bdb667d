/**
 * Who may import whom: the table of ARCHITECTURE.md, as rules. `test/architecture/import-rules.spec.ts` plants one
 * violation per rule, so a rule without a planted violation there fails the tests.
 */
const npm = (...names) => `(^|/)node_modules/(${names.join('|')})(/|$)`;

/** A library may import itself and these; everything else of ours is forbidden to it. */
const libraryImports = {
  domain: [],
  persistence: ['domain'],
  'order-intake': ['domain', 'persistence'],
  queues: ['domain'],
  venues: ['domain', 'observability'],
  config: [],
  observability: ['config'],
};

const libraryRules = Object.entries(libraryImports).map(([library, allowed]) => ({
  name: `${library}-imports`,
  comment: `libs/${library} may import of ours only: ${allowed.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^libs/${library}/` },
  to: { path: '^(libs|apps)/', pathNot: `^libs/(${[library, ...allowed].join('|')})/` },
}));

const forbidden = [
  ...libraryRules,
  {
    name: 'domain-is-pure',
    comment: 'the domain takes arithmetic and hashing from outside, nothing that talks to the world',
    severity: 'error',
    from: { path: '^libs/domain/', pathNot: '\\.spec\\.ts$' },
    to: { pathNot: ['^libs/', npm('decimal\\.js'), '^(node:)?crypto$'] },
  },
  {
    name: 'libraries-without-nest',
    comment: 'domain, order-intake and config work without a framework',
    severity: 'error',
    from: { path: '^libs/(domain|order-intake|config)/' },
    to: { path: npm('@nestjs') },
  },
  {
    name: 'nest-in-module-files-only',
    comment: 'persistence, queues and venues meet Nest in *.module.ts and nowhere else',
    severity: 'error',
    from: { path: '^libs/(persistence|queues|venues)/', pathNot: '\\.module\\.ts$' },
    to: { path: npm('@nestjs') },
  },
  {
    name: 'typeorm-in-persistence-only',
    comment: 'rows and queries live in libs/persistence',
    severity: 'error',
    from: { path: '^(apps|libs)/', pathNot: '^libs/persistence/' },
    to: { path: npm('typeorm', '@nestjs/typeorm') },
  },
  {
    name: 'pg-in-persistence-only',
    comment: 'SQL lives in libs/persistence; the launcher asks a server that it starts whether it is up',
    severity: 'error',
    from: { path: '^(apps|libs)/', pathNot: '^(libs/persistence|apps/launcher/src/stores)/' },
    to: { path: npm('pg') },
  },
  {
    name: 'bullmq-in-queues-only',
    comment: 'job contracts and workers live in libs/queues',
    severity: 'error',
    from: { path: '^(apps|libs)/', pathNot: '^libs/queues/' },
    to: { path: npm('bullmq', '@nestjs/bullmq') },
  },
  {
    name: 'ccxt-in-venues-only',
    comment: 'venue clients live in libs/venues',
    severity: 'error',
    from: { path: '^(apps|libs)/', pathNot: '^libs/venues/' },
    to: { path: npm('ccxt') },
  },
  {
    name: 'apps-never-import-apps',
    comment: 'apps talk through Postgres, queues and Redis',
    severity: 'error',
    from: { path: '^apps/(?!launcher/)([^/]+)/' },
    to: { path: '^apps/', pathNot: '^apps/$1/' },
  },
  {
    name: 'launcher-imports-services-only',
    comment: 'the launcher takes the service definition of an app, and sim-venue only as a process',
    severity: 'error',
    from: { path: '^apps/launcher/' },
    to: { path: '^apps/', pathNot: ['^apps/launcher/', '^apps/(?!sim-venue/)[^/]+/src/service\\.ts$'] },
  },
  {
    name: 'sim-venue-without-venues',
    comment: 'the simulated exchange shares no code with the adapters that it tests',
    severity: 'error',
    from: { path: '^apps/sim-venue/' },
    to: { path: ['^libs/venues/', '^libs/domain/src/rate-limit/'] },
  },
  {
    name: 'dashboard-in-a-browser',
    comment: 'the dashboard runs in a browser: nothing of Node, of our libraries, or of other apps; few packages',
    severity: 'error',
    from: { path: '^apps/ops-dashboard/src/', pathNot: '\\.spec\\.ts$' },
    to: {
      pathNot: [
        '^apps/ops-dashboard/src/',
        npm('react', 'react-dom', 'uplot', 'decimal\\.js', '@types/react', '@types/react-dom'),
      ],
    },
  },
  {
    name: 'library-through-its-index',
    comment: 'a library is what its index.ts exports',
    severity: 'error',
    from: { path: '^(apps|libs)/([^/]+)/' },
    to: { path: '^libs/', pathNot: ['^$1/$2/', '^libs/[^/]+/src/index\\.ts$'] },
  },
  {
    name: 'library-by-its-name',
    comment: 'another library is imported as #name, never by a relative path',
    severity: 'error',
    from: { path: '^(apps|libs)/([^/]+)/' },
    to: { path: '^libs/', pathNot: '^$1/$2/', dependencyTypesNot: ['aliased'] },
  },
  {
    name: 'no-self-by-name',
    comment: 'inside a library imports are relative: importing oneself by name makes a cycle',
    severity: 'error',
    from: { path: '^libs/([^/]+)/', pathNot: '\\.spec\\.ts$' },
    to: { path: '^libs/$1/src/index\\.ts$', dependencyTypes: ['aliased'] },
  },
  {
    name: 'no-cycles',
    comment: 'a cycle means that two files are one, or that a third is missing',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'production-without-dev-dependencies',
    comment:
      'what runs in production stands in "dependencies"; the dashboard is built, so nothing of it is needed then',
    severity: 'error',
    from: { path: '^(apps|libs)/', pathNot: ['\\.spec\\.ts$', '^apps/ops-dashboard/'] },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'production-without-tests',
    comment: 'what runs in production imports no test and no test support',
    severity: 'error',
    from: { path: '^(apps|libs)/', pathNot: '\\.spec\\.ts$' },
    to: { path: ['^test/', '\\.spec\\.ts$'] },
  },
  {
    name: 'resolvable',
    comment: 'an import that leads nowhere hides from every other rule',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];

module.exports = {
  forbidden,
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    webpackConfig: { fileName: 'test/architecture/source-aliases.cjs' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
