import type { JobContract } from '../job-contract.js';
import { amendChildOrder, cancelChildOrder, resolveChildOrder, submitChildOrder } from './child-order.jobs.js';
import { activateParentOrder, wakeParentOrder } from './parent-order.jobs.js';

export * from './child-order.jobs.js';
export * from './parent-order.jobs.js';

/** Every job there is, by the name of its queue; what the outbox names must be one of these. */
export const JOBS: Readonly<Record<string, JobContract>> = Object.fromEntries(
  [activateParentOrder, wakeParentOrder, submitChildOrder, cancelChildOrder, amendChildOrder, resolveChildOrder].map(
    (job) => [job.queue, job],
  ),
);
