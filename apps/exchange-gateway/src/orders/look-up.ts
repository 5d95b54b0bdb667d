import { addMs, type EpochMs, type Fill } from '#domain';
import type { StoredChildOrder } from '#persistence';
import type { AccountSession } from '../accounts/account-sessions.js';
import type { CallPriority, OrderView, VenueFill } from '#venues';
import type { VenueFacts } from './booking.js';

/** What a search for one order at its venue came to. */
export type Search =
  | { readonly kind: 'found'; readonly facts: VenueFacts }
  /** In no list the venue has; counts as evidence only once the fence is past (see {@link mayConcludeAbsence}). */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unclear'; readonly why: string };

/** Orders and fills are asked for from this long before the claim: clocks differ, and a claim is not the first sign of life. */
const BEFORE_CLAIM_MS = 60_000;

/** Looks for a child at its venue by our id. A found order comes with its fills when it has more than we booked. */
export async function searchById(
  child: StoredChildOrder,
  { session }: AccountSession,
  priority: CallPriority,
): Promise<Search> {
  const found = await session.findOrder({ clientOrderId: child.order.clientOrderId, symbol: child.symbol }, priority);
  if (found.kind === 'unclear') return { kind: 'unclear', why: `${found.why.code}: ${found.why.text}` };
  if (found.kind === 'absent') return { kind: 'absent' };
  return withFills(child, found.order, session, priority);
}

/**
 * The full look behind a conclusion of absence: open orders, orders and fills since the claim as well (venues.md A6.5).
 * A fill of an order in neither list makes it unclear, unless the venue says that the order is another one.
 */
export async function searchEverywhere(
  child: StoredChildOrder,
  account: AccountSession,
  priority: CallPriority,
): Promise<Search> {
  const byId = await searchById(child, account, priority);
  if (byId.kind !== 'absent') return byId;
  const { session } = account;
  const from = sinceOf(child);
  const open = await session.openOrders(child.symbol, priority);
  if (open.kind === 'failed') return { kind: 'unclear', why: open.why.text };
  const recent = await session.ordersSince(child.symbol, from, priority);
  if (recent.kind === 'failed') return { kind: 'unclear', why: recent.why.text };
  const fills = await session.fillsSince(child.symbol, from, priority);
  if (fills.kind === 'failed') return { kind: 'unclear', why: fills.why.text };
  const known = [...open.value, ...recent.value];
  const mine = known.find((o) => o.clientOrderId === child.order.clientOrderId);
  if (mine !== undefined)
    return { kind: 'found', facts: { view: newest(known, mine), fills: fillsOf(mine, fills.value) } };
  const listed = new Set(known.map((o) => o.venueOrderId));
  const stray = new Map(fills.value.filter((f) => !listed.has(f.venueOrderId)).map((f) => [f.venueOrderId, f]));
  for (const [venueOrderId, { tradeId }] of stray) {
    // An order from before the claim that has just ended stands in neither list: the venue says whose it is.
    const owner = await session.findOrder({ venueOrderId, symbol: child.symbol }, priority);
    if (owner.kind !== 'found')
      return { kind: 'unclear', why: `fill ${tradeId} belongs to order ${venueOrderId}, which no list has` };
    if (owner.order.clientOrderId === child.order.clientOrderId)
      return { kind: 'found', facts: { view: owner.order, fills: fillsOf(owner.order, fills.value) } };
  }
  return { kind: 'absent' };
}

/**
 * Absence counts only once nothing that we sent can still arrive: the fence and the venue's margin are past by the
 * venue's clock, that clock is known, and the last absent look lies far enough back.
 */
export function mayConcludeAbsence(
  child: StoredChildOrder,
  { venue, offset }: Pick<AccountSession, 'venue' | 'offset'>,
  now: EpochMs,
): { readonly now: true } | { readonly now: false; readonly waitMs: number } {
  const { traits } = venue;
  const arrivesUntil = (child.validUntil ?? now) + traits.absenceMarginMs;
  const fencePast = arrivesUntil - offset.offsetMs() + offset.errorMs() - now;
  const spacingPast = child.lastAbsentAt === null ? 0 : child.lastAbsentAt + traits.lookupSpacingMs - now;
  const waitMs = Math.max(fencePast, spacingPast);
  if (waitMs > 0) return { now: false, waitMs };
  return offset.isKnown() ? { now: true } : { now: false, waitMs: 1_000 };
}

async function withFills(
  child: StoredChildOrder,
  order: OrderView,
  session: AccountSession['session'],
  priority: CallPriority,
): Promise<Search> {
  if (order.cumQty.lte(child.order.cumQty)) return { kind: 'found', facts: { view: order, fills: [] } };
  const fills = await session.fillsSince(child.symbol, sinceOf(child), priority);
  // The view alone proves presence; without its fills the order stays open until they are told.
  return { kind: 'found', facts: { view: order, fills: fills.kind === 'ok' ? fillsOf(order, fills.value) : [] } };
}

function sinceOf(child: StoredChildOrder): EpochMs {
  return addMs(child.claimedAt ?? child.createdAt, -BEFORE_CLAIM_MS);
}

function fillsOf(order: OrderView, fills: readonly VenueFill[]): Fill[] {
  return fills.filter((f) => f.venueOrderId === order.venueOrderId);
}

function newest(known: readonly OrderView[], mine: OrderView): OrderView {
  return known
    .filter((o) => o.venueOrderId === mine.venueOrderId)
    .reduce((best, o) =>
      o.cumQty.gt(best.cumQty) || (o.status !== 'working' && best.status === 'working') ? o : best,
    );
}

/** Look-ups at 0.5, 1, 2 and 4 s, then every 5 s (venues.md A6.5). */
export function nextLookMs(lookups: number): number {
  return Math.min(500 * 2 ** lookups, 5_000);
}
