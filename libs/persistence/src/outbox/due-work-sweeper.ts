import { randomBytes } from 'node:crypto';
import type { Database } from '../database.js';
import { putOffRedrive, sweepDueWork, type DueWork, type DueWorkKind } from './due-work.js';
import type { Publish, RefusedJob } from './outbox.js';
import { RepeatingTask } from './repeating-task.js';

/** The job that does each kind of work. */
const JOB_OF = {
  'parent.wake': 'parent-order.wake',
  'child.submit': 'child-order.submit',
  'child.cancel': 'child-order.cancel',
  'child.resolve': 'child-order.resolve',
  'child.amend': 'child-order.amend',
} as const satisfies Record<DueWorkKind, string>;

/** Overdue work whose job no queue takes. */
export interface RefusedWork extends DueWork {
  readonly job: string;
  readonly reason: string;
  /** When the sweeper tries it again. */
  readonly retryInMs: number;
}

export interface DueWorkSweeperOptions {
  readonly db: Database;
  readonly kinds: readonly DueWorkKind[];
  readonly publish: Publish;
  readonly onError: (error: unknown) => void;
  /**
   * True while jobs of this kind stand in line: overdue work then is late, not lost, and ringing again would only make
   * the line longer. Default: never.
   */
  readonly isBehind?: () => Promise<boolean>;
  /** Told of overdue work whose job no queue takes: a bug. It stays due, and is tried again after a minute. */
  readonly onRefused: (refused: readonly RefusedWork[]) => void;
  /** Called with the number of overdue pieces of work that were driven again. */
  readonly onRedriven?: (count: number) => void;
}

const SWEEP_MS = 400;
/** The queue's own timer is up to 100 ms late; beyond this a job is taken for lost (P-05: within a second). */
const LATE_MS = 500;
const REDRIVE_MS = 3_000;
/** Behind a line of waiting jobs even a lost one need not be rung for before this. */
const BEHIND_LATE_MS = 10_000;
const BEHIND_REDRIVE_MS = 30_000;
/** What no queue takes now is not taken in a second either. */
const REFUSED_REDRIVE_MS = 60_000;
const LIMIT = 1_000;

/** Drives overdue work again whose job was lost: the queue is a doorbell, Postgres knows what is due. */
export class DueWorkSweeper {
  private readonly task: RepeatingTask;

  constructor(private readonly options: DueWorkSweeperOptions) {
    this.task = new RepeatingTask(() => this.sweep(), SWEEP_MS, options.onError);
  }

  start(): this {
    this.task.start();
    return this;
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  private async sweep(): Promise<void> {
    const isBehind = (await this.options.isBehind?.()) ?? false;
    const late = await sweepDueWork(this.options.db, {
      kinds: this.options.kinds,
      olderThanMs: isBehind ? BEHIND_LATE_MS : LATE_MS,
      redriveAfterMs: isBehind ? BEHIND_REDRIVE_MS : REDRIVE_MS,
      limit: LIMIT,
    });
    if (late.length === 0) return;
    const traceId = randomBytes(16).toString('hex');
    const refused = await this.options.publish(
      late.map((work) => ({
        job: JOB_OF[work.kind],
        payload: {
          v: 1,
          tenantId: work.tenantId,
          parentOrderId: work.parentOrderId,
          traceId,
          ...(work.sequence >= 0 ? { sequence: work.sequence } : {}),
        },
        delayMs: 0,
      })),
    );
    if (late.length > refused.length) this.options.onRedriven?.(late.length - refused.length);
    if (refused.length > 0) await this.putOff(late, refused);
  }

  private async putOff(late: readonly DueWork[], refused: readonly RefusedJob[]): Promise<void> {
    const named = refused.flatMap(({ index, reason }): RefusedWork[] => {
      const work = late[index];
      return work === undefined ? [] : [{ ...work, job: JOB_OF[work.kind], reason, retryInMs: REFUSED_REDRIVE_MS }];
    });
    this.options.onRefused(named);
    await putOffRedrive(this.options.db, named, REFUSED_REDRIVE_MS);
  }
}
