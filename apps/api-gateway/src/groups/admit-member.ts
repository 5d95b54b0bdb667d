import { randomBytes } from 'node:crypto';
import type { RestrictedTrade } from '#domain';
import {
  acceptOrder,
  asTrade,
  refuseBasket,
  toEpochMs,
  uuidV7,
  type AskedOrder,
  type IntakeWorld,
} from '#order-intake';
import type { AcceptedOrder, TokenOwner, Tx } from '#persistence';

/** Members that fit their instruments and passed their checks, and what is to be said of them together. */
export interface AdmittedMembers {
  readonly members: readonly AcceptedOrder[];
  readonly warnings: readonly string[];
}

/**
 * The checks of a single order (order-api.md 3.6) on each member, its faults named by its place. What is limited for all
 * open orders together is limited for the members together, and so is their notional: they are a basket. @throws OrderRefusal
 */
export async function admitMembers(
  tx: Tx,
  caller: TokenOwner,
  members: readonly Omit<AskedOrder, 'beside'>[],
  world: IntakeWorld,
  traceId: string,
): Promise<AdmittedMembers> {
  const { tenantId, userId } = caller;
  const accepted: AcceptedOrder[] = [];
  const beside: RestrictedTrade[] = [];
  for (const member of members) {
    const identity = { id: newGroupId(world), tenantId, userId, traceId };
    const order = await acceptOrder(tx, { ...member, beside }, identity, world);
    accepted.push(order);
    beside.push(asTrade(order, member.request));
  }
  const basket = accepted.map(({ record, legs }) => ({ ...record, legs }));
  return { members: accepted, warnings: await refuseBasket(tx, tenantId, basket, world) };
}

/** A new id, of a member or of the group itself. */
export function newGroupId({ now }: Pick<IntakeWorld, 'now'>): ReturnType<typeof uuidV7> {
  return uuidV7(toEpochMs(now), randomBytes(10));
}
