import type { ConditionVars, Decimal, EpochMs, ParentOrderId, TenantId } from '#domain';
import type { Database } from '../database.js';
import { rows } from '../sql.js';
import type { PriceSource } from './order-view.repository.js';

/** An order that a condition holds, as the index of all of them says it. */
export interface HeldEntry {
  readonly orderId: ParentOrderId;
  readonly tenantId: TenantId;
  readonly isPaused: boolean;
  /** Rises with whatever an evaluation depends on. */
  readonly revision: number;
}

/** Since when which prices of a condition are missing, in ms since the epoch; by `pair@exchange`. */
export type MissingPrices = Readonly<Record<string, number>>;

/** A held condition with all that evaluating it takes. */
export interface HeldCondition {
  readonly orderId: ParentOrderId;
  readonly traceId: string;
  readonly text: string;
  readonly prices: readonly PriceSource[];
  readonly vars: ConditionVars;
  readonly missing: MissingPrices;
  /** When its owner was last told that it has no value. */
  readonly toldAt: EpochMs | null;
  /** It is evaluated from then on. */
  readonly startAt: EpochMs;
  readonly expiresAt: EpochMs | null;
  /** `:qty`, in the target token. */
  readonly qty: Decimal;
}

/** What evaluations changed of a condition. */
export interface ConditionChange {
  readonly orderId: ParentOrderId;
  /** As they were read or saved last: whoever finds others was overtaken. */
  readonly before: ConditionVars;
  readonly vars: ConditionVars;
  readonly missing: MissingPrices;
}

/** Every order that a condition holds. */
export async function heldConditions(db: Database): Promise<HeldEntry[]> {
  const found = await db.inSystem((tx) =>
    rows<{ order_id: string; tenant_id: string; is_paused: boolean; revision: number }>(
      tx,
      'SELECT order_id, tenant_id, is_paused, revision FROM held_conditions',
    ),
  );
  return found.map((r) => ({
    orderId: r.order_id as ParentOrderId,
    tenantId: r.tenant_id as TenantId,
    isPaused: r.is_paused,
    revision: r.revision,
  }));
}
