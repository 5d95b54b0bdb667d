import type { TenantId } from '#domain';
import type { Tx } from '../database.js';
import { send } from '../sql.js';

export interface AuditEntry {
  readonly entity:
    | 'parent_order'
    | 'multi_order'
    | 'chained_order'
    | 'child_order'
    | 'fill'
    | 'account'
    | 'token'
    | 'strategy'
    | 'signal_secret'
    | 'subscription'
    | 'risk_limit'
    | 'halt';
  readonly entityId: string;
  readonly event: string;
  /** No secrets; decimals as strings. */
  readonly data?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Every state change leaves a trace in the transaction that makes it (reliability.md I-12); append-only. */
export async function audit(tx: Tx, tenantId: TenantId, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await send(
    tx,
    `INSERT INTO audit_log (tenant_id, entity, entity_id, event, data)
     SELECT $1, e.* FROM unnest($2::text[], $3::text[], $4::text[], $5::jsonb[]) AS e`,
    [
      tenantId,
      entries.map((e) => e.entity),
      entries.map((e) => e.entityId),
      entries.map((e) => e.event),
      entries.map((e) => JSON.stringify(e.data ?? {})),
    ],
  );
}
