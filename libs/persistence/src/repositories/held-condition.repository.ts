import type { ConditionVars, Decimal, EpochMs, TenantId } from '#domain';
import type { Database } from '../database.js';
import { rows } from '../sql.js';
import type { PriceSource } from './order-view.repository.js';

/** What a condition can hold. */
export type ConditionHolderKind = 'order' | 'multi_order';

/** A condition that holds something, as the index of all of them says it. */
export interface HeldEntry {
  readonly holderId: string;
  readonly holder: ConditionHolderKind;
  readonly tenantId: TenantId;
  readonly isPaused: boolean;
  /** Rises with whatever an evaluation depends on. */
  readonly revision: number;
}

/** Since when which prices of a condition are missing, in ms since the epoch; by `pair@exchange`. */
export type MissingPrices = Readonly<Record<string, number>>;

/** A held condition with all that evaluating it takes. */
export interface HeldCondition {
  readonly holderId: string;
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
  readonly holderId: string;
  /** As they were read or saved last: whoever finds others was overtaken. */
  readonly before: ConditionVars;
  readonly vars: ConditionVars;
  readonly missing: MissingPrices;
}

/**
 * What conditions hold, for the one who evaluates them; in a transaction of the holders' tenant. Every change is refused
 * with `false` when the holder waits no more, is paused, or somebody else has changed its variables.
 */
export interface ConditionHolders {
  read(holderIds: readonly string[]): Promise<HeldCondition[]>;
  /** @returns the ids of those that were saved */
  save(changes: readonly ConditionChange[]): Promise<ReadonlySet<string>>;
  /** The condition is true: what it held begins. */
  release(change: ConditionChange): Promise<boolean>;
  /** Ends what the condition holds, for it can have no value. */
  fail(holderId: string, now: EpochMs, text: string): Promise<boolean>;
  /** Tells the owner that there is no value, and when that was. */
  tell(holderId: string, now: EpochMs, text: string): Promise<boolean>;
  /** The expiry has passed: what the condition holds is woken, and ends. */
  expire(holderId: string): Promise<boolean>;
}

/** Every condition that holds something. */
export async function heldConditions(db: Database): Promise<HeldEntry[]> {
  const found = await db.inSystem((tx) =>
    rows<{ holder_id: string; holder: ConditionHolderKind; tenant_id: string; is_paused: boolean; revision: number }>(
      tx,
      'SELECT holder_id, holder, tenant_id, is_paused, revision FROM held_conditions',
    ),
  );
  return found.map((r) => ({
    holderId: r.holder_id,
    holder: r.holder,
    tenantId: r.tenant_id as TenantId,
    isPaused: r.is_paused,
    revision: r.revision,
  }));
}
