import { err, ok, type Result } from '#domain';
import { OrderIntakeRepository, type AcceptedOrder, type Tx } from '#persistence';
import { acceptOrder, type NewOrder } from './accept-order.js';
import { assertRoom } from './assert-room.js';
import type { Checks } from './checks/check-admitted.js';
import { claimCustomId } from './claim-custom-id.js';
import { parseContext, type IntakeWorld } from './intake-world.js';
import type { JsonObject } from './json/json-body.js';
import { OrderRefusal } from './order-refusal.js';
import { parseOrderRequest } from './request/parse-order-request.js';

/** An order to be made of the body of `POST /api/orders/` (order-api.md 3.2). */
export interface OrderToTake {
  /** Its id may derive from what it is for: then a repeat adds nothing. */
  readonly order: NewOrder;
  readonly body: JsonObject;
  readonly checks: Checks;
}

/**
 * Takes an order in: parses, admits, checks, estimates and stores it inside the caller's transaction. Limits per user are
 * exact where that transaction called `OrderIntakeRepository.begin` before, whose time is the world's.
 * @returns the order as stored; null where it is there already and nothing was done. Where it is refused nothing was
 * written, so that the transaction may go on
 */
export async function takeOrder(
  tx: Tx,
  { order: { id, tenantId, userId, traceId }, body, checks }: OrderToTake,
  world: IntakeWorld,
): Promise<Result<AcceptedOrder | null, OrderRefusal>> {
  const intake = new OrderIntakeRepository(tx, tenantId, userId);
  try {
    const request = parseOrderRequest(body, parseContext(world));
    if (!request.ok) throw OrderRefusal.ofFields(request.error);
    const asked = { request: request.value, body, prefix: '' };
    const order = await acceptOrder(tx, asked, { id, tenantId, userId, traceId }, world, checks);
    if (checks !== 'exit') await assertRoom(intake, 1, request.value.condition !== null);
    await claimCustomId(intake, order.record.customOrderId, id);
    return ok((await intake.addOnce(order)) ? order : null);
  } catch (error) {
    if (!(error instanceof OrderRefusal)) throw error;
    // What a repeat is refused for may be new, or the order itself.
    return (await intake.has(id)) ? ok(null) : err(error);
  }
}
