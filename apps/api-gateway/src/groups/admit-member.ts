import { randomBytes } from 'node:crypto';
import { EXECUTION_SETTINGS, type RestrictedTrade } from '#domain';
import type { AcceptedOrder, TokenOwner, Tx } from '#persistence';
import type { ListedVenue } from '../credentials/venue-list.js';
import type { JsonObject } from '../http/json-body.js';
import { admitOrder, type World } from '../orders/admit-order.js';
import { checkAdmitted, asTrade } from '../orders/check-admitted.js';
import { refusalOf } from '../orders/create-order.js';
import { estimateMs } from '../orders/estimate-duration.js';
import type { OrderRequest } from '../orders/order-request.js';
import { toEpochMs } from '../orders/read-values.js';
import { refuseBasket } from '../orders/refuse-denied.js';
import { uuidV7 } from '../orders/uuid-v7.js';

/** A member of a group as it was asked for. */
export interface MemberRequest {
  readonly request: OrderRequest;
  readonly body: JsonObject;
  /** Where its fields stand in the whole body, `child_orders[1].`. */
  readonly prefix: string;
  /** Where its accounts stand, if elsewhere. */
  readonly accountsField?: string;
  /** Where its strategy parameters stand, if elsewhere. */
  readonly paramsPrefix?: string;
}

/** Members that fit their instruments and passed their checks, and what is to be said of them together. */
export interface AdmittedMembers {
  readonly members: readonly AcceptedOrder[];
  readonly warnings: readonly string[];
}

/**
 * The checks of a single order (order-api.md 3.6) on each member, its faults named by its place. What is limited for all
 * open orders together is limited for the members together, and so is their notional: they are a basket. @throws ApiError
 */
export async function admitMembers(
  tx: Tx,
  caller: TokenOwner,
  members: readonly MemberRequest[],
  world: World & { readonly venues: readonly ListedVenue[] },
  traceId: string,
): Promise<AdmittedMembers> {
  const { tenantId, userId } = caller;
  const accepted: AcceptedOrder[] = [];
  const beside: RestrictedTrade[] = [];
  for (const { request, body, prefix, paramsPrefix = prefix, accountsField = `${prefix}accounts` } of members) {
    const id = newGroupId(world);
    const identity = { id, tenantId, userId, traceId, settingsVersion: EXECUTION_SETTINGS.version };
    const admitted = admitOrder(request, identity, world);
    if (!admitted.ok) throw refusalOf(admitted.error, body, prefix);
    const order = await checkAdmitted(
      tx,
      caller,
      { request, order: admitted.value, prefix, paramsPrefix, accountsField, beside },
      world,
    );
    const estimatedMs = await estimateMs(tx, { ...order.record, ...order }, toEpochMs(world.now));
    accepted.push({ ...order, record: { ...order.record, estimatedMs } });
    beside.push(asTrade(order, request));
  }
  const basket = accepted.map(({ record, legs }) => ({ ...record, legs }));
  return { members: accepted, warnings: await refuseBasket(tx, tenantId, basket, world) };
}

/** A new id, of a member or of the group itself. */
export function newGroupId({ now }: Pick<World, 'now'>): ReturnType<typeof uuidV7> {
  return uuidV7(toEpochMs(now), randomBytes(10));
}
