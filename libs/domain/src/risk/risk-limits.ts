import { Dec, type Decimal } from '../numeric/decimal.js';

/** `report`: what goes beyond a limit is counted and shown, not stopped. `strict`: it is stopped. */
export type Enforcement = 'report' | 'strict';

/** One row of limits, for a tenant, an account, an instrument, or an instrument of an account; null is not set. */
export interface RiskLimitRow {
  readonly enforcement: Enforcement | null;
  /** RC-01, base units of one child order. */
  readonly maxQuantity: Decimal | null;
  /** RC-01, base units of a whole parent order. */
  readonly maxParentQuantity: Decimal | null;
  /** RC-02, reporting currency, of one child order. */
  readonly maxNotional: Decimal | null;
  /** RC-02, reporting currency, of a whole parent order. */
  readonly maxParentNotional: Decimal | null;
  /** RC-02, reporting currency, of all orders of a basket together. */
  readonly maxBasketNotional: Decimal | null;
  /** RC-03, percent of the reference, towards worse prices. */
  readonly collarPct: Decimal | null;
  /** RC-03, percent of the reference at the beginning of the window of {@link DRIFT_WINDOW_MS}. */
  readonly driftPct: Decimal | null;
  /** RC-04, milliseconds. */
  readonly referenceMaxAgeMs: number | null;
  /** RC-04, percent away from the median of the last 60 s. */
  readonly referenceJumpPct: Decimal | null;
  /** RC-05, submits, amends and cancels of one account. */
  readonly messagesPerSecond: number | null;
  /** RC-08, reporting currency: positions and open orders of one account. */
  readonly maxAccountExposure: Decimal | null;
  /** RC-08, reporting currency: positions and open orders of all accounts of the tenant. */
  readonly maxTenantExposure: Decimal | null;
  /** RC-12: `SYMBOL`, `SYMBOL:buy`, `SYMBOL:sell` or `*`. */
  readonly allowed: readonly string[] | null;
}

/** What one order is measured by. Null: never set, which stops a live account (RC-01) or bounds nothing. */
export interface RiskLimits {
  readonly enforcement: Enforcement;
  readonly maxQuantity: Decimal | null;
  readonly maxParentQuantity: Decimal | null;
  readonly maxNotional: Decimal;
  readonly maxParentNotional: Decimal;
  readonly maxBasketNotional: Decimal;
  readonly collarPct: Decimal;
  readonly driftPct: Decimal;
  readonly referenceMaxAgeMs: number;
  readonly referenceJumpPct: Decimal;
  readonly messagesPerSecond: number;
  readonly maxAccountExposure: Decimal;
  readonly maxTenantExposure: Decimal;
  /** Every list that applies must allow the order; none at all stops a live account. */
  readonly allowed: readonly (readonly string[])[];
}

/** The cumulative collar of RC-03 looks back this far. */
export const DRIFT_WINDOW_MS = 600_000;

/** Defaults of reliability.md 5.1; RC-01 and RC-12 have none. */
export const DEFAULT_RISK_LIMITS = {
  maxNotional: new Dec(50_000),
  maxParentNotional: new Dec(250_000),
  maxBasketNotional: new Dec(1_000_000),
  collarPct: new Dec(3),
  driftPct: new Dec(5),
  referenceMaxAgeMs: 5_000,
  referenceJumpPct: new Dec(5),
  messagesPerSecond: 20,
  maxAccountExposure: new Dec(500_000),
  maxTenantExposure: new Dec(2_000_000),
} as const;

/**
 * The limits that hold for one order, from every row that applies to it: where several set the same limit the stricter
 * wins; what none sets has its default. An account on a simulated exchange reports only, unless a row says `strict`.
 * @param venueMessagesPerSecond the venue's own limit where known; at most 80 % of it are used by default
 */
export function effectiveLimits(
  rows: readonly RiskLimitRow[],
  account: { readonly isSimulated: boolean; readonly venueMessagesPerSecond: number | null },
): RiskLimits {
  const least = (of: (row: RiskLimitRow) => Decimal | null): Decimal | null =>
    rows.reduce<Decimal | null>((best, row) => {
      const value = of(row);
      return value === null || best?.lte(value) === true ? best : value;
    }, null);
  const leastNumber = (of: (row: RiskLimitRow) => number | null): number | null => {
    const set = rows.map(of).filter((value) => value !== null);
    return set.length === 0 ? null : Math.min(...set);
  };
  const d = DEFAULT_RISK_LIMITS;
  const venueShare =
    account.venueMessagesPerSecond === null
      ? d.messagesPerSecond
      : Math.max(1, Math.floor(account.venueMessagesPerSecond * 0.8));
  return {
    enforcement: enforcementOf(rows, account.isSimulated),
    maxQuantity: least((r) => r.maxQuantity),
    maxParentQuantity: least((r) => r.maxParentQuantity),
    maxNotional: least((r) => r.maxNotional) ?? d.maxNotional,
    maxParentNotional: least((r) => r.maxParentNotional) ?? d.maxParentNotional,
    maxBasketNotional: least((r) => r.maxBasketNotional) ?? d.maxBasketNotional,
    collarPct: least((r) => r.collarPct) ?? d.collarPct,
    driftPct: least((r) => r.driftPct) ?? d.driftPct,
    referenceMaxAgeMs: leastNumber((r) => r.referenceMaxAgeMs) ?? d.referenceMaxAgeMs,
    referenceJumpPct: least((r) => r.referenceJumpPct) ?? d.referenceJumpPct,
    messagesPerSecond: leastNumber((r) => r.messagesPerSecond) ?? Math.min(d.messagesPerSecond, venueShare),
    maxAccountExposure: least((r) => r.maxAccountExposure) ?? d.maxAccountExposure,
    maxTenantExposure: least((r) => r.maxTenantExposure) ?? d.maxTenantExposure,
    allowed: rows.flatMap((r) => (r.allowed === null ? [] : [r.allowed])),
  };
}

/** A live account is never made to report only: what is lax for play must not be lax for money. */
function enforcementOf(rows: readonly RiskLimitRow[], isSimulated: boolean): Enforcement {
  if (!isSimulated) return 'strict';
  return rows.some((row) => row.enforcement === 'strict') ? 'strict' : 'report';
}
