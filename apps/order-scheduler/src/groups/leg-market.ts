import {
  activeMs,
  exactShare,
  EXECUTION_SETTINGS,
  followSpread,
  isFinal,
  legExposure,
  multiExposure,
  plannedNotional,
  spreadOf,
  spreadWatches,
  type BookLevel,
  type EpochMs,
  type Interval,
  type LegExposure,
  type LegState,
  type MarketSnapshot,
  type Price,
} from '#domain';
import {
  MultiOrderRepository,
  wakeParent,
  type LegRecord,
  type LockedMulti,
  type Tx,
  type WorkedOrder,
} from '#persistence';
import { isFit } from '../market/opening.js';
import type { SchedulerMarket } from '../market/scheduler-market.js';

type Snapshots = Pick<SchedulerMarket, 'snapshot'>;

/** What the decision on a leg is told of the whole, and the leg with the clock that all legs share. */
export interface LegView {
  readonly order: WorkedOrder;
  readonly exposure: LegExposure | null;
}

/**
 * Looks at the spread of all legs and at their exposure, for the decision on one of them. An edge of the spread is
 * stored for every leg and wakes the others. The caller holds the multi order's lock.
 */
export async function viewLeg(
  tx: Tx,
  multi: LockedMulti,
  legs: readonly LegRecord[],
  order: WorkedOrder,
  market: Snapshots,
  now: EpochMs,
): Promise<LegView> {
  const quotes = multi.spreadLimit === null ? null : quotesOf(legs, market, now);
  const outOfLimit = await followLegs(tx, multi, legs, order, quotes, now);
  const shared = { ...order, paused: multi.paused, outOfLimit };
  if (isFinal(order.status)) return { order: shared, exposure: null };
  const inactive = multi.oolPause ? [...multi.paused, ...outOfLimit] : multi.paused;
  const u = Math.min(1, activeMs(multi.activatedAt ?? now, now, inactive) / multi.durationMs);
  const states = legs.map((leg) => toState(multi, leg));
  const own = states[legs.findIndex(({ id }) => id === order.id)];
  if (own === undefined) throw new Error(`Order ${order.id} must be a leg of multi order ${multi.id}`);
  const exposure = multiExposure(states, exactShare(u), multi.tolerance);
  const watches =
    quotes === null || multi.spreadLimit === null
      ? null
      : spreadWatches(quotes.sellBid, quotes.buyAsk, multi.spreadLimit);
  const watch = watches === null ? null : order.side === 'sell' ? watches.bidBelow : watches.askAbove;
  return { order: shared, exposure: legExposure(exposure, own, watch) };
}

/** The times below the spread limit, with the edge that this look found. */
async function followLegs(
  tx: Tx,
  multi: LockedMulti,
  legs: readonly LegRecord[],
  order: WorkedOrder,
  quotes: Quotes | null,
  now: EpochMs,
): Promise<readonly Interval[]> {
  if (multi.spreadLimit === null || multi.status !== 'ACTIVE') return multi.outOfLimit;
  const spread = quotes === null ? null : spreadOf(quotes.sellBid, quotes.buyAsk);
  const { edge } = followSpread(multi.outOfLimit, spread, multi.spreadLimit, now, EXECUTION_SETTINGS.limitReturnMs);
  if (edge === null) return multi.outOfLimit;
  await new MultiOrderRepository(tx, multi.tenantId).noteSpread(multi.id, edge);
  for (const leg of legs)
    if (leg.id !== order.id && (leg.status === 'ACTIVE' || leg.status === 'FINISHER'))
      await wakeParent(tx, multi.tenantId, leg.id, leg.traceId);
  return edge.kind === 'begin'
    ? [...multi.outOfLimit, { from: now, to: null }]
    : multi.outOfLimit.map((one) => (one.to === null ? { from: one.from, to: edge.at } : one));
}

/** @throws Error for a leg without a reference price: all of them get theirs before any of them is worked */
function toState(multi: LockedMulti, leg: LegRecord): LegState {
  const { side, sizing, orderQty, referencePrice, filled, working, leaving } = leg;
  if (referencePrice === null) throw new Error(`Leg ${leg.id} of multi order ${multi.id} must have begun`);
  const planned = plannedNotional(sizing, orderQty, referencePrice);
  return { side, referencePrice, planned, filled, working, leaving };
}

interface Quotes {
  readonly sellBid: Price;
  readonly buyAsk: Price;
}

/** Best bid of the sell leg and best ask of the buy leg, over their venues; null unless both are fresh. */
function quotesOf(legs: readonly LegRecord[], market: Snapshots, now: EpochMs): Quotes | null {
  const best = (side: 'buy' | 'sell'): Price | null => {
    const leg = legs.find((one) => one.side === side);
    const levels = (leg?.places ?? []).flatMap((place) => topOf(market.snapshot(place), side, now));
    const [first, ...rest] = levels.map((level) => level.price);
    if (first === undefined) return null;
    return rest.reduce((a, b) => ((side === 'buy' ? b.lt(a) : b.gt(a)) ? b : a), first);
  };
  const [sellBid, buyAsk] = [best('sell'), best('buy')];
  return sellBid === null || buyAsk === null ? null : { sellBid, buyAsk };
}

function topOf(snapshot: MarketSnapshot | null, side: 'buy' | 'sell', now: EpochMs): BookLevel[] {
  if (!isFit(snapshot, now)) return [];
  const [top] = side === 'buy' ? snapshot.asks : snapshot.bids;
  return top === undefined ? [] : [top];
}
