import { UnrecoverableError, type Job, type JobsOptions } from 'bullmq';
import { z } from 'zod';

/** One job type: where it goes and what it carries. Plain data; correctness never rests on job ids (B-02). */
export interface JobContract<Queue extends string = string, Payload extends z.ZodType = z.ZodType> {
  /** The queue's name, one job type per queue. */
  readonly queue: Queue;
  /** Verb-noun. */
  readonly name: string;
  readonly payload: Payload;
  readonly options: Pick<JobsOptions, 'attempts' | 'backoff' | 'removeOnComplete' | 'removeOnFail'>;
}

export type PayloadOf<C> = C extends JobContract<string, infer P> ? z.output<P> : never;

/** Only fixes the type parameters. */
export function defineJob<const Queue extends string, Payload extends z.ZodType>(
  contract: JobContract<Queue, Payload>,
): JobContract<Queue, Payload> {
  return contract;
}

/** A few quick tries; what still fails then is driven again from Postgres by the sweeper. */
export const WORK_OPTIONS = {
  attempts: 4,
  backoff: { type: 'exponential', delay: 250 },
  removeOnComplete: true,
  removeOnFail: { age: 86_400, count: 1_000 },
} as const satisfies JobContract['options'];

/** Fields that every job carries: schema version, whose it is, and the trace it belongs to. */
export const envelope = { v: z.literal(1), tenantId: z.uuid(), traceId: z.string().regex(/^[0-9a-f]{32}$/) };

/** A payload that does not parse will not parse on the next attempt either. @throws UnrecoverableError */
export function decode<C extends JobContract>(contract: C, job: Pick<Job, 'id' | 'data'>): PayloadOf<C> {
  const parsed = contract.payload.safeParse(job.data);
  if (!parsed.success)
    throw new UnrecoverableError(`Job ${job.id ?? ''} is not a ${contract.name}: ${z.prettifyError(parsed.error)}`);
  return parsed.data as PayloadOf<C>;
}
