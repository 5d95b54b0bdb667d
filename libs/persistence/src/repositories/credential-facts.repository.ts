import type { AccountId } from '#domain';
import type { Tx } from '../database.js';
import { affected, rows } from '../sql.js';
import type { NewCredentialFacts } from './credential.repository.js';

export interface CredentialFacts extends NewCredentialFacts {
  readonly version: number;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

/** What may be known of venue keys without opening them. */
export class CredentialFactsRepository {
  constructor(private readonly tx: Tx) {}

  /** All keys of an account, newest first. */
  async of(accountId: AccountId): Promise<CredentialFacts[]> {
    const found = await rows<{
      version: number;
      key_hint: string;
      can_trade: boolean | null;
      can_withdraw: boolean | null;
      ip_bound: boolean | null;
      warnings: string[];
      instruments: string[] | null;
      created_at: Date;
      revoked_at: Date | null;
    }>(this.tx, 'SELECT * FROM credential_facts WHERE account_id = $1 ORDER BY version DESC', [accountId]);
    return found.map((r) => ({
      version: r.version,
      keyHint: r.key_hint,
      canTrade: r.can_trade,
      canWithdraw: r.can_withdraw,
      ipBound: r.ip_bound,
      warnings: r.warnings,
      instruments: r.instruments,
      createdAt: r.created_at,
      revokedAt: r.revoked_at,
    }));
  }

  /** The versions to act with; accounts without a key, or whose newest is revoked, are left out. */
  async versionsInUse(accountIds: readonly AccountId[]): Promise<ReadonlyMap<AccountId, number>> {
    const found = await rows<{ account_id: string; version: number; revoked: boolean }>(
      this.tx,
      `SELECT DISTINCT ON (account_id) account_id, version, revoked_at IS NOT NULL AS revoked FROM credential_facts
       WHERE account_id = ANY($1) ORDER BY account_id, version DESC`,
      [accountIds],
    );
    return new Map(found.flatMap((r) => (r.revoked ? [] : [[r.account_id as AccountId, r.version]])));
  }

  /** @returns false when there is no such key, or it is revoked already */
  async revoke(accountId: AccountId, version: number): Promise<boolean> {
    const changed = await affected(
      this.tx,
      `UPDATE credential_facts SET revoked_at = clock_timestamp()
       WHERE account_id = $1 AND version = $2 AND revoked_at IS NULL`,
      [accountId, version],
    );
    return changed === 1;
  }
}
