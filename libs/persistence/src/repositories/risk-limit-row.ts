import { decimal, type Decimal, type Enforcement, type RiskLimitRow } from '#domain';

/** Limits as the driver gives them: numbers of `numeric` columns as text. */
export interface RiskLimitColumns {
  enforcement: Enforcement | null;
  max_quantity: string | null;
  max_parent_quantity: string | null;
  max_notional: string | null;
  max_parent_notional: string | null;
  max_basket_notional: string | null;
  collar_pct: string | null;
  drift_pct: string | null;
  reference_max_age_ms: number | null;
  reference_jump_pct: string | null;
  messages_per_second: number | null;
  max_account_exposure: string | null;
  max_tenant_exposure: string | null;
  allowed: string[] | null;
}

export const RISK_LIMIT_COLUMNS = `enforcement, max_quantity::text, max_parent_quantity::text, max_notional::text,
  max_parent_notional::text, max_basket_notional::text, collar_pct::text, drift_pct::text, reference_max_age_ms, reference_jump_pct::text,
  messages_per_second, max_account_exposure::text, max_tenant_exposure::text, allowed`;

const orNull = (text: string | null): Decimal | null => (text === null ? null : decimal(text));

export function toRiskLimitRow(row: RiskLimitColumns): RiskLimitRow {
  return {
    enforcement: row.enforcement,
    maxQuantity: orNull(row.max_quantity),
    maxParentQuantity: orNull(row.max_parent_quantity),
    maxNotional: orNull(row.max_notional),
    maxParentNotional: orNull(row.max_parent_notional),
    maxBasketNotional: orNull(row.max_basket_notional),
    collarPct: orNull(row.collar_pct),
    driftPct: orNull(row.drift_pct),
    referenceMaxAgeMs: row.reference_max_age_ms,
    referenceJumpPct: orNull(row.reference_jump_pct),
    messagesPerSecond: row.messages_per_second,
    maxAccountExposure: orNull(row.max_account_exposure),
    maxTenantExposure: orNull(row.max_tenant_exposure),
    allowed: row.allowed,
  };
}
