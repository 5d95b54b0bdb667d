import { decimal, epochMs, type ConditionVars, type EpochMs, type ParentOrderId, type TenantId } from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { wakeParent } from '../outbox/due-work.js';
import { row, rows, send } from '../sql.js';
import { ExecutionOrderRepository } from './execution-order.repository.js';
import type { ConditionChange, HeldCondition, MissingPrices } from './held-condition.repository.js';
import { OrderMessageRepository } from './order-message.repository.js';
import type { PriceSource } from './order-view.repository.js';

interface ConditionColumns {
  id: string;
  trace_id: string;
  condition_text: string;
  condition_prices: PriceSource[];
  condition_vars: ConditionVars;
  condition_missing: MissingPrices;
  condition_told_at: Date | null;
  condition_expires_at: Date | null;
  start_at: Date;
  order_qty: string;
}

const HELD = `condition_text IS NOT NULL AND released_at IS NULL AND status = 'SCHEDULED'`;
const msOrNull = (at: Date | null): EpochMs | null => (at === null ? null : epochMs(at.getTime()));

/**
 * Orders that wait for their conditions, for the one who evaluates them. Every change is refused when the order waits no
 * more, is paused, or somebody else has changed its variables.
 */
export class OrderConditionRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  async read(ids: readonly ParentOrderId[]): Promise<HeldCondition[]> {
    const found = await rows<ConditionColumns>(
      this.tx,
      `SELECT id, trace_id, condition_text, condition_prices, condition_vars, condition_missing, condition_told_at,
              condition_expires_at, start_at, order_qty
       FROM parent_orders WHERE id = ANY($1::uuid[]) AND condition_text IS NOT NULL AND released_at IS NULL`,
      [ids],
    );
    return found.map((r) => ({
      orderId: r.id as ParentOrderId,
      traceId: r.trace_id,
      text: r.condition_text,
      prices: r.condition_prices,
      vars: r.condition_vars,
      missing: r.condition_missing,
      toldAt: msOrNull(r.condition_told_at),
      startAt: epochMs(r.start_at.getTime()),
      expiresAt: msOrNull(r.condition_expires_at),
      qty: decimal(r.order_qty),
    }));
  }

  /** @returns the ids of those that were saved */
  async save(changes: readonly ConditionChange[]): Promise<ReadonlySet<ParentOrderId>> {
    const saved = await rows<{ id: string }>(
      this.tx,
      `UPDATE parent_orders p SET condition_vars = c.vars, condition_missing = c.missing
       FROM unnest($1::uuid[], $2::jsonb[], $3::jsonb[], $4::jsonb[]) AS c(id, before, vars, missing)
       WHERE p.id = c.id AND p.condition_vars = c.before AND p.condition_text IS NOT NULL AND p.released_at IS NULL
         AND p.status = 'SCHEDULED'
       RETURNING p.id`,
      [
        changes.map((c) => c.orderId),
        changes.map((c) => JSON.stringify(c.before)),
        changes.map((c) => JSON.stringify(c.vars)),
        changes.map((c) => JSON.stringify(c.missing)),
      ],
    );
    return new Set(saved.map((r) => r.id as ParentOrderId));
  }

  /** From here on the order's own time runs; its first wake-up begins the trading. */
  async release({ orderId: id, before, vars }: ConditionChange): Promise<boolean> {
    const released = await row<{ trace_id: string }>(
      this.tx,
      `UPDATE parent_orders SET released_at = clock_timestamp(), condition_vars = $3, condition_missing = '{}',
              updated_at = clock_timestamp(), version = version + 1
       WHERE id = $1 AND ${HELD} AND condition_vars = $2::jsonb AND start_at <= clock_timestamp()
         AND (condition_expires_at IS NULL OR condition_expires_at > clock_timestamp())
       RETURNING trace_id`,
      [id, JSON.stringify(before), JSON.stringify(vars)],
    );
    if (released === null) return false;
    await this.message(id, 'info', 'condition_met', 'the condition is true');
    await wakeParent(this.tx, this.tenantId, id, released.trace_id);
    await audit(this.tx, this.tenantId, [
      { entity: 'parent_order', entityId: id, event: 'released', data: { vars: JSON.stringify(vars) } },
    ]);
    return true;
  }

  /** Ends an order whose condition can have no value; what hangs on its end follows with its wake-up. */
  async fail(id: ParentOrderId, now: EpochMs, text: string): Promise<boolean> {
    const traceId = await this.lockHeld(id);
    if (traceId === null) return false;
    const orders = new ExecutionOrderRepository(this.tx, this.tenantId);
    await orders.end(id, now, { status: 'CANCELED', reason: 'condition_failed', text });
    await wakeParent(this.tx, this.tenantId, id, traceId);
    return true;
  }

  /** Tells the owner that there is no value, and when that was. */
  async tell(id: ParentOrderId, now: EpochMs, text: string): Promise<boolean> {
    if ((await this.lockHeld(id)) === null) return false;
    await send(
      this.tx,
      'UPDATE parent_orders SET condition_told_at = to_timestamp($2::double precision / 1000) WHERE id = $1',
      [id, now],
    );
    await this.message(id, 'warning', 'condition_void', `the condition has no value: ${text}`);
    return true;
  }

  /** The expiry has passed: what ends the order is its own wake-up, which its due work would bring about by itself. */
  async expire(id: ParentOrderId): Promise<boolean> {
    const found = await row<{ trace_id: string }>(
      this.tx,
      `SELECT trace_id FROM parent_orders WHERE id = $1 AND condition_text IS NOT NULL AND released_at IS NULL
         AND status IN ('SCHEDULED', 'PAUSED') AND condition_expires_at <= clock_timestamp()`,
      [id],
    );
    if (found === null) return false;
    await wakeParent(this.tx, this.tenantId, id, found.trace_id);
    return true;
  }

  /** The order's trace; null when no condition holds it. */
  private async lockHeld(id: ParentOrderId): Promise<string | null> {
    const found = await row<{ trace_id: string }>(
      this.tx,
      `SELECT trace_id FROM parent_orders WHERE id = $1 AND ${HELD} FOR UPDATE`,
      [id],
    );
    return found?.trace_id ?? null;
  }

  private message(id: ParentOrderId, level: 'info' | 'warning', type: string, message: string): Promise<void> {
    return new OrderMessageRepository(this.tx).add(this.tenantId, id, { level, type, message });
  }
}
