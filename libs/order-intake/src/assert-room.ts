import type { OrderIntakeRepository } from '#persistence';
import { OrderRefusal } from './order-refusal.js';

/** Orders of one user that have not ended (order-api.md 9). */
const MAX_OPEN_ORDERS = 500;
/** Of one user, orders and multi orders together. */
const MAX_HELD_CONDITIONS = 200;
const RETRY_AFTER_S = 60;

/** What one user may have open and held at a time. @param more orders to be taken in @throws OrderRefusal `too_many_orders` */
export async function assertRoom(repository: OrderIntakeRepository, more: number, isHeld: boolean): Promise<void> {
  if ((await repository.openCount()) + more > MAX_OPEN_ORDERS)
    throw tooMany(`at most ${MAX_OPEN_ORDERS} orders may be open at a time`);
  if (isHeld && (await repository.heldCount()) >= MAX_HELD_CONDITIONS)
    throw tooMany(`at most ${MAX_HELD_CONDITIONS} conditions may hold orders`);
}

function tooMany(text: string): OrderRefusal {
  return new OrderRefusal('too_many_orders', text, { retryAfterSeconds: RETRY_AFTER_S });
}
