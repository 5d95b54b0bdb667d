import { randomBytes } from 'node:crypto';
import { AppError } from '#domain';
import { DelayedError, Queue, Worker, type Job, type JobsOptions } from 'bullmq';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { decode, type JobContract, type PayloadOf } from './job-contract.js';
import { JOBS } from './jobs/index.js';
import { reconnectDelayMs } from './reconnect-delay.js';
import { isMasterNoMore } from './redis-master.js';
import { redisHazard, UnsafeRedisError, warnUntilStopped } from './redis-safety.js';

export interface JobQueuesOptions {
  readonly url: string;
  /** In front of every key; keeps two installations, or two tests, on one Redis apart. Default `tranche`. */
  readonly prefix: string;
  /** Start although Redis may forget or evict work; for the embedded fallback and tests only. Default false. */
  readonly allowUnsafe: boolean;
  /** Told why a Redis that `allowUnsafe` lets pass may lose work: at the start, and every minute (B-10). */
  readonly onHazard?: (hazard: string) => void;
}

/** Something to put on a queue; the outbox's entries have this shape. */
export interface JobToPublish {
  readonly job: string;
  readonly payload: Readonly<Record<string, string | number>>;
  readonly delayMs: number;
}

/** A job that no contract describes, by its place in what was to be published. */
export interface RefusedToPublish {
  readonly index: number;
  readonly reason: string;
}

export interface WorkerOptions {
  /** Jobs of this queue worked at the same time in this process. Default 20. */
  readonly concurrency?: number;
  /** Told of every failed attempt, with the last one marked. */
  readonly onFailed: (error: Error, context: { queue: string; jobId: string; final: boolean }) => void;
}

export class QueueUnavailableError extends AppError<'QUEUE_UNAVAILABLE'> {
  readonly code = 'QUEUE_UNAVAILABLE';
}

/** What a handler answers: done, or come back later because the work turned out not to be due yet (B-09). */
export type HandlerResult = { readonly againInMs: number } | undefined;

/** `Queue.add` against a dead Redis must fail fast instead of waiting (reliability.md B-06). */
const PUBLISH_LIMIT_MS = 500;
/** A worker whose connection broke takes jobs again after this; the 15 s of BullMQ are longer than B-07 allows. */
const BROKEN_WAIT_MS = 500;
/** Redis may be slow or stopped, a drain may not (B-11). */
const CLOSE_LIMIT_MS = 10_000;

/** The queues of one process: publishes ids, runs handlers, closes in time. */
export class JobQueues {
  private readonly queues = new Map<string, Queue>();
  private readonly workers = new Map<string, Worker>();
  private readonly workerConnections: Redis[] = [];
  private stopWarning: (() => void) | undefined;

  private constructor(
    private readonly options: JobQueuesOptions,
    private readonly producer: Redis,
  ) {}

  /**
   * @throws QueueUnavailableError when Redis does not answer
   * @throws UnsafeRedisError when Redis could evict or forget work and `allowUnsafe` is not set
   */
  static async connect(options: JobQueuesOptions): Promise<JobQueues> {
    let givenUp = false;
    const producer = new Redis(options.url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      connectTimeout: 2_000,
      commandTimeout: PUBLISH_LIMIT_MS,
      retryStrategy: (attempt) => (givenUp ? null : reconnectDelayMs(attempt)),
      reconnectOnError: isMasterNoMore,
    });
    producer.on('error', () => undefined); // every caller gets its own error; ioredis reconnects by itself
    try {
      await producer.connect();
    } catch (cause) {
      givenUp = true;
      producer.disconnect();
      throw new QueueUnavailableError('Redis did not answer', {}, { cause });
    }
    const hazard = await redisHazard(producer);
    if (hazard !== null && !options.allowUnsafe) {
      producer.disconnect();
      throw new UnsafeRedisError(`Redis may lose work: ${hazard}`);
    }
    const queues = new JobQueues(options, producer);
    const { onHazard } = options;
    if (hazard !== null && onHazard !== undefined) queues.stopWarning = warnUntilStopped(() => onHazard(hazard));
    return queues;
  }

  /**
   * Puts jobs on their queues, or rejects and may be called again with all of them. What no contract describes is left
   * out. Never called from a request handler: only the relay and the sweepers publish.
   * @returns what was left out, and why
   * @throws QueueUnavailableError
   */
  async publish(jobs: readonly JobToPublish[]): Promise<RefusedToPublish[]> {
    const refused: RefusedToPublish[] = [];
    const byQueue = new Map<string, { name: string; data: unknown; opts: JobsOptions }[]>();
    jobs.forEach(({ job, payload, delayMs }, index) => {
      const contract = JOBS[job];
      const parsed = contract?.payload.safeParse(payload);
      if (contract === undefined || parsed?.success !== true) {
        const reason =
          parsed?.error === undefined
            ? `no job is called ${JSON.stringify(job)}`
            : `payload is not that of ${job}: ${z.prettifyError(parsed.error)}`;
        refused.push({ index, reason });
        return;
      }
      const opts = { ...contract.options, delay: Math.max(0, Math.round(delayMs)), jobId: newJobId() };
      const bulk = byQueue.get(job) ?? [];
      byQueue.set(job, bulk);
      bulk.push({ name: contract.name, data: parsed.data, opts });
    });
    await withLimit(
      Promise.all([...byQueue].map(([queue, bulk]) => this.queue(queue).addBulk(bulk))),
      PUBLISH_LIMIT_MS * 2,
    );
    return refused;
  }

  /** Runs `handler` for each job. @throws Error when this process handles the queue already */
  work<C extends JobContract>(
    contract: C,
    handler: (payload: PayloadOf<C>) => Promise<HandlerResult>,
    { concurrency = 20, onFailed }: WorkerOptions,
  ): void {
    if (this.workers.has(contract.queue)) throw new Error(`Two handlers for ${contract.queue} in one process`);
    const connection = new Redis(this.options.url, {
      maxRetriesPerRequest: null,
      retryStrategy: reconnectDelayMs,
      reconnectOnError: isMasterNoMore,
    });
    connection.on('error', () => undefined);
    this.workerConnections.push(connection);
    const worker = new Worker(
      contract.queue,
      async (job: Job, token?: string) => {
        const result = await handler(decode(contract, job));
        if (result === undefined) return;
        await job.moveToDelayed(Date.now() + Math.max(1, Math.ceil(result.againInMs)), token);
        throw new DelayedError();
      },
      {
        prefix: this.prefixOf(contract.queue),
        concurrency,
        connection,
        drainDelay: 5,
        runRetryDelay: BROKEN_WAIT_MS,
      },
    );
    worker.on('error', () => undefined); // connection trouble; the worker reconnects by itself
    worker.on('failed', (job, error) => {
      onFailed(error, {
        queue: contract.queue,
        jobId: job?.id ?? '',
        // Not by its attempts: a second stall, or a payload that cannot be read, ends a job at once.
        final: job === undefined || typeof job.finishedOn === 'number',
      });
    });
    this.workers.set(contract.queue, worker);
  }

  /** Stops taking jobs without dropping those that run; for a worker whose clock is off. */
  async pause(): Promise<void> {
    await Promise.all([...this.workers.values()].map((w) => w.pause(true)));
  }

  resume(): void {
    for (const worker of this.workers.values()) void worker.resume();
  }

  /** Jobs by state, per queue; the failed ones are counted and alerted (B-05). @throws when Redis does not answer */
  async counts(): Promise<ReadonlyMap<string, Readonly<Record<string, number>>>> {
    const entries = await Promise.all(
      Object.keys(JOBS).map(
        async (name) => [name, await this.queue(name).getJobCounts('waiting', 'delayed', 'active', 'failed')] as const,
      ),
    );
    return new Map(entries);
  }

  /** Jobs that could run now if a worker were free. @throws when Redis does not answer */
  waiting(contract: Pick<JobContract, 'queue'>): Promise<number> {
    return this.queue(contract.queue).getWaitingCount();
  }

  /** True when Redis answers now. */
  async isReachable(): Promise<boolean> {
    try {
      await this.producer.ping();
      return true;
    } catch {
      return false;
    }
  }

  /** Takes no new jobs and finishes the running ones; gives up after a limit and leaves the rest to the sweepers. */
  async stopWorkers(): Promise<void> {
    const workers = [...this.workers.values()];
    this.workers.clear();
    await withLimit(Promise.all(workers.map((w) => w.close())), CLOSE_LIMIT_MS).catch(() => {
      // A second `close` would wait for the first one; what hangs is left behind without its connection.
      for (const worker of workers) worker.disconnect().catch(() => undefined);
    });
  }

  async close(): Promise<void> {
    this.stopWarning?.();
    await this.stopWorkers();
    await withLimit(Promise.all([...this.queues.values()].map((q) => q.close())), 1_000).catch(() => undefined);
    for (const connection of [this.producer, ...this.workerConnections]) connection.disconnect();
  }

  private queue(name: string): Queue {
    let queue = this.queues.get(name);
    if (queue === undefined) {
      queue = new Queue(name, {
        prefix: this.prefixOf(name),
        connection: this.producer,
        skipVersionCheck: true,
        streams: { events: { maxLen: 20 } },
      });
      queue.on('error', () => undefined);
      this.queues.set(name, queue);
    }
    return queue;
  }

  /** One hash tag per queue, so that a Redis Cluster keeps its keys together (B-13). */
  private prefixOf(queue: string): string {
    return `{${this.options.prefix}:${queue}}`;
  }
}

/**
 * Unlike any other, for ever: a worker that sleeps through the loss of Redis must not end another job that was given its
 * number. Nothing rests on it beside that (B-02). No `:`, and a letter first, so that no number can be read into it.
 */
function newJobId(): string {
  return `w${randomBytes(12).toString('base64url')}`;
}

async function withLimit<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new QueueUnavailableError(`Redis took longer than ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
