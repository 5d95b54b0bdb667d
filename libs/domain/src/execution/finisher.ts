import { scaledTarget } from '../multi-order/exposure.js';
import { ceilTo, Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import { activeMs } from '../trajectory/active-time.js';
import { epochMs, type EpochMs } from '../time/clock.js';
import type { ChildOrderStatus } from '../child-order/child-order.js';
import type { Interval } from './contract.js';
import type { Draft } from './draft.js';
import { finisherLengthMs } from './finisher-length.js';
import { rests } from './position.js';
import { keepResting } from './resting.js';
import type { Stage } from './stage.js';
import { lastTakerAt, planTaker, sendTakers, wakeAfterHold } from './taker.js';
import { NEVER_ARRIVED } from './refusals.js';
import { budgetOf, remainderOf, type View } from './view.js';

const STEPS = 10;
const HALF = STEPS / 2;
/** The last step may try again each second: what is left then is left for good. */
const LAST_STEP_RETRY_MS = 1_000;
/** An end noticed this late is still dated to the plan's end. */
const ON_TIME_MS = 1_000;
/** Longest wait past FINISHER's time for children whose outcome is not known yet (reliability.md P-03 pages then). */
const OVERTIME_MS = 60_000;
const NO_OUTCOME: readonly ChildOrderStatus[] = ['claimed', 'submitted', 'unknown'];

export interface Finisher {
  readonly from: EpochMs;
  readonly x0: Decimal;
}

/** The running FINISHER, or the one that begins now, which is annotated (algorithms.md 4.8). */
export function finisherOf(view: View, draft: Draft, lateMs: number): Finisher {
  const { parent, now, position } = view;
  if (parent.finisherFrom !== null) return { from: parent.finisherFrom, x0: parent.finisherX0 ?? position.executed };
  const at = lateMs >= 0 && lateMs <= ON_TIME_MS ? epochMs(now - lateMs) : now;
  draft.annotate({ kind: 'finisher', x0: position.executed, at });
  return { from: at, x0: position.executed };
}

/**
 * True once FINISHER has had its time: the order ends with what it has. A remainder that a child without a known
 * outcome holds back is waited for, and tried once more if that child never arrived (ADR 9).
 */
export function finisherIsOver(
  view: View,
  durationMs: number,
  finisher: Finisher,
  inactive: readonly Interval[],
  mayTake: boolean,
): boolean {
  const late = activeMs(finisher.from, view.now, inactive) - finisherLengthMs(durationMs);
  if (late < 0) return false;
  if (late >= OVERTIME_MS || !mayTake || remainderOf(view).lt(view.minimumValue)) return true;
  return !awaitsOutcome(view) && !owesLastTry(view, view.now - late);
}

/** What nobody knows yet, and takers: these end by themselves, and the last of them was sent for all that is left. */
const awaitsOutcome = ({ position }: View): boolean =>
  position.open.some(({ child }) => NO_OUTCOME.includes(child.status) || !rests(child));

/** A child proven absent around or after the end gave back what no taker could be sent for. */
function owesLastTry(view: View, end: number): boolean {
  const last = lastTakerAt(view);
  return view.parent.children.some(
    ({ closeCode, closedAt }) =>
      closeCode === NEVER_ARRIVED &&
      closedAt !== null &&
      closedAt >= end - LAST_STEP_RETRY_MS &&
      (last === null || last < closedAt),
  );
}

/**
 * Works the remainder after the plan's end: the first half makes at the mid with takers following a line to
 * Q, the second half takes in even steps; `passive_only` makes at the touch throughout.
 */
export function workFinisher(
  view: View,
  draft: Draft,
  stage: Stage,
  finisher: Finisher,
  inactive: readonly Interval[],
  outOfLimit: boolean,
): void {
  const elapsed = activeMs(finisher.from, view.now, inactive);
  const length = finisherLengthMs(stage.plan.durationMs);
  const step = Math.min(STEPS - 1, Math.floor((elapsed * STEPS) / length));
  const { passiveOnly } = view.parent.params;
  const takes = !passiveOnly && !outOfLimit && budgetOf(view.account) !== 'none';
  draft.wakeIn(elapsed < length ? length - elapsed : LAST_STEP_RETRY_MS);
  if (outOfLimit) draft.hold('OUT_OF_LIMIT');
  if (passiveOnly) draft.hold('PASSIVE_ONLY');

  // No account or no budget: time runs out meanwhile, and not every recovery is told as an event.
  if (!takes && !passiveOnly && !outOfLimit) draft.wakeIn(view.parent.settings.retryMs);
  const makesOnly = passiveOnly || outOfLimit;
  if (!makesOnly && elapsed < length) draft.wakeIn(Math.ceil((Math.min(STEPS, step + 1) * length) / STEPS) - elapsed);
  const makes = makesOnly || step < HALF;
  if (!makes) for (const { child } of view.position.open) if (rests(child)) draft.cancel(child, 'finisher', 'taker');
  if (takes) takeStep(view, draft, stage, finisher, { elapsed, length, step });
  if (makes) makeStep(view, draft, stage, !passiveOnly);
}

/** One resting clip under Q; true caps are those of any clip. */
function makeStep(view: View, draft: Draft, stage: Stage, atMid: boolean): void {
  keepResting(view, draft, {
    purpose: 'finisher',
    urgency: 'taker',
    atMid,
    fast: true,
    fearsThinning: false,
    choosesEntry: null,
    bounds: ({ position, minimumValue }, leaving) => {
      const freed = position.open.find(({ child }) => child === leaving)?.value ?? ZERO;
      const rest = stage.orderQty.sub(position.executed).sub(position.working).add(freed);
      if (rest.lt(minimumValue)) return 'BELOW_MINIMUM';
      return { nominalSlice: stage.nominalSlice, room: rest, rest, minimumOnly: false };
    },
  });
}

interface Progress {
  readonly elapsed: number;
  readonly length: number;
  readonly step: number;
}

/** Sends the taker of the running step, if it is due and was not sent yet. */
function takeStep(view: View, draft: Draft, stage: Stage, finisher: Finisher, progress: Progress): void {
  const { position, now } = view;
  const began = stepBeganAt(now, progress);
  const last = lastTakerAt(view);
  if (last !== null && last >= began) {
    draft.hold('PACE');
    if (progress.step === STEPS - 1) draft.wakeAt(began + LAST_STEP_RETRY_MS);
    return;
  }
  const wanted = wantedNow(view, draft, stage, finisher, progress);
  if (wanted === null) return;
  const plan = planTaker(
    view,
    wanted,
    { ceiling: stage.orderQty, minimumMayPass: false, orderQty: stage.orderQty, pace: null },
    { inFinisher: true },
  );
  if (plan.kind === 'hold') {
    draft.hold(plan.reason);
    wakeAfterHold(view, draft, plan.reason);
    return;
  }
  if (plan.kind === 'clear') {
    for (const { child } of position.open) if (rests(child)) draft.cancel(child, 'finisher', 'taker');
    draft.hold('WAITING_FOR_CANCEL');
    return;
  }
  sendTakers(view, draft, plan.children, 'finisher');
}

/** Wall time at which the running step began; the last step consists of one-second tries. */
function stepBeganAt(now: EpochMs, { elapsed, length, step }: Progress): number {
  const began = Math.ceil((step * length) / STEPS);
  const into = Math.max(0, elapsed - began);
  return now - (step === STEPS - 1 ? into % LAST_STEP_RETRY_MS : into);
}

/** What this step's taker should bring, in the target token; null when none is due. */
function wantedNow(
  view: View,
  draft: Draft,
  stage: Stage,
  finisher: Finisher,
  { elapsed, length, step }: Progress,
): Decimal | null {
  const { position } = view;
  const whole = stage.orderQty.sub(finisher.x0);
  if (step >= HALF) {
    const rest = stage.orderQty.sub(position.executed).sub(position.working);
    if (rest.lte(ZERO)) return null;
    const even = rest.div(STEPS - step);
    const lot = view.account?.instrument.lot;
    return lot === undefined || view.token.sizing === 'quote' ? even : ceilTo(even, lot);
  }
  const halfSlice = whole.div(2 * STEPS);
  const due = finisher.x0.add(whole.mul(elapsed).div(length));
  const line = view.exposure === null ? due : scaledTarget(due, position.executed, view.exposure.scale);
  const behind = line.sub(position.executed);
  if (behind.gte(halfSlice)) return behind;
  const dueAt = halfSlice.sub(behind).mul(length).div(Dec.max(whole, view.minimumValue)).toNumber();
  if (Number.isFinite(dueAt)) draft.wakeIn(Math.ceil(dueAt));
  return null;
}
