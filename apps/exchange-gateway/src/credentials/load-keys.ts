import { ConfigError } from '#config';
import type { KeyWrapper } from './key-wrapper.js';
import { KmsKeys } from './kms-keys.js';
import { MasterKeys, type MasterKeySource } from './master-keys.js';
import { TransitClient } from './transit-client.js';

export interface KeySource extends MasterKeySource {
  readonly MASTER_KEY_KMS_URL?: string | undefined;
  readonly MASTER_KEY_KMS_KEY: string;
  readonly MASTER_KEY_KMS_TOKEN_FILE?: string | undefined;
  readonly MASTER_KEY_KMS_TIMEOUT_MS: number;
}

/**
 * What wraps the data keys here: the key service where one is named, else a key from the file or the environment. The
 * service need not answer yet: a gateway starts without it, and opens venue keys once it does.
 * @throws ConfigError when neither is configured whole
 */
export async function loadKeys(source: KeySource): Promise<KeyWrapper> {
  const { MASTER_KEY_KMS_URL: url, MASTER_KEY_KMS_TOKEN_FILE: tokenFile } = source;
  if (url === undefined) return MasterKeys.load(source);
  if (tokenFile === undefined)
    throw new ConfigError(['MASTER_KEY_KMS_TOKEN_FILE: is required with MASTER_KEY_KMS_URL']);
  const hasOwn = source.CREDENTIALS_MASTER_KEY !== undefined || source.CREDENTIALS_MASTER_KEY_FILE !== undefined;
  const transit = new TransitClient({ url, tokenFile, timeoutMs: source.MASTER_KEY_KMS_TIMEOUT_MS });
  return new KmsKeys(transit, source.MASTER_KEY_KMS_KEY, hasOwn ? await MasterKeys.load(source) : null);
}
