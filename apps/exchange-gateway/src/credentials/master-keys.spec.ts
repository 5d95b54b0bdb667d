import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigError, Secret } from '#config';
import { MasterKeys } from './master-keys.js';

const hex = (): string => randomBytes(32).toString('hex');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tranche-keys-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('MasterKeys', () => {
  it('takes the key in use and those of before from the environment', async () => {
    const [now, before, first] = [hex(), hex(), hex()];
    const keys = await MasterKeys.load({
      CREDENTIALS_MASTER_KEY: new Secret(now),
      CREDENTIALS_OLD_MASTER_KEYS: new Secret(`${before}, ${first}`),
    });
    expect(keys.all.map(({ key }) => key.toString('hex'))).toEqual([now, before, first]);
    expect(new Set(keys.all.map(({ id }) => id)).size).toBe(3);
    expect(keys.candidates(keys.all[1]!.id)).toEqual([keys.all[1]]);
    expect(keys.candidates('')).toEqual(keys.all);
  });

  it('reads a file again, and keeps what it has when that fails', async () => {
    const file = join(folder, 'keys');
    const [before, now] = [hex(), hex()];
    await writeFile(file, `# in use since spring\n${before}\n`);
    const keys = await MasterKeys.load({ CREDENTIALS_MASTER_KEY_FILE: file });
    expect(await keys.refresh()).toBe(false);
    await writeFile(file, `${now}\n\n${before}\n`);
    expect(await keys.refresh()).toBe(true);
    expect(keys.all.map(({ key }) => key.toString('hex'))).toEqual([now, before]);
    await writeFile(file, 'nonsense\n');
    await expect(keys.refresh()).rejects.toThrow('line 1: must be 64 hexadecimal digits');
    expect(keys.current.key.toString('hex')).toBe(now);
  });

  it.each<[string, Parameters<typeof MasterKeys.load>[0], string]>([
    ['no key', {}, 'CREDENTIALS_MASTER_KEY: is required, or CREDENTIALS_MASTER_KEY_FILE'],
    ['a short key', { CREDENTIALS_MASTER_KEY: new Secret('abc123') }, 'must be 64 hexadecimal digits'],
    [
      'a bad old key',
      { CREDENTIALS_MASTER_KEY: new Secret(hex()), CREDENTIALS_OLD_MASTER_KEYS: new Secret('xyz987') },
      'CREDENTIALS_OLD_MASTER_KEYS, number 1',
    ],
    ['no such file', { CREDENTIALS_MASTER_KEY_FILE: '/nowhere/keys' }, '/nowhere/keys (ENOENT)'],
  ])('refuses %s by name and never by value', async (_, source, text) => {
    const error = await MasterKeys.load(source).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain(text);
    expect(String(error)).not.toMatch(/abc123|xyz987/);
  });
});
