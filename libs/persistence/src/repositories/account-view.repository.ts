import type { AccountId, ParentOrderId, TenantId, UserId, VenueId } from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { affected, row, rows, send, theRow } from '../sql.js';
import { MICROS, type EpochMicros } from './epoch-micros.js';
import { KEYLESS } from './keyless-account.js';

export type MarginMode = 'CROSS' | 'ISOLATED';

/** An account with its settings, as its owner manages it. */
export interface ManagedAccount {
  readonly id: AccountId;
  readonly name: string;
  readonly exchange: string;
  readonly venue: VenueId;
  readonly marginMode: MarginMode;
  readonly hedgeMode: boolean;
  readonly isArchived: boolean;
  /** Null before the venue was first asked. */
  readonly isValid: boolean | null;
  /** Last characters of its key, or of one that is still to be judged; empty where it has none or a short one. */
  readonly keyHint: string;
  /** The venues it reaches, its own first. */
  readonly venues: readonly VenueId[];
  readonly routeIds: readonly AccountId[];
  readonly createdAt: EpochMicros;
}

interface Columns {
  id: string;
  name: string;
  exchange: string;
  venue: string;
  margin_mode: MarginMode;
  hedge_mode: boolean;
  archived: boolean;
  rejected: boolean;
  answered: boolean;
  keyless: boolean;
  key_hint: string | null;
  routes: { id: string; venue: string }[];
  created_at: string;
}

/** Has the venue of a row answered to its key? `s` is its state; one without a session is `read_only` too. */
const ANSWERED = `s.confirmed_at IS NOT NULL OR s.status IN ('trading', 'degraded')`;

const ACCOUNTS = `SELECT a.id, a.name, a.exchange, a.venue, a.margin_mode, a.archived_at IS NOT NULL AS archived,
    ${MICROS('a.created_at')} AS created_at, r.routes, r.hedge_mode, r.rejected, r.answered,
    ${KEYLESS('a.id')} AS keyless,
    COALESCE(
      (SELECT c.key_hint FROM credential_submissions c WHERE c.account_id = a.id AND c.outcome IS NULL
       ORDER BY c.created_at DESC LIMIT 1),
      (SELECT f.key_hint FROM credential_facts f WHERE f.account_id = a.id AND f.revoked_at IS NULL
       ORDER BY f.version DESC LIMIT 1)) AS key_hint
  FROM accounts a
  CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object('id', b.id, 'venue', b.venue) ORDER BY b.id <> a.id, b.venue) AS routes,
           bool_or(s.hedge_mode) AS hedge_mode, bool_or(s.status = 'credentials_rejected') AS rejected,
           bool_or(${ANSWERED}) AS answered
    FROM accounts b JOIN account_states s ON s.account_id = b.id WHERE b.id = a.id OR b.main_account_id = a.id) r
  WHERE a.user_id = $1 AND a.main_account_id IS NULL`;

/** Accounts for whoever manages them, and with whom they are shared (order-api.md 8). */
export class AccountViewRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** By name, archived ones too. */
  async ofUser(userId: UserId): Promise<ManagedAccount[]> {
    const found = await rows<Columns>(this.tx, `${ACCOUNTS} ORDER BY a.name`, [userId]);
    return found.map(toAccount);
  }

  /** One of the user's, its row locked until the transaction ends. */
  async lock(userId: UserId, id: string): Promise<ManagedAccount | null> {
    const found = await row<Columns>(this.tx, `${ACCOUNTS} AND a.id = $2 FOR UPDATE OF a`, [userId, id]);
    return found === null ? null : toAccount(found);
  }

  /** Of how many accounts the user is the owner, archived ones not counted. */
  async count(userId: UserId): Promise<number> {
    const found = await theRow<{ count: number }>(
      this.tx,
      `SELECT count(*)::integer AS count FROM accounts
       WHERE user_id = $1 AND main_account_id IS NULL AND archived_at IS NULL`,
      [userId],
    );
    return found.count;
  }

  /** False when the user has another account of that name, archived or not. */
  async rename(id: AccountId, name: string): Promise<boolean> {
    const changed = await affected(
      this.tx,
      `UPDATE accounts a SET name = $2 WHERE a.id = $1
         AND NOT EXISTS (SELECT 1 FROM accounts b WHERE b.user_id = a.user_id AND b.name = $2 AND b.id <> a.id)`,
      [id, name],
    );
    if (changed !== 1) return false;
    await send(this.tx, `UPDATE accounts SET name = $2 || '.' || venue WHERE main_account_id = $1`, [id, name]);
    return true;
  }

  setMarginMode(id: AccountId, mode: MarginMode): Promise<void> {
    return send(this.tx, 'UPDATE accounts SET margin_mode = $2 WHERE id = $1', [id, mode]);
  }

  /** True while an order that has not ended trades on one of these rows. */
  async isInUse(ids: readonly AccountId[]): Promise<boolean> {
    const found = await row(
      this.tx,
      `SELECT 1 FROM parent_orders
       WHERE status IN ('SCHEDULED', 'ACTIVE', 'PAUSED', 'FINISHER') AND account_ids && $1::uuid[] LIMIT 1`,
      [ids],
    );
    return found !== null;
  }

  /** Puts the account and its sub-accounts away; the name stays taken. */
  async archive(id: AccountId, by: UserId): Promise<void> {
    await send(
      this.tx,
      'UPDATE accounts SET archived_at = clock_timestamp() WHERE (id = $1 OR main_account_id = $1) AND archived_at IS NULL',
      [id],
    );
    await this.log(id, 'account_archived', { by });
  }

  /** Users that may trade on the account, by name. */
  async sharedWith(id: AccountId): Promise<string[]> {
    const found = await rows<{ name: string }>(
      this.tx,
      'SELECT u.name FROM account_shares s JOIN users u ON u.id = s.user_id WHERE s.account_id = $1 ORDER BY u.name',
      [id],
    );
    return found.map(({ name }) => name);
  }

  /** @returns false when the tenant has no such user, or it is the owner, or may already */
  async share(id: AccountId, username: string, by: UserId): Promise<boolean> {
    const added = await affected(
      this.tx,
      `INSERT INTO account_shares (account_id, user_id, tenant_id, granted_by)
       SELECT $1, u.id, u.tenant_id, $3 FROM users u WHERE u.tenant_id = $4 AND u.name = $2 AND u.id <> $3
       ON CONFLICT (account_id, user_id) DO NOTHING`,
      [id, username, by, this.tenantId],
    );
    if (added === 1) await this.log(id, 'account_shared', { by, username });
    return added === 1;
  }

  /** @returns false when it was not shared with that user */
  async unshare(id: AccountId, username: string, by: UserId): Promise<boolean> {
    const gone = await affected(
      this.tx,
      'DELETE FROM account_shares s USING users u WHERE s.account_id = $1 AND u.id = s.user_id AND u.name = $2',
      [id, username],
    );
    if (gone === 1) await this.log(id, 'account_unshared', { by, username });
    return gone === 1;
  }

  /**
   * Holds main accounts as they are until the transaction ends, so that none is put away while an order on it is being
   * stored. @returns those that are put away already
   */
  async holdOpen(ids: readonly AccountId[]): Promise<AccountId[]> {
    const found = await rows<{ id: string; archived: boolean }>(
      this.tx,
      `SELECT id, archived_at IS NOT NULL AS archived FROM accounts WHERE id = ANY($1::uuid[]) ORDER BY id FOR SHARE`,
      [ids],
    );
    return found.filter(({ archived }) => archived).map(({ id }) => id as AccountId);
  }

  /** Accounts, as `owner/name`, that these orders trade on and that are neither the user's nor shared with it any more. */
  async outOfReach(userId: UserId, orderIds: readonly ParentOrderId[]): Promise<string[]> {
    const found = await rows<{ name: string }>(
      this.tx,
      `SELECT DISTINCT u.name || '/' || m.name AS name
       FROM parent_orders p CROSS JOIN unnest(p.account_ids) AS leg (account_id)
         JOIN accounts a ON a.id = leg.account_id JOIN accounts m ON m.id = COALESCE(a.main_account_id, a.id)
         JOIN users u ON u.id = m.user_id
       WHERE p.id = ANY($2::uuid[]) AND m.user_id <> $1
         AND NOT EXISTS (SELECT 1 FROM account_shares s WHERE s.account_id = m.id AND s.user_id = $1)
       ORDER BY name`,
      [userId, orderIds],
    );
    return found.map(({ name }) => name);
  }

  /** Those of the rows whose venue refuses their key, or which have none that may be used. */
  async rejected(ids: readonly AccountId[]): Promise<AccountId[]> {
    const found = await rows<{ id: string }>(
      this.tx,
      `SELECT s.account_id AS id FROM account_states s
       WHERE s.account_id = ANY($1::uuid[]) AND (s.status = 'credentials_rejected' OR ${KEYLESS('s.account_id')})`,
      [ids],
    );
    return found.map(({ id }) => id as AccountId);
  }

  log(entityId: AccountId, event: string, data: Readonly<Record<string, string>>): Promise<void> {
    return audit(this.tx, this.tenantId, [{ entity: 'account', entityId, event, data }]);
  }
}

function toAccount(r: Columns): ManagedAccount {
  return {
    id: r.id as AccountId,
    name: r.name,
    exchange: r.exchange,
    venue: r.venue as VenueId,
    marginMode: r.margin_mode,
    hedgeMode: r.hedge_mode,
    isArchived: r.archived,
    isValid: r.rejected || r.keyless ? false : r.answered ? true : null,
    keyHint: r.key_hint ?? '',
    venues: r.routes.map(({ venue }) => venue as VenueId),
    routeIds: r.routes.map(({ id }) => id as AccountId),
    createdAt: Number(r.created_at) as EpochMicros,
  };
}
