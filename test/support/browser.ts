import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';

const run = promisify(execFile);
const PACKAGE = 'node_modules/@sparticuz/chromium';
const CACHE = 'node_modules/.cache/tranche';

interface Program {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A headless Chromium: the one in the PATH, else the one that a development dependency carries. */
export async function launchBrowser(): Promise<Browser> {
  const { path, env } = inPath('chromium') ?? (await fromPackage());
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: path,
    env: { ...process.env, ...env },
    args: ['--disable-dev-shm-usage', ...(isRoot ? ['--no-sandbox'] : [])],
  });
}

function inPath(name: string): Program | null {
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(existsSync);
  return path === undefined ? null : { path, env: {} };
}

/** Unpacked once per version, into a folder that takes its name when it is whole. */
async function fromPackage(): Promise<Program> {
  const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
  const folder = resolve(CACHE, `chromium-${version}`);
  if (!existsSync(folder)) await unpack(folder);
  const path = join(folder, 'chromium');
  const fonts = { FONTCONFIG_FILE: join(folder, 'fonts.conf') };
  // Where the system has no NSS libraries, those of the package must do.
  const starts = await run(path, ['--version']).then(
    () => true,
    () => false,
  );
  return { path, env: starts ? fonts : { ...fonts, LD_LIBRARY_PATH: join(folder, 'al2023/lib') } };
}

/** The package unpacks into the folder for temporary files of its process, so it gets a process with one of its own. */
async function unpack(folder: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const fresh = await mkdtemp(resolve(CACHE, 'chromium-new-'));
  const code = `import { inflate } from '@sparticuz/chromium';
    for (const name of ['chromium.br', 'al2023.tar.br', 'fonts.tar.br']) await inflate(process.argv[1] + '/' + name);`;
  await run(process.execPath, ['--input-type=module', '-e', code, resolve(PACKAGE, 'bin')], {
    env: { ...process.env, TMPDIR: fresh },
  });
  await writeFile(join(fresh, 'fonts.conf'), fontsOf(folder));
  // Another run may have been quicker; its copy is as good.
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }));
}

/** Fonts of the system, and of the package where there are none: without any the browser ends. */
function fontsOf(folder: string): string {
  const directories = ['/usr/share/fonts', '/usr/local/share/fonts', join(folder, 'fonts')];
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
${directories.map((directory) => `  <dir>${directory}</dir>`).join('\n')}
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`;
}
