import { addMs, type EpochMs, type Fill, type VenueOrderId } from '#domain';
import type { StoredChildOrder } from '#persistence';
import type { AccountSession } from '../accounts/account-sessions.js';
import { readFills } from '../venue/read-fills.js';
import {
  LIST_CUT_OFF,
  UNFENCED_ABSENCE_MS,
  type CallPriority,
  type Cause,
  type OrderView,
  type VenueFill,
  type VenueTraits,
} from '#venues';
import type { VenueFacts } from './booking.js';

/** What a search for one order at its venue came to. */
export type Search =
  | { readonly kind: 'found'; readonly facts: VenueFacts }
  /** In no list the venue has; counts as evidence only once the fence is past (see {@link absenceAt}). */
  | { readonly kind: 'absent' }
  /** `forGood`: another look will tell no more. */
  | { readonly kind: 'unclear'; readonly why: string; readonly forGood?: boolean };

/** Orders and fills are asked for from this long before the claim: clocks differ, and a claim is not the first sign of life. */
const BEFORE_CLAIM_MS = 60_000;
/** An order is created at its venue by so much before or after its claim's validity at the most. */
const CREATED_WITHIN_MS = 5_000;

/** Looks for a child at its venue by our id. A found order comes with its fills when it has more than we booked. */
export async function searchById(
  child: StoredChildOrder,
  account: AccountSession,
  priority: CallPriority,
): Promise<Search> {
  const { session, venue } = account;
  const created = createdOf(child, venue.traits);
  const found = await session.findOrder(
    { clientOrderId: child.order.clientOrderId, symbol: child.symbol, ...created },
    priority,
  );
  if (found.kind === 'unclear') return unclear(found.why);
  if (found.kind === 'found') return withFills(child, found.order, account, priority);
  return child.venueOrderId === null
    ? { kind: 'absent' }
    : searchByVenueId(child, { venueOrderId: child.venueOrderId, ...created }, account, priority);
}

/** A list that is cut off before the order's place in it stays so. */
function unclear({ code, text }: Cause): Search {
  return { kind: 'unclear', why: `${code}: ${text}`, forGood: code === LIST_CUT_OFF };
}

/** Some venues forget our id before they forget the order; and a person may have told theirs. */
async function searchByVenueId(
  child: StoredChildOrder,
  key: { readonly venueOrderId: VenueOrderId; readonly created?: { readonly from: EpochMs; readonly to?: EpochMs } },
  account: AccountSession,
  priority: CallPriority,
): Promise<Search> {
  const found = await account.session.findOrder({ ...key, symbol: child.symbol }, priority);
  if (found.kind === 'unclear') return unclear(found.why);
  if (found.kind === 'absent') return { kind: 'absent' };
  const { order } = found;
  const isOurs =
    order.side === child.side && (order.clientOrderId === null || order.clientOrderId === child.order.clientOrderId);
  if (!isOurs) return { kind: 'unclear', why: `order ${key.venueOrderId} of the venue is another one` };
  return withFills(child, order, account, priority);
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
  const from = sinceOf(child, account.offset);
  const open = await session.openOrders(child.symbol, priority);
  if (open.kind === 'failed') return { kind: 'unclear', why: open.why.text };
  const recent = await session.ordersSince(child.symbol, from, priority);
  if (recent.kind === 'failed') return { kind: 'unclear', why: recent.why.text };
  const fills = await readFills(account, child.symbol, from, priority);
  if (fills.kind === 'failed') return { kind: 'unclear', why: fills.why.text };
  const known = [...open.value, ...recent.value];
  const lost = [open, recent, fills].flatMap(({ unreadable = [] }) => unreadable);
  const mine = known.find((o) => o.clientOrderId === child.order.clientOrderId);
  if (mine !== undefined)
    return { kind: 'found', facts: { view: newest(known, mine), fills: fillsOf(mine, fills.value) } };
  const [first] = lost;
  if (first !== undefined) return { kind: 'unclear', why: `${lost.length} row(s) cannot be read: ${first.text}` };
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

/** By then the connection of a request is destroyed, however it went: send-by, connect and reply limits together. */
const SOCKET_GONE_MS = 7_500;

/** Whether an absent look proves anything at a time. */
export type Absence =
  | { readonly kind: 'now' }
  | { readonly kind: 'later'; readonly waitMs: number }
  /** This venue leaves no proof of absence: it refuses no late request and forgets what ended. A person decides. */
  | { readonly kind: 'never' };

/**
 * Absence counts only once nothing that we sent can still arrive: the fence and the venue's margin are past, the
 * venue's clock is known, and the last absent look lies far enough back. Without a fence it counts 60 s after
 * the connection was destroyed, and only where look-ups last (venues.md A4).
 */
export function absenceAt(
  child: Pick<StoredChildOrder, 'claimedAt' | 'validUntil' | 'lastAbsentAt'>,
  { venue, offset }: Pick<AccountSession, 'venue' | 'offset'>,
  now: EpochMs,
): Absence {
  const { traits } = venue;
  const lastSpell =
    traits.fence === null
      ? (child.claimedAt ?? now) + SOCKET_GONE_MS + UNFENCED_ABSENCE_MS
      : // The request was signed with this instant moved to the venue's clock, so by ours it ends here, give or take the error.
        (child.validUntil ?? now) + offset.errorMs();
  const fencePast = lastSpell + traits.absenceMarginMs - now;
  const spacingPast = child.lastAbsentAt === null ? 0 : child.lastAbsentAt + traits.lookupSpacingMs - now;
  const waitMs = Math.max(fencePast, spacingPast);
  if (waitMs > 0) return { kind: 'later', waitMs };
  if (traits.fence === null) return traits.lookup === 'lasting' ? { kind: 'now' } : { kind: 'never' };
  return offset.isKnown() ? { kind: 'now' } : { kind: 'later', waitMs: 1_000 };
}

async function withFills(
  child: StoredChildOrder,
  order: OrderView,
  account: AccountSession,
  priority: CallPriority,
): Promise<Search> {
  if (order.cumQty.lte(child.order.cumQty)) return { kind: 'found', facts: { view: order, fills: [] } };
  const fills = await readFills(account, child.symbol, sinceOf(child, account.offset), priority);
  // The view alone proves presence; without its fills the order stays open until they are told.
  return { kind: 'found', facts: { view: order, fills: fills.kind === 'ok' ? fillsOf(order, fills.value) : [] } };
}

/**
 * Its request was written between the claim and the end of its fence; clocks are known to half a second. Without a fence it may
 * have come later.
 */
function createdOf(
  { claimedAt, validUntil }: StoredChildOrder,
  { fence }: VenueTraits,
): { created?: { from: EpochMs; to?: EpochMs } } {
  if (claimedAt === null || validUntil === null) return {};
  const from = addMs(claimedAt, -CREATED_WITHIN_MS);
  return { created: fence === null ? { from } : { from, to: addMs(validUntil, CREATED_WITHIN_MS) } };
}

/** The venue dates by its own clock: where that is behind ours, the window begins so much earlier. */
function sinceOf(child: StoredChildOrder, offset: AccountSession['offset']): EpochMs {
  return addMs(child.claimedAt ?? child.createdAt, Math.min(0, offset.offsetMs()) - BEFORE_CLAIM_MS);
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
