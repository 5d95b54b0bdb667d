import { readAccountHalt, type AcceptedOrder, type Tx } from '#persistence';
import { OrderRefusal } from '../order-refusal.js';

/**
 * Nothing is taken in that could trade nowhere (order-api.md 3.6): where all accounts of an order are halted it is
 * refused; where some are, the others go on with it.
 * @throws OrderRefusal `risk_denied`
 */
export async function refuseHalted(tx: Tx, { legs }: Pick<AcceptedOrder, 'legs'>): Promise<void> {
  let first: string | null = null;
  for (const { accountId, venue } of legs) {
    const halt = await readAccountHalt(tx, accountId, venue);
    if (halt === null) return;
    first ??= halt;
  }
  if (first !== null)
    throw new OrderRefusal('risk_denied', `trading is ${first}`, { extra: { reason: 'STATE_HALTED' } });
}
