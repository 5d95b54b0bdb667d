import type { StrategyId, TenantId, UserId } from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { affected, row, rows, theRow } from '../sql.js';

/** Of a signaler, of a webhook's address, or of all Mizar strategies of a user. */
export type SignalSecretKind = 'signaler' | 'webhook' | 'mizar_key';

/** Whose signals a secret lets in: the only source of tenant, user and strategy. */
export interface SecretOwner {
  readonly secretId: string;
  readonly tenantId: TenantId;
  readonly userId: UserId;
  readonly kind: SignalSecretKind;
  /** Null for a Mizar key. */
  readonly strategyId: StrategyId | null;
  /** Addresses and CIDR blocks that it may come from; empty: from anywhere. */
  readonly allowedIps: readonly string[];
}

export interface NewSignalSecret {
  readonly id: string;
  /** SHA-256 of the secret, 64 hex digits. */
  readonly hashHex: string;
  readonly kind: SignalSecretKind;
  readonly strategyId: StrategyId | null;
  readonly label: string;
  /** Its last characters. */
  readonly hint: string;
  readonly allowedIps: readonly string[];
}

/** What may be known of a secret. */
export interface SignalSecret extends Pick<NewSignalSecret, 'id' | 'label' | 'hint' | 'allowedIps'> {
  readonly createdAt: Date;
  /** Of one that was rotated and has not run out yet. */
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

interface Columns {
  id: string;
  label: string;
  hint: string;
  allowed_ips: string[];
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
}

const COLUMNS = 'id, label, hint, allowed_ips, created_at, expires_at, last_used_at';
/** Neither revoked nor run out, by the database's clock. */
const IS_LIVE = 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())';
/** `last_used_at` is for people: no secret writes it more often. */
const USE_NOTED_EVERY = `interval '1 minute'`;

/**
 * Whose secret it is, null for one that is unknown, revoked or has run out. For use inside `Database.withTokenHash` of the
 * same hash, which is how a secret is looked up in constant time: by an index of hashes, never by a comparison of texts.
 */
export async function ownerOfSecret(tx: Tx, hashHex: string): Promise<SecretOwner | null> {
  const found = await row<{
    id: string;
    tenant_id: string;
    user_id: string;
    kind: SignalSecretKind;
    strategy_id: string | null;
    allowed_ips: string[];
  }>(
    tx,
    `SELECT id, tenant_id, user_id, kind, strategy_id, allowed_ips FROM signal_secrets
     WHERE secret_hash = decode($1, 'hex') AND ${IS_LIVE}`,
    [hashHex],
  );
  if (found === null) return null;
  return {
    secretId: found.id,
    tenantId: found.tenant_id as TenantId,
    userId: found.user_id as UserId,
    kind: found.kind,
    strategyId: found.strategy_id as StrategyId | null,
    allowedIps: found.allowed_ips,
  };
}

/** Secrets of a tenant's strategies and users, of which only the SHA-256 is stored (signal-apis.md 0, rule 4). */
export class SignalSecretRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  async add(secret: NewSignalSecret, userId: UserId): Promise<SignalSecret> {
    const { id, kind, strategyId, label } = secret;
    const added = await theRow<Columns>(
      this.tx,
      `INSERT INTO signal_secrets (id, secret_hash, tenant_id, user_id, kind, strategy_id, label, hint, allowed_ips)
       VALUES ($1, decode($2, 'hex'), $3, $4, $5, $6, $7, $8, $9) RETURNING ${COLUMNS}`,
      [id, secret.hashHex, this.tenantId, userId, kind, strategyId, label, secret.hint, secret.allowedIps],
    );
    await this.log([id], 'secret_added', { kind, strategy_id: strategyId, label, by: userId });
    return toSecret(added);
  }

  /** Those of strategies that are accepted at the moment, newest first. */
  async liveOf(strategyIds: readonly StrategyId[]): Promise<ReadonlyMap<StrategyId, readonly SignalSecret[]>> {
    const found = await rows<Columns & { strategy_id: StrategyId }>(
      this.tx,
      `SELECT ${COLUMNS}, strategy_id FROM signal_secrets
       WHERE strategy_id = ANY($1::uuid[]) AND ${IS_LIVE} ORDER BY created_at DESC, id DESC`,
      [strategyIds],
    );
    return new Map(
      strategyIds.map((id) => [id, found.filter(({ strategy_id: of }) => of === id).map((r) => toSecret(r))]),
    );
  }

  /** Live Mizar keys of a user in the order in which they were made. */
  async mizarKeys(
    userId: UserId,
    { after, limit }: { readonly after: string | null; readonly limit: number },
  ): Promise<SignalSecret[]> {
    const found = await rows<Columns>(
      this.tx,
      `SELECT ${COLUMNS} FROM signal_secrets
       WHERE user_id = $1 AND kind = 'mizar_key' AND ${IS_LIVE} AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
      [userId, after, limit],
    );
    return found.map(toSecret);
  }

  /**
   * Lets all live secrets of a strategy run out after so many seconds, 0 at once; one that runs out sooner already is not
   * given more time. @returns the last of those times, null when there was none
   */
  async retire(strategyId: StrategyId, graceS: number, by: UserId): Promise<Date | null> {
    const retired = await rows<{ id: string; expires_at: Date }>(
      this.tx,
      `UPDATE signal_secrets SET expires_at = LEAST(expires_at, clock_timestamp() + make_interval(secs => $2))
       WHERE strategy_id = $1 AND ${IS_LIVE} RETURNING id, expires_at`,
      [strategyId, graceS],
    );
    await this.log(
      retired.map(({ id }) => id),
      'secret_retired',
      { grace_s: graceS, by },
    );
    const times = retired.map(({ expires_at: at }) => at.getTime());
    return times.length === 0 ? null : new Date(Math.max(...times));
  }

  /** Ends every secret of a strategy. */
  async revokeOf(strategyId: StrategyId, by: UserId): Promise<void> {
    const revoked = await rows<{ id: string }>(
      this.tx,
      `UPDATE signal_secrets SET revoked_at = clock_timestamp() WHERE strategy_id = $1 AND ${IS_LIVE} RETURNING id`,
      [strategyId],
    );
    await this.log(
      revoked.map(({ id }) => id),
      'secret_revoked',
      { by },
    );
  }

  /** Ends a Mizar key of the user; null when there is no such live one. */
  async revokeMizarKey(userId: UserId, id: string): Promise<SignalSecret | null> {
    const revoked = await row<Columns>(
      this.tx,
      `UPDATE signal_secrets SET revoked_at = clock_timestamp()
       WHERE id = $1 AND user_id = $2 AND kind = 'mizar_key' AND ${IS_LIVE} RETURNING ${COLUMNS}`,
      [id, userId],
    );
    if (revoked !== null) await this.log([id], 'secret_revoked', { by: userId });
    return revoked === null ? null : toSecret(revoked);
  }

  /** From where every live secret of a strategy may be used. */
  async allowFrom(strategyId: StrategyId, allowedIps: readonly string[], by: UserId): Promise<void> {
    const changed = await rows<{ id: string }>(
      this.tx,
      `UPDATE signal_secrets SET allowed_ips = $2 WHERE strategy_id = $1 AND ${IS_LIVE} RETURNING id`,
      [strategyId, allowedIps],
    );
    await this.log(
      changed.map(({ id }) => id),
      'secret_bound',
      { allowed_ips: allowedIps.join(' '), by },
    );
  }

  /** Remembers roughly when a secret was used last. @returns whether it was written: no more than once a minute */
  async noteUse(secretId: string): Promise<boolean> {
    const noted = await affected(
      this.tx,
      `UPDATE signal_secrets SET last_used_at = clock_timestamp()
       WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - ${USE_NOTED_EVERY})`,
      [secretId],
    );
    return noted === 1;
  }

  private log(ids: readonly string[], event: string, data: Record<string, string | number | null>): Promise<void> {
    return audit(
      this.tx,
      this.tenantId,
      ids.map((entityId) => ({ entity: 'signal_secret', entityId, event, data })),
    );
  }
}

function toSecret(r: Columns): SignalSecret {
  return {
    id: r.id,
    label: r.label,
    hint: r.hint,
    allowedIps: r.allowed_ips,
    createdAt: r.created_at,
    expiresAt: r.expires_at,
    lastUsedAt: r.last_used_at,
  };
}
