import type { OrderIntakeRepository } from '#persistence';
import { OrderRefusal } from './order-refusal.js';

/**
 * Takes the id for this order, multi order or member, once and for ever.
 * @param field as the request calls it
 * @throws OrderRefusal `duplicate_custom_order_id` when another has it
 */
export async function claimCustomId(
  intake: OrderIntakeRepository,
  customOrderId: string,
  id: string,
  field = 'custom_order_id',
): Promise<void> {
  const holder = customOrderId === '' ? null : await intake.takeCustomId(customOrderId, id);
  if (holder === null) return;
  const text = `custom_order_id '${customOrderId}' is already used`;
  throw new OrderRefusal('duplicate_custom_order_id', text, {
    errors: { [field]: [text] },
    extra: { order_id: holder },
  });
}
