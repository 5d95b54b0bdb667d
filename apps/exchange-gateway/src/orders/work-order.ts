import { addMs, type EpochMs } from '#domain';
import {
  addToOutbox,
  lockWork,
  putOffDueWork,
  removeWork,
  scheduleWork,
  type DatabaseClock,
  type DueWorkKind,
  type StoredChildOrder,
  type Tx,
} from '#persistence';

/** The job that does each kind of work on a child order. */
const JOB_OF = {
  'child.submit': 'child-order.submit',
  'child.cancel': 'child-order.cancel',
  'child.resolve': 'child-order.resolve',
  'child.amend': 'child-order.amend',
} as const satisfies Partial<Record<DueWorkKind, string>>;

export type ChildWorkKind = keyof typeof JOB_OF;

/** Makes work on a child due after a delay: the row that is true, and the job that reminds of it, in one transaction. */
export async function dueAfter(
  tx: Tx,
  clock: DatabaseClock,
  kind: ChildWorkKind,
  child: Pick<StoredChildOrder, 'tenantId' | 'parentOrderId' | 'sequence'>,
  delayMs: number,
  traceId: string,
): Promise<EpochMs> {
  const { tenantId, parentOrderId, sequence } = child;
  const dueAt = addMs(clock.now(), Math.max(0, delayMs));
  await scheduleWork(tx, { kind, tenantId, parentOrderId, sequence }, dueAt);
  await addToOutbox(tx, tenantId, [
    { job: JOB_OF[kind], payload: { v: 1, tenantId, parentOrderId, sequence, traceId }, notBefore: dueAt },
  ]);
  return dueAt;
}

/**
 * Makes work due after a delay without a job: for what happens only if something else fails to. The sweeper rings when
 * nobody has taken it away by then, within a second of the time.
 */
export async function dueUnlessDone(
  tx: Tx,
  clock: DatabaseClock,
  kind: ChildWorkKind,
  { tenantId, parentOrderId, sequence }: Pick<StoredChildOrder, 'tenantId' | 'parentOrderId' | 'sequence'>,
  delayMs: number,
): Promise<void> {
  await scheduleWork(tx, { kind, tenantId, parentOrderId, sequence }, addMs(clock.now(), delayMs));
}

/**
 * Puts off work whose job the caller holds: only the row is written, and the job itself waits in its queue meanwhile.
 * @returns what the queue is to do with the job: wait as long, or end where the work is no longer due (B-03, B-04)
 */
export async function putOff(
  tx: Tx,
  kind: ChildWorkKind,
  { parentOrderId, sequence }: ChildPlace,
  byMs: number,
): Promise<{ readonly againInMs: number } | undefined> {
  const isOurs = await putOffDueWork(tx, { kind, parentOrderId, sequence }, byMs, EARLY_WITHIN_MS);
  return isOurs ? { againInMs: byMs } : undefined;
}

export async function nothingDue(
  tx: Tx,
  kind: ChildWorkKind,
  child: Pick<StoredChildOrder, 'parentOrderId' | 'sequence'>,
): Promise<void> {
  await removeWork(tx, { kind, parentOrderId: child.parentOrderId, sequence: child.sequence });
}

/** A budget may be corrected by a reading long before its window ends, and one that was lost is known again at once. */
const LONGEST_BUDGET_WAIT_MS = 20_000;
const AFTER_WARM_UP_MS = 250;

/** When to ask again for a budget that was refused. */
export function budgetRetryMs(refused: { readonly retryInMs: number; readonly cold: boolean }): number {
  return refused.cold ? AFTER_WARM_UP_MS : Math.min(refused.retryInMs, LONGEST_BUDGET_WAIT_MS);
}

type ChildPlace = Pick<StoredChildOrder, 'parentOrderId' | 'sequence'>;

/** The queue's timer and the database's clock may differ by this much without harm. */
const EARLY_WITHIN_MS = 50;
/** How long a worker has for one piece of work; a worker that died over it is followed within 5 s (P-06). */
export const TAKEN_FOR_MS = 4_000;

/**
 * Whether a piece of work is to be done now, locked until the transaction ends: false for a job that comes twice or before
 * its time. For work that is finished, or put off, in that same transaction.
 */
export async function isDue(
  tx: Tx,
  kind: ChildWorkKind,
  { parentOrderId, sequence }: Pick<StoredChildOrder, 'parentOrderId' | 'sequence'>,
): Promise<boolean> {
  const due = await lockWork(tx, { kind, parentOrderId, sequence });
  return due !== null && due.dueInMs <= EARLY_WITHIN_MS;
}

/**
 * Takes a piece of work: false for a job that comes twice or before its time, since the work is done, has a later job of
 * its own, or is in another worker's hands (B-03, B-04, B-09). Whoever takes it says afterwards when it is due again, or
 * that nothing is. Without this each copy of a job that is put off would go on for ever as a copy.
 */
export async function takeWork(
  tx: Tx,
  clock: DatabaseClock,
  kind: ChildWorkKind,
  child: Pick<StoredChildOrder, 'tenantId' | 'parentOrderId' | 'sequence'>,
): Promise<boolean> {
  const { tenantId, parentOrderId, sequence } = child;
  if (!(await isDue(tx, kind, child))) return false;
  await scheduleWork(tx, { kind, tenantId, parentOrderId, sequence }, addMs(clock.now(), TAKEN_FOR_MS));
  return true;
}
