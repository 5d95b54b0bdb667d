import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const focusedTests = ['it', 'test', 'describe'].flatMap((object) =>
  ['only', 'skip', 'todo', 'failing'].map((property) => ({
    object,
    property,
    message: 'every test runs, in every run',
  })),
);

const environment = {
  object: 'process',
  property: 'env',
  message: 'read configuration through loadConfig of #config',
};

const environmentImport = {
  paths: ['process', 'node:process'].map((name) => ({
    name,
    importNames: ['env'],
    message: 'read configuration through loadConfig of #config',
  })),
};

/** The domain decides on what it is given: no clock, no randomness, no floats made from money. */
const impure = [
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'time comes in as a parameter' },
  { selector: "NewExpression[callee.name='Date']", message: 'time comes in as a parameter, as EpochMs' },
  { selector: "CallExpression[callee.name='Date']", message: 'time comes in as a parameter, as EpochMs' },
  { selector: "MemberExpression[object.name='performance']", message: 'time comes in as a parameter' },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'randomness comes in' },
  { selector: "MemberExpression[object.name='crypto'][property.name=/^random/]", message: 'randomness comes in' },
  {
    selector: "CallExpression[callee.name='parseFloat']",
    message: 'money is parsed by quantity(), price(), notional()',
  },
  { selector: "MemberExpression[property.name='parseFloat']", message: 'money is parsed by quantity(), price()' },
  { selector: 'TSAnyKeyword', message: 'the domain knows its types' },
];

/** What a decision is made of must replay alike on another machine, and the host rounds these as it likes. */
const hostMathematics = {
  selector:
    "MemberExpression[object.name='Math'][property.name=/^(a?(sin|cos|tan)h?|atan2|cbrt|exp|expm1|hypot|log|log10|log1p|log2|pow|sqrt)$/]",
  message: 'take the function of numeric/elementary.ts: the host may round it otherwise elsewhere',
};

/** Digits of money are lost in a double; `toPixels` alone makes numbers of it, for drawing. */
const floatsFromMoney = [
  { selector: "CallExpression[callee.name='parseFloat']", message: 'money is read by readDecimal()' },
  { selector: "MemberExpression[property.name='parseFloat']", message: 'money is read by readDecimal()' },
  { selector: "CallExpression[callee.property.name='toNumber']", message: 'money becomes a number in toPixels() only' },
];

/** What the policy of the page forbids would fail in the browser only. */
const againstPagePolicy = [
  { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'texts of others are never markup' },
  { selector: "AssignmentExpression[left.property.name='innerHTML']", message: 'texts of others are never markup' },
];

/** A transaction holds rows and a connection: nothing inside it may wait for a network (reliability.md D-07). */
const insideTransaction = ['inTenant', 'inSystem', 'withTokenHash'].flatMap((method) =>
  [
    "CallExpression[callee.object.property.name='session']",
    "CallExpression[callee.object.name='session']",
    "CallExpression[callee.property.name='publish']",
    "CallExpression[callee.name='fetch']",
  ].map((call) => ({
    selector: `CallExpression[callee.property.name='${method}'] > :function ${call}`,
    message: 'no network call inside a transaction: read, leave it, call, and write in the next',
  })),
);

export default tseslint.config(
  {
    ignores: ['dist/', 'node_modules/', '.tranche/', 'coverage/', 'k8s/rendered/', 'test/architecture/planted/'],
  },
  eslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Nest types its options as classes and takes literals.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      eqeqeq: 'error',
      'max-lines': ['error', 500],
      'no-console': 'error',
      'no-restricted-properties': ['error', ...focusedTests, environment],
      'no-restricted-imports': ['error', environmentImport],
      'no-restricted-globals': ['error', 'fit', 'xit', 'fdescribe', 'xdescribe', 'xtest'],
    },
  },
  {
    files: ['apps/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...insideTransaction] },
  },
  {
    // Runs in a browser: types of its own, and money is text there, too.
    files: ['apps/ops-dashboard/src/**/*.ts', 'apps/ops-dashboard/src/**/*.tsx'],
    languageOptions: { parserOptions: { project: './apps/ops-dashboard/tsconfig.json' } },
    rules: {
      'no-restricted-syntax': ['error', ...floatsFromMoney, ...againstPagePolicy],
    },
  },
  {
    files: ['libs/domain/src/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...impure] },
  },
  {
    files: ['execution', 'numeric', 'trajectory'].map((folder) => `libs/domain/src/${folder}/**/*.ts`),
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', ...impure, hostMathematics] },
  },
  {
    // The stores need PATH and the like of the machine, which is not configuration.
    files: [
      'libs/config/src/**/*.ts',
      'apps/*/src/main.ts',
      'apps/sim-venue/src/alone.ts',
      'apps/launcher/src/stores/*.ts',
      'test/**/*.ts',
      'bench/**/*.ts',
    ],
    rules: { 'no-restricted-properties': ['error', ...focusedTests], 'no-restricted-imports': 'off' },
  },
  {
    files: ['apps/launcher/src/**/*.ts', 'apps/sim-venue/src/main.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/prefer-reduce-type-parameter': 'off',
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        performance: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        module: 'writable',
        require: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
  prettier,
);
