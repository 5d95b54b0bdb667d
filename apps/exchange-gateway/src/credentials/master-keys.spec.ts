import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigError, Secret } from '#config';
import { MasterKeys } from './master-keys.js';

const hex = (): string => randomBytes(32).toString('hex');
const dataKey = randomBytes(32);
const context = Buffer.from('t1|a1|1');
const of = (...keys: [string, ...string[]]): MasterKeys => {
  const [first, ...rest] = keys.map((key) => Buffer.from(key, 'hex'));
  return MasterKeys.of(first!, ...rest);
};
const idsOf = (...keys: [string, ...string[]]): Promise<string> => of(...keys).knownIds();
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
    expect(await keys.knownIds()).toBe(await idsOf(now, before, first));
    expect(new Set((await keys.knownIds()).split(' ')).size).toBe(3);
    expect((await keys.wrap(dataKey, context)).wrappedBy).toBe(await idsOf(now));
    const old = await of(before).wrap(dataKey, context);
    expect(await keys.unwrap(old, context)).toEqual(dataKey);
    expect(await keys.unwrap({ ...old, wrappedBy: '' }, context)).toEqual(dataKey);
    expect(await keys.unwrap({ ...old, wrappedBy: await idsOf(now) }, context)).toBeNull();
    expect(await keys.unwrap(old, Buffer.from('another context'))).toBeNull();
    expect(await keys.intakeKeys()).toHaveLength(3);
  });

  it('reads a file again, and keeps what it has when that fails', async () => {
    const file = join(folder, 'keys');
    const [before, now] = [hex(), hex()];
    await writeFile(file, `# in use since spring\n${before}\n`);
    const keys = await MasterKeys.load({ CREDENTIALS_MASTER_KEY_FILE: file });
    await keys.refresh();
    expect(await keys.knownIds()).toBe(await idsOf(before));
    await writeFile(file, `${now}\n\n${before}\n`);
    await keys.refresh();
    expect(await keys.knownIds()).toBe(await idsOf(now, before));
    await writeFile(file, 'nonsense\n');
    await expect(keys.refresh()).rejects.toThrow('line 1: must be 64 hexadecimal digits');
    expect(await keys.currentId()).toBe(await idsOf(now));
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
