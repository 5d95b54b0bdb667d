import { addMs, type EpochMs } from '#domain';
import {
  addToOutbox,
  lockWork,
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

export async function nothingDue(
  tx: Tx,
  kind: ChildWorkKind,
  child: Pick<StoredChildOrder, 'parentOrderId' | 'sequence'>,
): Promise<void> {
  await removeWork(tx, { kind, parentOrderId: child.parentOrderId, sequence: child.sequence });
}

/** The queue's timer and the database's clock may differ by this much without harm. */
const EARLY_WITHIN_MS = 50;

/**
 * False for a job that comes twice, or before its time: the work is done, or has a later job of its own (B-03, B-09).
 * Without this each copy of a job that is put off would go on for ever as a copy.
 */
export async function isDue(
  tx: Tx,
  kind: ChildWorkKind,
  child: Pick<StoredChildOrder, 'parentOrderId' | 'sequence'>,
): Promise<boolean> {
  const { parentOrderId, sequence } = child;
  const due = await lockWork(tx, { kind, parentOrderId, sequence });
  return due !== null && due.dueInMs <= EARLY_WITHIN_MS;
}
