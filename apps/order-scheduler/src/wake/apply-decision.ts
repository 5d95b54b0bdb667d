import {
  addMs,
  EXECUTION_SETTINGS,
  trackHeld,
  type AccountId,
  type Annotation,
  type Decision,
  type EpochMs,
  type HoldReason,
  type Intent,
  type VolumeProfile,
} from '#domain';
import {
  addToOutbox,
  ChildAmendRepository,
  ChildOrderRepository,
  ExecutionOrderRepository,
  firstToRead,
  removeWork,
  scheduleWork,
  VolumeForecastRepository,
  type OrderLeg,
  type ParentProgress,
  type Tx,
  type VolumeCounts,
  type WorkedOrder,
} from '#persistence';
import { isWorthKeeping } from '../market/order-volume.js';

type Place = Extract<Intent, { kind: 'place' }>;

/** What a decision changed, for logs and for the watches that follow from it. */
export interface Applied {
  readonly placed: number;
  readonly cancelled: number;
  /** The order came to its end in this decision. */
  readonly ended: boolean;
  /** Null when nothing of the order is left to wait for. */
  readonly nextWakeAt: EpochMs | null;
}

/** What a decision was made on, as far as it is kept with the order. */
export interface DecidedOn {
  readonly now: EpochMs;
  /** When the wake-up was due. */
  readonly dueAt: EpochMs;
  readonly counts: VolumeCounts;
  readonly profile: VolumeProfile | null;
}

/**
 * Writes one decision: plans, edges, the end, child orders, cancels, the next wake-up and their jobs, all in the
 * caller's transaction, which holds the order's lock.
 */
export async function applyDecision(
  tx: Tx,
  order: WorkedOrder,
  decision: Decision,
  { now, dueAt, counts, profile }: DecidedOn,
): Promise<Applied> {
  const orders = new ExecutionOrderRepository(tx, order.tenantId);
  const children = new ChildOrderRepository(tx, order.tenantId);
  let ended = false;
  for (const annotation of decision.annotations) ended = (await note(orders, order, annotation, now)) || ended;

  await keepProfile(tx, decision, profile);
  const places = decision.intents.filter((intent): intent is Place => intent.kind === 'place');
  await children.add(
    order.id,
    order.traceId,
    places.map(({ kind: _, ...place }) => ({ ...place, ...placeOf(order, place.accountId), ...sideOf(order), dueAt })),
    now,
  );
  const amends = new ChildAmendRepository(tx, order.tenantId);
  for (const intent of decision.intents)
    if (intent.kind === 'amend') await amends.request(order.id, intent.sequence, order.traceId, intent);
  const cancels = new Map<string, number[]>();
  for (const intent of decision.intents)
    if (intent.kind === 'cancel') cancels.set(intent.reason, [...(cancels.get(intent.reason) ?? []), intent.sequence]);
  let cancelled = 0;
  let closedAtOnce = false;
  for (const [reason, sequences] of cancels) {
    const asked = await children.requestCancel(order.id, reason, sequences);
    cancelled += asked.closed + asked.requested;
    closedAtOnce ||= asked.closed > 0;
  }

  // A child that never left is closed in here: no venue's answer will wake the order for what follows.
  const soon = addMs(now, EXECUTION_SETTINGS.minWakeGapMs);
  const next = decision.nextWakeAt;
  const nextWakeAt = closedAtOnce && (next === null || next > soon) ? soon : next;
  const nextSequence = places.reduce((next, place) => Math.max(next, place.sequence + 1), order.nextSequence);
  const progress: ParentProgress = {
    nextSequence,
    readFrom: Math.max(order.readFrom, firstToRead(order, nextSequence)),
    decidedAt: now,
    blockedSince: blockedSinceAfter(order, decision),
    role: decision.annotations.findLast((a) => a.kind === 'role')?.role ?? order.role,
    highestShare: decision.annotations.findLast((a) => a.kind === 'share')?.highest ?? order.highestShare,
    heldTimes: {
      ...trackHeld(order.heldTimes, order.lastDecisionAt, holdsOf(decision), now),
      unseen: unseenAfter(order, decision),
      jumpedSince: jumpedSinceAfter(order, decision),
    },
    estimatedMs: decision.annotations.findLast((a) => a.kind === 'estimate')?.durationMs ?? null,
    // With the end: what is looked up later is others' part at least.
    volumeCounts: ended || isWorthKeeping(order, counts) ? counts : null,
  };
  await orders.saveProgress(order, progress, nextWakeAt);
  return { placed: places.length, cancelled, ended, nextWakeAt };
}

/** The truth is the row of due work; the delayed job only reminds of it. */
export async function scheduleNextWake(tx: Tx, order: WorkedOrder, at: EpochMs | null): Promise<void> {
  const work = { kind: 'parent.wake', tenantId: order.tenantId, parentOrderId: order.id, sequence: -1 } as const;
  if (at === null) return removeWork(tx, work);
  await scheduleWork(tx, work, at);
  await addToOutbox(tx, order.tenantId, [
    {
      job: 'parent-order.wake',
      payload: { v: 1, tenantId: order.tenantId, parentOrderId: order.id, traceId: order.traceId },
      notBefore: at,
    },
  ]);
}

/** Stores what an annotation changes; true when the order ended by it. */
async function note(
  orders: ExecutionOrderRepository,
  order: WorkedOrder,
  annotation: Annotation,
  now: EpochMs,
): Promise<boolean> {
  switch (annotation.kind) {
    case 'plan':
      await orders.addPlan(order.id, annotation.plan);
      return false;
    case 'out_of_limit':
      await orders.outOfLimit(order.id, annotation.edge, annotation.at);
      return false;
    case 'finisher':
      await orders.enterFinisher(order.id, annotation.at, annotation.x0);
      return false;
    case 'complete':
      return orders.end(order.id, now, { status: 'COMPLETE', reason: annotation.reason });
    case 'fail':
      return orders.end(order.id, now, { status: 'CANCELED', reason: annotation.reason, text: annotation.text });
    case 'respread':
      await orders.message(
        order.id,
        'warning',
        'respread',
        `after an outage ${annotation.deficit.toFixed()} is spread over the time that is left`,
      );
      return false;
    case 'fallback':
      await orders.message(
        order.id,
        'warning',
        'vwap_fallback_twap',
        `the volume of ${annotation.bars} minutes is known, 720 are needed: traded evenly in time`,
      );
      return false;
    case 'clip_raised':
      await orders.message(
        order.id,
        'warning',
        'clip_raised',
        `max_clip_size of ${annotation.from.toFixed()} is below the venue's minimum, ${annotation.to.toFixed()} is used`,
      );
      return false;
    case 'price_improved':
      await orders.message(
        order.id,
        'info',
        'price_improved',
        `filled at ${annotation.price.toFixed()} on average, better than the reverse limit price`,
      );
      return false;
    case 'quantity_passed':
      await orders.message(
        order.id,
        'info',
        'quantity_passed',
        `sold for ${annotation.by.toFixed()} more than asked for, by the price improvement of its fills`,
      );
      return false;
    case 'hold':
    case 'share':
    case 'estimate':
    case 'role':
    case 'blocked':
    case 'jumped':
    case 'watch':
      return false;
  }
}

/** @throws Error for an account that is none of the order's: a bug of the decision */
function placeOf(order: WorkedOrder, accountId: AccountId): Pick<OrderLeg, 'venue' | 'symbol'> {
  const leg = order.legs.find((l) => l.accountId === accountId);
  if (leg === undefined) throw new Error(`Order ${order.id} does not trade on account ${accountId}`);
  return { venue: leg.venue, symbol: leg.symbol };
}

const sideOf = ({ positionSide }: WorkedOrder): { positionSide?: 'long' | 'short' } =>
  positionSide === null ? {} : { positionSide };

/** A plan that follows a profile is followed with this one until its end, whatever is recorded meanwhile. */
async function keepProfile(tx: Tx, decision: Decision, profile: VolumeProfile | null): Promise<void> {
  if (profile === null) return;
  for (const annotation of decision.annotations)
    if (annotation.kind === 'plan' && annotation.plan.shape.kind === 'volume')
      await new VolumeForecastRepository(tx).keepProfile(profile);
}

function holdsOf({ annotations }: Decision): HoldReason[] {
  return annotations.flatMap((annotation) => (annotation.kind === 'hold' ? [annotation.reason] : []));
}

function unseenAfter({ heldTimes }: WorkedOrder, decision: Decision): number {
  const newest = decision.annotations.findLast((a) => a.kind === 'blocked');
  return newest === undefined ? heldTimes.unseen : (newest.unseenMs ?? 0);
}

function jumpedSinceAfter({ heldTimes }: WorkedOrder, decision: Decision): EpochMs | null {
  const newest = decision.annotations.findLast((a) => a.kind === 'jumped');
  return newest === undefined ? heldTimes.jumpedSince : newest.since;
}

function blockedSinceAfter(order: WorkedOrder, decision: Decision): EpochMs | null {
  const newest = decision.annotations.findLast((a) => a.kind === 'blocked');
  return newest === undefined ? order.blockedSince : newest.since;
}
