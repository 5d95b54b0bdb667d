import { EXECUTION_SETTINGS } from '#domain';
import type { AcceptedOrder, Tx } from '#persistence';
import { admitOrder, type OrderIdentity } from './admission/admit-order.js';
import { estimateMs } from './admission/estimate-duration.js';
import { refusalOf } from './admission/refusal-of.js';
import { checkAdmitted, type AskedOrder, type Checks } from './checks/check-admitted.js';
import type { IntakeWorld } from './intake-world.js';
import { toEpochMs } from './request/read-values.js';

/** Whose order it is to be, and how it is known. */
export type NewOrder = Omit<OrderIdentity, 'settingsVersion'>;

/**
 * Everything of order-api.md 3.6 for a well-formed order, as far as it does not depend on what else is open. Nothing is
 * stored. @throws OrderRefusal
 */
export async function acceptOrder(
  tx: Tx,
  asked: AskedOrder,
  identity: NewOrder,
  world: IntakeWorld,
  checks: Checks = 'all',
): Promise<AcceptedOrder> {
  const { request, body, prefix } = asked;
  const admitted = admitOrder(
    request,
    { ...identity, settingsVersion: EXECUTION_SETTINGS.version },
    world,
    checks === 'exit',
  );
  if (!admitted.ok) throw refusalOf(admitted.error, body, prefix);
  const order = await checkAdmitted(tx, identity, { ...asked, order: admitted.value }, world, checks);
  const estimatedMs = await estimateMs(tx, { ...order.record, ...order }, toEpochMs(world.now));
  return { ...order, record: { ...order.record, estimatedMs } };
}
