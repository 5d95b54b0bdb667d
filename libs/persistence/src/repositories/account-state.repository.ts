import {
  decimal,
  epochMs,
  type AccountId,
  type AccountStatus,
  type Ban,
  type BanScope,
  type Decimal,
  type EpochMs,
  type FeeRates,
  type TenantId,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { row, rows, send, theRow } from '../sql.js';
import { KEYLESS } from './keyless-account.js';

export type { AccountStatus } from '#domain';

export interface AccountState {
  readonly status: AccountStatus;
  readonly reason: string;
  /** True while some process holds the account's lease; a status without a holder is stale. */
  readonly held: boolean;
  readonly fees: FeeRates | null;
  /** Up to when orders and fills were last compared with the venue. */
  readonly confirmedAt: EpochMs | null;
}

/** `stale`: the account has changed hands since, and nothing was written. */
export type SaidUnderLease = 'saved' | 'stale';

export interface StoredBalance {
  readonly asset: string;
  readonly free: Decimal;
  readonly locked: Decimal;
}

interface StateColumns {
  readonly status: AccountStatus | null;
  readonly reason: string;
  readonly held: boolean;
  readonly maker_bps: string | null;
  readonly taker_bps: string | null;
  readonly confirmed_at: Date | null;
  /** Asset, free, locked. */
  readonly balances: readonly (readonly [string, string, string])[] | null;
}

/** What the gateway knows of an account at its venue. */
export class AccountStateRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  async read(accountId: AccountId): Promise<AccountState | null> {
    return (await this.readWithBalances(accountId)).state;
  }

  /** In one statement, since every decision makes it. */
  async readWithBalances(accountId: AccountId): Promise<{
    readonly state: AccountState | null;
    readonly balances: readonly StoredBalance[];
    /** Why no key of the account can be used; null while one may. */
    readonly keyRefused: string | null;
  }> {
    const found = await theRow<StateColumns & { keyless: boolean }>(
      this.tx,
      `SELECT s.status, s.reason, s.maker_bps, s.taker_bps, s.confirmed_at,
              COALESCE(l.lease_until > clock_timestamp(), false) AS held,
              CASE WHEN s.status = 'read_only' THEN ${KEYLESS('$1::uuid')} ELSE false END AS keyless,
              (SELECT json_agg(json_build_array(asset, free::text, locked::text) ORDER BY asset)
               FROM balances WHERE account_id = $1) AS balances
       FROM (SELECT $1::uuid AS account_id) a
       LEFT JOIN account_states s USING (account_id) LEFT JOIN account_leases l USING (account_id)`,
      [accountId],
    );
    const balances = (found.balances ?? []).map(([asset, free, locked]) => ({
      asset,
      free: decimal(free),
      locked: decimal(locked),
    }));
    if (found.status === null) return { state: null, balances, keyRefused: null };
    const keyRefused = found.status === 'credentials_rejected' || found.keyless ? found.reason : null;
    const state: AccountState = {
      status: found.status,
      reason: found.reason,
      held: found.held,
      fees:
        found.maker_bps === null || found.taker_bps === null
          ? null
          : { makerBps: decimal(found.maker_bps), takerBps: decimal(found.taker_bps) },
      confirmedAt: found.confirmed_at === null ? null : epochMs(found.confirmed_at.getTime()),
    };
    return { state, balances, keyRefused };
  }

  /**
   * One row in the log per transition; the same status again is none, though its reason may be another.
   * @param leaseEpoch of the lease under which it is said: `stale` when the account has changed hands since
   * @param ban how far a `banned` reaches and when it ends
   */
  async setStatus(
    accountId: AccountId,
    status: AccountStatus,
    reason: string,
    leaseEpoch?: number,
    ban: Ban | null = null,
  ): Promise<'changed' | 'unchanged' | 'stale'> {
    // The lease is locked against a take-over up to the commit; one that is under way is waited for and seen.
    // `stored` joins `before` to have it read first: a row that the statement itself has changed cannot be locked.
    const found = await theRow<{ may: boolean; changed: boolean }>(
      this.tx,
      `WITH lease AS MATERIALIZED (
         SELECT 1 FROM account_leases WHERE account_id = $1 AND epoch = $5 FOR SHARE),
       may AS MATERIALIZED (SELECT $5::bigint IS NULL OR EXISTS (SELECT 1 FROM lease) AS yes),
       before AS MATERIALIZED (
         SELECT status FROM account_states WHERE account_id = $1 AND (SELECT yes FROM may) FOR UPDATE),
       stored AS (
         INSERT INTO account_states (account_id, tenant_id, status, reason, ban_scope, retry_at)
         SELECT $1::uuid, $2::uuid, $3, $4, $6, to_timestamp($7::double precision / 1000)
         FROM may LEFT JOIN before ON true WHERE yes
         ON CONFLICT (account_id) DO UPDATE SET status = EXCLUDED.status, reason = EXCLUDED.reason,
           ban_scope = EXCLUDED.ban_scope, retry_at = EXCLUDED.retry_at,
           status_at = CASE WHEN account_states.status = EXCLUDED.status THEN account_states.status_at
                            ELSE clock_timestamp() END
         WHERE (account_states.status, account_states.reason, account_states.ban_scope, account_states.retry_at)
               IS DISTINCT FROM (EXCLUDED.status, EXCLUDED.reason, EXCLUDED.ban_scope, EXCLUDED.retry_at)
         RETURNING 1),
       logged AS (
         INSERT INTO account_status_log (account_id, tenant_id, from_status, to_status, reason)
         SELECT $1, $2, (SELECT status FROM before), $3, $4 FROM stored
         WHERE (SELECT status FROM before) IS DISTINCT FROM $3 RETURNING 1)
       SELECT yes AS may, EXISTS (SELECT 1 FROM logged) AS changed FROM may`,
      [accountId, this.tenantId, status, reason, leaseEpoch ?? null, ban?.scope ?? null, ban?.until ?? null],
    );
    if (!found.may) return 'stale';
    return found.changed ? 'changed' : 'unchanged';
  }

  /** @param leaseEpoch as in `setStatus` */
  setFees(accountId: AccountId, fees: FeeRates, leaseEpoch: number): Promise<SaidUnderLease> {
    return underLease(this.tx, accountId, leaseEpoch, () =>
      send(this.tx, 'UPDATE account_states SET maker_bps = $2, taker_bps = $3 WHERE account_id = $1', [
        accountId,
        fees.makerBps.toFixed(),
        fees.takerBps.toFixed(),
      ]),
    );
  }

  /** Orders and fills were compared up to then. @param leaseEpoch as in `setStatus` */
  confirm(accountId: AccountId, upTo: EpochMs, leaseEpoch: number): Promise<SaidUnderLease> {
    return underLease(this.tx, accountId, leaseEpoch, () =>
      send(
        this.tx,
        `UPDATE account_states SET confirmed_at = to_timestamp($2::double precision / 1000) WHERE account_id = $1`,
        [accountId, upTo],
      ),
    );
  }

  /**
   * Stores balances as the venue reported them. A poll names every asset, so what it leaves out is zero; a stream
   * event names what changed. An older report never replaces a newer one.
   * @param leaseEpoch as in `setStatus`
   */
  saveBalances(
    accountId: AccountId,
    balances: readonly StoredBalance[],
    source: 'stream' | 'poll',
    venueAt: EpochMs,
    leaseEpoch: number,
  ): Promise<SaidUnderLease> {
    return underLease(this.tx, accountId, leaseEpoch, () => this.writeBalances(accountId, balances, source, venueAt));
  }

  private async writeBalances(
    accountId: AccountId,
    balances: readonly StoredBalance[],
    source: 'stream' | 'poll',
    venueAt: EpochMs,
  ): Promise<void> {
    await send(
      this.tx,
      `INSERT INTO balances AS b (account_id, tenant_id, asset, free, locked, source, venue_at)
       SELECT $1, $2, n.asset, n.free, n.locked, $6, to_timestamp($7::double precision / 1000)
       FROM unnest($3::text[], $4::numeric[], $5::numeric[]) AS n(asset, free, locked)
       ON CONFLICT (account_id, asset) DO UPDATE SET free = EXCLUDED.free, locked = EXCLUDED.locked,
         source = EXCLUDED.source, venue_at = EXCLUDED.venue_at, updated_at = clock_timestamp()
       WHERE b.venue_at <= EXCLUDED.venue_at`,
      [
        accountId,
        this.tenantId,
        balances.map((b) => b.asset),
        balances.map((b) => b.free.toFixed()),
        balances.map((b) => b.locked.toFixed()),
        source,
        venueAt,
      ],
    );
    if (source === 'poll')
      await send(
        this.tx,
        `UPDATE balances SET free = 0, locked = 0, source = 'poll', venue_at = to_timestamp($3::double precision / 1000),
                updated_at = clock_timestamp()
         WHERE account_id = $1 AND asset <> ALL($2) AND venue_at <= to_timestamp($3::double precision / 1000)
           AND (free <> 0 OR locked <> 0)`,
        [accountId, balances.map((b) => b.asset), venueAt],
      );
    await send(this.tx, 'UPDATE account_states SET balances_at = clock_timestamp() WHERE account_id = $1', [accountId]);
  }

  async balance(accountId: AccountId, asset: string): Promise<StoredBalance | null> {
    const found = await row<{ free: string; locked: string }>(
      this.tx,
      'SELECT free, locked FROM balances WHERE account_id = $1 AND asset = $2',
      [accountId, asset],
    );
    return found === null ? null : { asset, free: decimal(found.free), locked: decimal(found.locked) };
  }

  async balances(accountId: AccountId): Promise<(StoredBalance & { readonly updatedAt: EpochMs })[]> {
    const found = await rows<{ asset: string; free: string; locked: string; updated_at: Date }>(
      this.tx,
      'SELECT asset, free, locked, updated_at FROM balances WHERE account_id = $1 ORDER BY asset',
      [accountId],
    );
    return found.map((b) => ({
      asset: b.asset,
      free: decimal(b.free),
      locked: decimal(b.locked),
      updatedAt: epochMs(b.updated_at.getTime()),
    }));
  }
}

/**
 * Writes only while the account is still under this lease. The lease is locked against a take-over up to the commit; one
 * that is under way is waited for and seen.
 */
export async function underLease(
  tx: Tx,
  accountId: AccountId,
  epoch: number,
  write: () => Promise<unknown>,
): Promise<SaidUnderLease> {
  const held = await rows(tx, 'SELECT 1 FROM account_leases WHERE account_id = $1 AND epoch = $2 FOR SHARE', [
    accountId,
    epoch,
  ]);
  if (held.length === 0) return 'stale';
  await write();
  return 'saved';
}

/**
 * Why nothing new may be sent for the account at any level that applies to it, or null. Every claim reads the halts
 * itself; this is what the account's status says of them.
 */
export async function readAccountHalt(tx: Tx, accountId: AccountId, venue: VenueId): Promise<string | null> {
  const found = await row<{ level: string; reason: string }>(
    tx,
    `SELECT level, reason FROM trading_halts
     WHERE released_at IS NULL AND mode = 'HALTED'
       AND (level IN ('global', 'tenant') OR (level = 'venue' AND scope = $2) OR (level = 'account' AND scope = $1))
     ORDER BY created_at LIMIT 1`,
    [accountId, venue],
  );
  return found === null ? null : `halted (${found.level}): ${found.reason}`;
}

/**
 * True once the account is archived and nothing of it is open or in doubt, nor was when it was last compared with its venue,
 * `quietMs` of which have been since its last child order ended: late trades of it are booked by then, and nobody need look
 * after it. One that was never compared and has no child orders is put away at once.
 */
export async function isPutAway(tx: Tx, tenantId: TenantId, accountId: AccountId, quietMs: number): Promise<boolean> {
  const archived = await row(tx, 'SELECT 1 FROM accounts WHERE id = $1 AND archived_at IS NOT NULL', [accountId]);
  if (archived === null) return false;
  const found = await row(
    tx,
    `WITH last AS MATERIALIZED (
       SELECT max(closed_at) AS closed_at FROM child_orders WHERE tenant_id = $2 AND account_id = $1)
     SELECT 1 FROM last
     WHERE NOT EXISTS (SELECT 1 FROM child_orders WHERE tenant_id = $2 AND account_id = $1 AND status <> 'closed')
       AND (last.closed_at IS NULL
            OR (SELECT confirmed_at FROM account_states WHERE account_id = $1)
               > last.closed_at + $3 * interval '1 millisecond')`,
    [accountId, tenantId, quietMs],
  );
  return found !== null;
}

/** What a worker asks before it sends a cancel: the status, and how far a ban reaches (see `mayCancel`). */
export async function readCancelStanding(
  tx: Tx,
  accountId: AccountId,
): Promise<{ readonly status: AccountStatus; readonly banScope: BanScope | null; readonly reason: string } | null> {
  const found = await row<{ status: AccountStatus; ban_scope: BanScope | null; reason: string }>(
    tx,
    'SELECT status, ban_scope, reason FROM account_states WHERE account_id = $1',
    [accountId],
  );
  return found === null ? null : { status: found.status, banScope: found.ban_scope, reason: found.reason };
}
