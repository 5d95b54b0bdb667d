import type { TenantId, UserId } from '#domain';
import type { Tx } from '../database.js';
import { affected, row, rows } from '../sql.js';

/** What a token may do; each route names the one it needs (reliability.md S-02). */
export type Scope = 'read' | 'trade' | 'cancel' | 'admin' | 'halt';

/** Whose token it is: the only source of tenant and user. */
export interface TokenOwner {
  readonly tenantId: TenantId;
  readonly userId: UserId;
  readonly scopes: readonly Scope[];
}

/** API tokens, of which only the SHA-256 is stored. */
export class TokenRepository {
  constructor(private readonly tx: Tx) {}

  /** Null for an unknown or revoked token. For use inside `Database.withTokenHash` of the same hash. */
  async findOwner(tokenHashHex: string): Promise<TokenOwner | null> {
    const found = await row<{ tenant_id: string; user_id: string; scopes: Scope[] }>(
      this.tx,
      `SELECT tenant_id, user_id, scopes FROM api_tokens
       WHERE token_hash = decode($1, 'hex') AND revoked_at IS NULL`,
      [tokenHashHex],
    );
    if (found === null) return null;
    return { tenantId: found.tenant_id as TenantId, userId: found.user_id as UserId, scopes: found.scopes };
  }

  /** Those of the hashes that are tokens of the tenant and not revoked. */
  async liveOf(tokenHashesHex: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await rows<{ hash: string }>(
      this.tx,
      `SELECT encode(token_hash, 'hex') AS hash FROM api_tokens
       WHERE token_hash = ANY(SELECT decode(h, 'hex') FROM unnest($1::text[]) h) AND revoked_at IS NULL`,
      [tokenHashesHex],
    );
    return new Set(found.map((r) => r.hash));
  }

  /** A token that is known already gets these scopes. */
  async add(tokenHashHex: string, owner: TokenOwner): Promise<void> {
    await this.tx.query(
      `INSERT INTO api_tokens (token_hash, tenant_id, user_id, scopes) VALUES (decode($1, 'hex'), $2, $3, $4)
       ON CONFLICT (token_hash) DO UPDATE SET scopes = EXCLUDED.scopes`,
      [tokenHashHex, owner.tenantId, owner.userId, owner.scopes],
    );
  }

  /** True when a live token was revoked by this call. */
  async revoke(tokenHashHex: string): Promise<boolean> {
    const changed = await affected(
      this.tx,
      `UPDATE api_tokens SET revoked_at = clock_timestamp()
       WHERE token_hash = decode($1, 'hex') AND revoked_at IS NULL`,
      [tokenHashHex],
    );
    return changed === 1;
  }
}
