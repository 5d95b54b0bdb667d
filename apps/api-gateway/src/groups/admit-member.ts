import { randomBytes } from 'node:crypto';
import { EXECUTION_SETTINGS } from '#domain';
import { AccountViewRepository, type AcceptedOrder, type TokenOwner, type Tx, type VenueAccount } from '#persistence';
import type { ListedVenue } from '../credentials/venue-list.js';
import { ApiError } from '../http/api-error.js';
import type { JsonObject } from '../http/json-body.js';
import { admitOrder, type World } from '../orders/admit-order.js';
import { invalidCredentials, refusalOf } from '../orders/create-order.js';
import { estimateMs } from '../orders/estimate-duration.js';
import type { OrderRequest, ParseContext } from '../orders/order-request.js';
import { priceSources } from '../orders/price-sources.js';
import { toEpochMs } from '../orders/read-values.js';
import { refuseDenied } from '../orders/refuse-denied.js';
import { uuidV7 } from '../orders/uuid-v7.js';
import { assertUnrestricted } from '../restrictions/check-restrictions.js';

/** A member of a group as it was asked for. */
export interface MemberRequest {
  readonly request: OrderRequest;
  readonly body: JsonObject;
  /** Where its fields stand in the whole body, `child_orders[1].`. */
  readonly prefix: string;
}

/** What the members of a group are parsed with. */
export function parseContextOf(
  accounts: readonly VenueAccount[],
  { now, instruments }: World,
  listed: readonly ListedVenue[],
): ParseContext {
  const venues = [...accounts, ...listed.map(({ id, exchange }) => ({ venue: id, exchange }))];
  return { now, accounts, prices: priceSources(instruments, venues) };
}

/** The checks of a single order (order-api.md 3.6) on one member, its faults named by its place. @throws ApiError */
export async function admitMember(
  tx: Tx,
  { tenantId, userId }: TokenOwner,
  { request, body, prefix }: MemberRequest,
  world: World,
  traceId: string,
): Promise<AcceptedOrder> {
  const id = newGroupId(world);
  const identity = { id, tenantId, userId, traceId, settingsVersion: EXECUTION_SETTINGS.version };
  const admitted = admitOrder(request, identity, world);
  if (!admitted.ok) throw refusalOf(admitted.error, body, prefix);
  const { record, legs } = admitted.value;
  const rejected = await new AccountViewRepository(tx, tenantId).rejected(record.accountIds);
  if (rejected.length > 0)
    throw ApiError.ofFields({ [`${prefix}accounts`]: [invalidCredentials(request.accounts, rejected)] });
  await assertUnrestricted(tx, {
    tenantId,
    userId,
    pair: record.pair,
    places: [...legs.map(({ venue }) => venue), ...request.accounts.map((account) => account.exchange)],
    notional: record.quoteAmount,
  });
  await refuseDenied(tx, tenantId, admitted.value);
  const estimatedMs = await estimateMs(tx, { ...record, ...admitted.value }, toEpochMs(world.now));
  return { ...admitted.value, record: { ...record, estimatedMs } };
}

/** A new id, of a member or of the group itself. */
export function newGroupId({ now }: Pick<World, 'now'>): ReturnType<typeof uuidV7> {
  return uuidV7(toEpochMs(now), randomBytes(10));
}
