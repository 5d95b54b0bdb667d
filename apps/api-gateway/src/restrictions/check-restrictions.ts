import type { Decimal, TenantId, UserId } from '#domain';
import { RestrictionRepository, type Restriction, type Tx } from '#persistence';
import { ApiError } from '../http/api-error.js';

/** What a new order, or what an amendment adds to one, would trade. */
export interface RestrictedOrder {
  readonly tenantId: TenantId;
  readonly userId: UserId;
  readonly pair: string;
  /** Ids of its venues, and names of their exchanges. */
  readonly places: readonly string[];
  /** In quote; null while there is no price to tell it by. */
  readonly notional: Decimal | null;
  /** What an amendment adds to what is open already; absent: all of it is new. */
  readonly adds?: Decimal | null;
}

/**
 * Holds an order against the restrictions in force, to be called before it is stored. Where a notional is limited, one
 * that cannot be told is refused.
 * @throws ApiError `restricted` with the reason of the first that forbids it
 */
export async function assertUnrestricted(tx: Tx, order: RestrictedOrder): Promise<void> {
  const repository = new RestrictionRepository(tx, order.tenantId);
  for (const restriction of await repository.ofUser(order.userId)) {
    if (!concerns(restriction, order)) continue;
    const text = await whyNot(restriction, order, () => repository.openNotional(restriction));
    if (text !== null)
      throw new ApiError('restricted', `${text}: ${restriction.reason}`, { extra: { reason: restriction.reason } });
  }
}

function concerns({ pair, venue }: Restriction, order: RestrictedOrder): boolean {
  const isPair = pair === null || pair.toLowerCase() === order.pair.toLowerCase();
  return isPair && (venue === null || order.places.some((place) => place.toLowerCase() === venue.toLowerCase()));
}

async function whyNot(
  { type, limit }: Restriction,
  { pair, notional, adds = notional }: RestrictedOrder,
  openNotional: () => Promise<Decimal>,
): Promise<string | null> {
  if (type === 'PAIR_BLOCK' || limit === null) return `${pair} is blocked`;
  if (notional === null || adds === null)
    return `the notional of ${pair} cannot be told without a price, and must be at most ${limit.toFixed()}`;
  if (type === 'MAX_ORDER_NOTIONAL')
    return notional.gt(limit) ? `notional must be at most ${limit.toFixed()}, was ${notional.toFixed()}` : null;
  const open = (await openNotional()).add(adds);
  return open.gt(limit) ? `open notional must stay at most ${limit.toFixed()}, would be ${open.toFixed()}` : null;
}
