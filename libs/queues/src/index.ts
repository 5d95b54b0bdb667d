export { decode, defineJob, type JobContract, type PayloadOf } from './job-contract.js';
export {
  JobQueues,
  QueueUnavailableError,
  type HandlerResult,
  type JobQueuesOptions,
  type JobToPublish,
  type WorkerOptions,
} from './job-queues.js';
export * from './jobs/index.js';
export { redisHazard, UnsafeRedisError } from './redis-safety.js';
export { QueuesModule } from './queues.module.js';
export * from './queries/index.js';
