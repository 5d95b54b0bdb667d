/** `npm test`: set-up, then every check, as a table; ends with `N passed, N failed` and an exit code that agrees. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { ROOT, fail, setUp } from './setup.mjs';

const CACHE = join(ROOT, 'node_modules/.cache/tranche');
const REPORTS = join(CACHE, `reports-${process.pid}`);
const workers = Math.max(2, Math.min(8, cpus().length));

const bin = (path, ...args) => ({ args: [join('node_modules', path), ...args] });
const jest = (name, maxWorkers, ...projects) => ({
  report: join(REPORTS, `${name}.json`),
  args: [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    ...['--selectProjects', ...projects],
    ...['--maxWorkers', String(maxWorkers), '--json', '--outputFile', join(REPORTS, `${name}.json`), '--silent=false'],
  ],
});

const formatCache = ['--cache', '--cache-location', join(CACHE, 'prettier')];
const STEPS = {
  format: bin('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', ...formatCache, '.'),
  lint: bin('oxlint/bin/oxlint'),
  types: bin('@typescript/native/bin/tsc', '-p', 'tsconfig.json', '--noEmit'),
  'web-types': bin('@typescript/native/bin/tsc', '-p', 'apps/ops-dashboard', '--noEmit'),
  architecture: jest('architecture', 1, 'architecture'),
  unit: jest('unit', Math.max(1, workers - 1), 'unit'),
  integration: jest('integration', workers, 'integration'),
  e2e: jest('e2e', 2, 'e2e'),
  chaos: jest('chaos', 2, 'chaos'),
  nightly: jest('nightly', 2, 'nightly'),
};
/** Side by side within a stage, where neither minds the other; one stage after another. */
const STAGES = [[['lint', 'format', 'types', 'web-types', 'architecture'], ['unit']], [['integration']], [['e2e']]];

const HELP = `npm test [-- options]

Runs every check on private stores; several runs at once do not meet.

  --only a,b   only these steps: ${Object.keys(STEPS).join(', ')}
               (chaos, the slow kill tests, and nightly, the long runs of the simulated exchange, only when named;
               .ci/run names them)
  --help       this text
`;

function chosenStages(argv) {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  if (argv.length === 0) return STAGES;
  const [flag, list, ...more] = argv.flatMap((word) => (word.startsWith('--only=') ? word.split('=') : [word]));
  if (more.length > 0) fail(`unknown argument ${more.join(' ')}, see npm test -- --help`);
  const names = (list ?? '').split(',').filter(Boolean);
  if (flag !== '--only' || names.length === 0) fail(`unknown option ${argv.join(' ')}, see npm test -- --help`);
  const unknown = names.filter((name) => !Object.hasOwn(STEPS, name));
  if (unknown.length > 0) fail(`unknown step ${unknown.join(', ')}, must be one of ${Object.keys(STEPS).join(', ')}`);
  return names.map((name) => [[name]]);
}

const children = new Set();

function run(args) {
  return new Promise((resolve) => {
    const env = { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' };
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env });
    children.add(child);
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('close', (code) => {
      children.delete(child);
      resolve({ code: code ?? 1, output: Buffer.concat(output).toString() });
    });
  });
}

/** The counts of Jest's own report; a suite that could not run counts as one failure. */
function countsOf(step, code) {
  if (step.report === undefined) return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  try {
    const report = JSON.parse(readFileSync(step.report, 'utf8'));
    const passed = report.numPassedTests;
    const skipped = report.numPendingTests + report.numTodoTests;
    const failed = report.numFailedTests + report.numRuntimeErrorTestSuites + skipped;
    return { passed, failed: failed === 0 && (code !== 0 || passed === 0) ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

async function runStep(name) {
  const step = STEPS[name];
  const startedAt = performance.now();
  const { code, output } = await run(step.args);
  const counts = countsOf(step, code);
  const seconds = (performance.now() - startedAt) / 1_000;
  const verdict = counts.failed === 0 ? 'ok    ' : 'FAILED';
  if (counts.failed > 0) process.stdout.write(`\n--- ${name} ---\n${output}\n`);
  process.stdout.write(
    `${verdict} ${name.padEnd(12)} ${String(counts.passed).padStart(6)} passed ${String(counts.failed).padStart(4)} failed ${seconds.toFixed(1).padStart(7)} s\n`,
  );
  return counts;
}

const stages = chosenStages(process.argv.slice(2));
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    for (const child of children) child.kill(signal);
    process.exitCode = 1;
  });
}
const startedAt = performance.now();
await setUp();
mkdirSync(REPORTS, { recursive: true });
const total = { passed: 0, failed: 0 };
for (const lanes of stages) {
  await Promise.all(
    lanes.map(async (lane) => {
      for (const name of lane) {
        const { passed, failed } = await runStep(name);
        total.passed += passed;
        total.failed += failed;
      }
    }),
  );
}
rmSync(REPORTS, { recursive: true, force: true });
process.stdout.write(`\n${((performance.now() - startedAt) / 1_000).toFixed(1)} s in all\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
