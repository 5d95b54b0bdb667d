import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { ConfigError, Secret } from '#config';
import { AppError, type StrategyId, type TenantId } from '#domain';
import type { SealedSecret } from '#persistence';

/** What it was closed with is not here, or it is another strategy's: bodies cannot be verified and must be refused. */
export class SigningSecretError extends AppError<'SIGNING_SECRET_UNREADABLE'> {
  readonly code = 'SIGNING_SECRET_UNREADABLE';
}

/** Whose it is; a box opens for the same strategy alone. */
export interface SignedStrategy {
  readonly tenantId: TenantId;
  readonly strategyId: StrategyId;
}

interface SigningKey {
  readonly id: string;
  readonly key: Buffer;
}

const HEX_KEY = /^[0-9a-fA-F]{64}$/;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Closes the secrets that bodies of webhooks are signed with, which must be readable again, with a key of this service's
 * own: AES-256-GCM, bound to tenant and strategy.
 */
export class SigningSecrets {
  private constructor(private readonly keys: readonly SigningKey[]) {}

  /**
   * @param keys 64 hexadecimal digits each, with commas between; the first closes, all of them open
   * @throws ConfigError that names the place and never the value
   */
  static of(keys: Secret | undefined): SigningSecrets {
    const texts = (keys?.reveal() ?? '').split(',').filter((text) => text.trim() !== '');
    const wrong = texts.findIndex((text) => !HEX_KEY.test(text.trim()));
    if (wrong >= 0) throw new ConfigError([`SIGNAL_SECRETS_KEY: key ${wrong + 1} must be 64 hexadecimal digits`]);
    return new SigningSecrets(texts.map((text) => named(Buffer.from(text.trim(), 'hex'))));
  }

  /** False where no key was given: then no strategy can be signed. */
  get canKeep(): boolean {
    return this.keys.length > 0;
  }

  /** @throws SigningSecretError without a key */
  close(of: SignedStrategy, secret: Secret): SealedSecret {
    const [first] = this.keys;
    if (first === undefined) throw new SigningSecretError('SIGNAL_SECRETS_KEY must be set to keep a signing secret');
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', first.key, nonce).setAAD(contextOf(of));
    const body = Buffer.concat([cipher.update(secret.reveal(), 'utf8'), cipher.final()]);
    return { sealedBy: first.id, sealed: Buffer.concat([nonce, cipher.getAuthTag(), body]) };
  }

  /** @throws SigningSecretError when it was closed with another key or for another strategy, or is damaged */
  open(of: SignedStrategy, { sealedBy, sealed }: SealedSecret): Secret {
    const known = this.keys.find(({ id }) => id === sealedBy);
    if (known === undefined)
      throw new SigningSecretError(`SIGNAL_SECRETS_KEY must hold the key ${sealedBy}`, { strategyId: of.strategyId });
    try {
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', known.key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(contextOf(of)).setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const body = [decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()];
      return new Secret(Buffer.concat(body).toString('utf8'));
    } catch (cause) {
      const text = 'The signing secret does not open for this strategy';
      throw new SigningSecretError(text, { strategyId: of.strategyId }, { cause });
    }
  }
}

const contextOf = ({ tenantId, strategyId }: SignedStrategy): Buffer =>
  Buffer.from(`signing secret\0${tenantId}\0${strategyId}`);

function named(key: Buffer): SigningKey {
  return { key, id: createHash('sha256').update('tranche signing key').update(key).digest('hex').slice(0, 16) };
}
