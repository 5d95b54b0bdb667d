import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConfigError, type Secret } from '#config';
import { deriveIntakeKey, type IntakeKey } from '#venues';
import { decrypt, encrypt } from './aes-gcm.js';
import type { KeyWrapper, WrappedKey } from './key-wrapper.js';

/** A key that wraps data keys, and the name under which rows remember it. */
export interface MasterKey {
  /** 16 hex digits of a hash of the key. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

export interface MasterKeySource {
  readonly CREDENTIALS_MASTER_KEY?: Secret | undefined;
  readonly CREDENTIALS_OLD_MASTER_KEYS?: Secret | undefined;
  readonly CREDENTIALS_MASTER_KEY_FILE?: string | undefined;
}

const HEX_KEY = /^[0-9a-fA-F]{64}$/;

/**
 * The master key in use and those of before, which open what is not wrapped anew yet. From the environment, or from a
 * file that is read again while the gateway runs: a rotation needs no restart.
 */
export class MasterKeys implements KeyWrapper {
  private keys: readonly [MasterKey, ...MasterKey[]];

  private constructor(
    first: readonly [MasterKey, ...MasterKey[]],
    private readonly file: string | null,
  ) {
    this.keys = first;
  }

  /** @throws ConfigError when there is no key, or one that is not 64 hex digits; names the place, never the value */
  static async load(source: MasterKeySource): Promise<MasterKeys> {
    const { CREDENTIALS_MASTER_KEY_FILE: file } = source;
    if (file !== undefined) return new MasterKeys(await readKeyFile(file), file);
    if (source.CREDENTIALS_MASTER_KEY === undefined)
      throw new ConfigError([
        'CREDENTIALS_MASTER_KEY: is required, or CREDENTIALS_MASTER_KEY_FILE, or MASTER_KEY_KMS_URL',
      ]);
    const old = (source.CREDENTIALS_OLD_MASTER_KEYS?.reveal() ?? '').split(',').filter((text) => text.trim() !== '');
    return new MasterKeys(
      [
        masterKey(source.CREDENTIALS_MASTER_KEY.reveal(), 'CREDENTIALS_MASTER_KEY'),
        ...old.map((text, i) => masterKey(text, `CREDENTIALS_OLD_MASTER_KEYS, number ${i + 1}`)),
      ],
      null,
    );
  }

  /** For programs that were given one key. @param key 32 bytes */
  static of(key: Buffer, ...old: readonly Buffer[]): MasterKeys {
    return new MasterKeys([named(key), ...old.map(named)], null);
  }

  currentId(): Promise<string> {
    return Promise.resolve(this.keys[0].id);
  }

  knownIds(): Promise<string> {
    return Promise.resolve(this.keys.map((key) => key.id).join(' '));
  }

  wrap(dataKey: Buffer, context: Buffer): Promise<WrappedKey> {
    const { id, key } = this.keys[0];
    return Promise.resolve({ wrappedBy: id, wrappedKey: encrypt(key, dataKey, context) });
  }

  /** By the key that the row names; by whichever fits where it is from before there were names. */
  unwrap({ wrappedBy, wrappedKey }: WrappedKey, context: Buffer): Promise<Buffer | null> {
    for (const { id, key } of this.keys)
      if (wrappedBy === '' || wrappedBy === id)
        try {
          return Promise.resolve(decrypt(key, wrappedKey, context));
        } catch {
          // Another key may fit.
        }
    return Promise.resolve(null);
  }

  intakeKeys(): Promise<readonly IntakeKey[]> {
    return Promise.resolve(this.keys.map(({ key }) => deriveIntakeKey(key)));
  }

  /** Reads the file again. @throws ConfigError and keeps the keys it has */
  async refresh(): Promise<void> {
    if (this.file !== null) this.keys = await readKeyFile(this.file);
  }
}

/** One key a line, the one in use first; blank lines and lines that begin with # are for people. */
async function readKeyFile(file: string): Promise<[MasterKey, ...MasterKey[]]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new ConfigError([`CREDENTIALS_MASTER_KEY_FILE: must name a readable file, was ${file} (${why})`]);
  }
  const lines = text.split(/\r?\n/).map((line, i) => ({ line: line.trim(), number: i + 1 }));
  const [first, ...rest] = lines
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, number }) => masterKey(line, `CREDENTIALS_MASTER_KEY_FILE, line ${number}`));
  if (first === undefined) throw new ConfigError(['CREDENTIALS_MASTER_KEY_FILE: must hold a key, was empty']);
  return [first, ...rest];
}

function masterKey(text: string, where: string): MasterKey {
  if (!HEX_KEY.test(text.trim())) throw new ConfigError([`${where}: must be 64 hexadecimal digits`]);
  return named(Buffer.from(text.trim(), 'hex'));
}

function named(key: Buffer): MasterKey {
  return { key, id: createHash('sha256').update('tranche master key').update(key).digest('hex').slice(0, 16) };
}
