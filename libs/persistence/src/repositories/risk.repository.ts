import {
  CONTROL_OF,
  type AccountId,
  type Decimal,
  type Denial,
  type ParentOrderId,
  type RiskLimitRow,
  type TenantId,
  type UserId,
} from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { rows, row, send, theRow } from '../sql.js';
import { RISK_LIMIT_COLUMNS, toRiskLimitRow, type RiskLimitColumns } from './risk-limit-row.js';

/** Where a row of limits applies; all null: the tenant. */
export interface RiskScope {
  readonly accountId: AccountId | null;
  readonly instrument: { readonly venue: string; readonly symbol: string } | null;
}

export interface ScopedRiskLimits {
  readonly accountId: AccountId | null;
  readonly accountName: string | null;
  readonly venue: string | null;
  readonly symbol: string | null;
  readonly limits: RiskLimitRow;
  readonly updatedAt: Date;
}

/** The key of a scope: one row each. */
export function scopeKey({ accountId, instrument }: RiskScope): string {
  const parts = [
    ...(accountId === null ? [] : [`account:${accountId}`]),
    ...(instrument === null ? [] : [`instrument:${instrument.venue}:${instrument.symbol}`]),
  ];
  return parts.length === 0 ? 'tenant' : parts.join('/');
}

/** Limits and denials of one tenant. */
export class RiskRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  async all(): Promise<ScopedRiskLimits[]> {
    const found = await rows<
      RiskLimitColumns & {
        account_id: string | null;
        account_name: string | null;
        venue: string | null;
        symbol: string | null;
        updated_at: Date;
      }
    >(
      this.tx,
      `SELECT ${RISK_LIMIT_COLUMNS}, account_id, a.name AS account_name, r.venue, symbol, updated_at
       FROM risk_limits r LEFT JOIN accounts a ON a.id = r.account_id ORDER BY scope`,
    );
    return found.map((r) => ({
      accountId: r.account_id as AccountId | null,
      accountName: r.account_name,
      venue: r.venue,
      symbol: r.symbol,
      limits: toRiskLimitRow(r),
      updatedAt: r.updated_at,
    }));
  }

  /** Every row that applies to orders of this account in this instrument. */
  async of(
    accountId: AccountId,
    { venue, symbol }: { readonly venue: string; readonly symbol: string },
  ): Promise<RiskLimitRow[]> {
    const found = await rows<RiskLimitColumns>(
      this.tx,
      `SELECT ${RISK_LIMIT_COLUMNS} FROM risk_limits
       WHERE tenant_id = $1 AND (account_id IS NULL OR account_id = $2)
         AND (venue IS NULL OR (venue = $3 AND symbol = $4))`,
      [this.tenantId, accountId, venue, symbol],
    );
    return found.map(toRiskLimitRow);
  }

  /** Replaces the row of a scope as a whole; the audit trail holds what it was before. */
  async put(scope: RiskScope, limits: RiskLimitRow, userId: UserId): Promise<void> {
    const key = scopeKey(scope);
    const before = await row<{ was: string }>(
      this.tx,
      'SELECT to_jsonb(r)::text AS was FROM risk_limits r WHERE tenant_id = $1 AND scope = $2 FOR UPDATE',
      [this.tenantId, key],
    );
    const text = (value: Decimal | null): string | null => value?.toFixed() ?? null;
    await send(
      this.tx,
      `INSERT INTO risk_limits (tenant_id, scope, account_id, venue, symbol, enforcement, max_quantity, max_parent_quantity,
         max_notional, max_parent_notional, collar_pct, drift_pct, reference_max_age_ms, reference_jump_pct,
         messages_per_second, max_account_exposure, max_tenant_exposure, allowed, updated_by, max_basket_notional)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
       ON CONFLICT (tenant_id, scope) DO UPDATE SET enforcement = EXCLUDED.enforcement, max_quantity = EXCLUDED.max_quantity,
         max_parent_quantity = EXCLUDED.max_parent_quantity, max_notional = EXCLUDED.max_notional,
         max_parent_notional = EXCLUDED.max_parent_notional, collar_pct = EXCLUDED.collar_pct,
         drift_pct = EXCLUDED.drift_pct, reference_max_age_ms = EXCLUDED.reference_max_age_ms,
         reference_jump_pct = EXCLUDED.reference_jump_pct, messages_per_second = EXCLUDED.messages_per_second,
         max_account_exposure = EXCLUDED.max_account_exposure, max_tenant_exposure = EXCLUDED.max_tenant_exposure,
         allowed = EXCLUDED.allowed, updated_by = EXCLUDED.updated_by,
         max_basket_notional = EXCLUDED.max_basket_notional, updated_at = clock_timestamp()`,
      [
        this.tenantId,
        key,
        scope.accountId,
        scope.instrument?.venue ?? null,
        scope.instrument?.symbol ?? null,
        limits.enforcement,
        text(limits.maxQuantity),
        text(limits.maxParentQuantity),
        text(limits.maxNotional),
        text(limits.maxParentNotional),
        text(limits.collarPct),
        text(limits.driftPct),
        limits.referenceMaxAgeMs,
        text(limits.referenceJumpPct),
        limits.messagesPerSecond,
        text(limits.maxAccountExposure),
        text(limits.maxTenantExposure),
        limits.allowed,
        userId,
        text(limits.maxBasketNotional),
      ],
    );
    const now = await theRow<{ is: string }>(
      this.tx,
      'SELECT to_jsonb(r)::text AS is FROM risk_limits r WHERE tenant_id = $1 AND scope = $2',
      [this.tenantId, key],
    );
    await audit(this.tx, this.tenantId, [
      {
        entity: 'risk_limit',
        entityId: key,
        event: 'limits_set',
        data: { by: userId, before: before?.was ?? null, after: now.is },
      },
    ]);
  }

  /** What the gate stopped, or would have stopped in an account that only reports. */
  async deny(
    child: { readonly accountId: AccountId; readonly parentOrderId: ParentOrderId; readonly sequence: number },
    denial: Denial,
    enforced: boolean,
  ): Promise<void> {
    await send(
      this.tx,
      `INSERT INTO risk_denials (tenant_id, account_id, parent_order_id, sequence, enforced, control, code, text,
                                 limit_value, value, reference, reference_age_ms)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        this.tenantId,
        child.accountId,
        child.parentOrderId,
        child.sequence,
        enforced,
        CONTROL_OF[denial.code],
        denial.code,
        denial.text,
        denial.limit,
        denial.value,
        denial.reference,
        denial.referenceAgeMs === null ? null : Math.round(denial.referenceAgeMs),
      ],
    );
  }
}

/** A message to a venue about an account, for RC-05; cancels count and are never held up. */
export async function countMessage(tx: Tx, accountId: AccountId): Promise<void> {
  await send(tx, 'INSERT INTO account_messages (account_id) VALUES ($1)', [accountId]);
}

/** Messages are remembered as long as a lost count of orders may hold them: a minute, the time on the way, and some. */
const REMEMBERED_MS = 120_000;

/** Forgets messages that nothing looks at any more. */
export async function forgetMessages(tx: Tx): Promise<void> {
  await send(
    tx,
    `DELETE FROM account_messages WHERE at < clock_timestamp() - interval '${REMEMBERED_MS} milliseconds'`,
  );
}

/** For how long no message about the account was claimed, in ms; where none is remembered, as long as that goes back. */
export async function messageQuietMs(tx: Tx, accountId: AccountId): Promise<number> {
  const { ms } = await theRow<{ ms: string | null }>(
    tx,
    `SELECT 1000 * extract(epoch FROM clock_timestamp() - max(at)) AS ms FROM account_messages WHERE account_id = $1`,
    [accountId],
  );
  return ms === null ? REMEMBERED_MS : Math.min(REMEMBERED_MS, Number(ms));
}
