import { deriveIntakeKey, type IntakeKey } from '#venues';
import { KeyServiceError, type KeyWrapper, type WrappedKey } from './key-wrapper.js';
import type { MasterKeys } from './master-keys.js';
import { versionOf, type TransitClient } from './transit-client.js';

const PREFIX = 'kms:';
const PROBE_CONTEXT = Buffer.from('tranche probe');
const INTAKE_INPUT = Buffer.from('tranche credential intake');

/**
 * Data keys wrapped by a key that never leaves its service. Rows name it `kms:<key>:v<version>`; a version that the
 * service has since rotated opens its rows on, and the next rotation here wraps them anew. Keys of a file open what was
 * wrapped before there was a service.
 */
export class KmsKeys implements KeyWrapper {
  private version: number | null = null;
  private intake: { readonly version: number; readonly keys: readonly IntakeKey[] } | null = null;

  constructor(
    private readonly transit: Pick<TransitClient, 'encrypt' | 'decrypt' | 'hmac'>,
    private readonly keyName: string,
    private readonly before: MasterKeys | null,
  ) {}

  async currentId(): Promise<string> {
    this.version ??= await this.askVersion();
    return this.nameOf(this.version);
  }

  async knownIds(): Promise<string> {
    return `${await this.currentId()} ${(await this.before?.knownIds()) ?? ''}`;
  }

  async wrap(dataKey: Buffer, context: Buffer): Promise<WrappedKey> {
    const ciphertext = await this.transit.encrypt(this.keyName, dataKey, context);
    return { wrappedBy: this.nameOf(versionOf(ciphertext, this.keyName)), wrappedKey: Buffer.from(ciphertext) };
  }

  async unwrap(wrapped: WrappedKey, context: Buffer): Promise<Buffer | null> {
    const { wrappedBy, wrappedKey } = wrapped;
    if (!wrappedBy.startsWith(PREFIX)) return (await this.before?.unwrap(wrapped, context)) ?? null;
    const name = wrappedBy.slice(PREFIX.length, wrappedBy.lastIndexOf(':'));
    // Without the key in use the service is another one, or not set up; a key of before may have been deleted there.
    return this.transit.decrypt(name, wrappedKey.toString('utf8'), context, name !== this.keyName);
  }

  /** Of the version in use and the one before, which boxes that are on their way may be closed for. */
  async intakeKeys(): Promise<readonly IntakeKey[]> {
    const version = (this.version ??= await this.askVersion());
    if (this.intake?.version === version) return this.intake.keys;
    const macs: Buffer[] = [];
    for (const one of [version, version - 1].filter((n) => n > 0)) {
      const mac = await this.transit.hmac(this.keyName, INTAKE_INPUT, one);
      if (mac === null && one === version) throw new KeyServiceError('The key service must derive with the key in use');
      if (mac !== null) macs.push(mac);
    }
    const keys = [...macs.map(deriveIntakeKey), ...((await this.before?.intakeKeys()) ?? [])];
    this.intake = { version, keys };
    return keys;
  }

  async refresh(): Promise<void> {
    await this.before?.refresh();
    this.version = await this.askVersion();
  }

  /** The version that encrypts now; asked with what may be asked by whoever may encrypt. */
  private async askVersion(): Promise<number> {
    return versionOf(await this.transit.encrypt(this.keyName, PROBE_CONTEXT, PROBE_CONTEXT), this.keyName);
  }

  private nameOf(version: number): string {
    return `${PREFIX}${this.keyName}:v${version}`;
  }
}
