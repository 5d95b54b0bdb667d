import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** A small tree of these texts, with some of our own files copied into it and our packages at hand. */
export async function plantTree(copied: readonly string[], texts: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'tranche-planted-'));
  for (const name of copied) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await cp(name, join(root, name));
  }
  await symlink(resolve('node_modules'), join(root, 'node_modules'));
  for (const [name, text] of Object.entries(texts)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}

export async function removeTree(root: string): Promise<void> {
  await rm(root, { recursive: true, force: true });
}
