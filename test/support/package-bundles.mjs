import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, 'node_modules/.cache/tranche');
/** Those of many files, and what shares state with them. Their own bundle is what the built programs hold, too. */
const PACKAGES = [
  '@fastify/static',
  '@nestjs/common',
  '@nestjs/common/constants.js',
  '@nestjs/core',
  '@nestjs/microservices',
  '@nestjs/platform-fastify',
  'bullmq',
  'fastify',
  'ioredis',
  'pg',
  'rxjs',
  'typeorm',
  'zod',
];

/**
 * Jest loads every file of every package anew for each spec: 1,500 files, and two seconds, for one that starts a
 * service. This makes a few large files of them, once for each lock file.
 * @returns where Jest finds them, for `moduleNameMapper`
 */
export async function packageBundles() {
  const key = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  const folder = join(
    CACHE,
    `packages-${key
      .update(readFileSync(import.meta.filename))
      .digest('hex')
      .slice(0, 16)}`,
  );
  if (!existsSync(folder)) await write(folder);
  return { [`^(${PACKAGES.join('|').replaceAll('.', '\\.')})$`]: join(folder, '$1.mjs') };
}

/** Complete or not there: several runs may want it at once. */
async function write(folder) {
  mkdirSync(CACHE, { recursive: true });
  const dir = mkdtempSync(`${folder}-`);
  const texts = new Map();
  for (const name of PACKAGES) texts.set(`entry of ${name}`, await entryOf(name));
  const bundle = await rolldown({
    cwd: ROOT,
    input: Object.fromEntries(PACKAGES.map((name) => [name, `entry of ${name}`])),
    platform: 'node',
    logLevel: 'silent',
    external: isLeftOut,
    plugins: [
      {
        name: 'entries',
        resolveId(id, importer) {
          if (texts.has(id)) return id;
          return texts.has(importer) ? this.resolve(id, join(ROOT, 'package.json')) : null;
        },
        load: (id) => texts.get(id),
      },
    ],
  });
  await bundle.write({
    dir,
    format: 'esm',
    keepNames: true,
    entryFileNames: '[name].mjs',
    chunkFileNames: '[hash].mjs',
  });
  try {
    renameSync(dir, folder);
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** Names what the package exports: of CommonJS a bundle would export the whole only. */
async function entryOf(name) {
  const module = await import(name);
  const names = Object.keys(module).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== 'default');
  return [
    `import * as all from '${name}';`,
    ...names.map((key, index) => `const v${index} = all.${key}; export { v${index} as ${key} };`),
    ...('default' in module ? ['export default all.default;'] : []),
  ].join('\n');
}

const { resolve } = createRequire(join(ROOT, 'package.json'));

/** Packages that are not installed, which others ask for only where they are; and one that must run before all else. */
function isLeftOut(id, importer, isResolved) {
  if (id === 'reflect-metadata') return true;
  if (isResolved || /^(entry of |[./])/.test(id)) return false;
  try {
    resolve(id, importer?.startsWith('/') ? { paths: [importer] } : undefined);
    return false;
  } catch {
    return true;
  }
}
