import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { ServiceRuntime } from '#observability';
import { RepeatingTask, type Database } from '#persistence';
import type { QueryClient, QueryServer } from '#queues';
import { BudgetReader, budgetRedis, configuredVenues, limitsByVenue } from '#venues';
import type { RateLimitTrackerConfig } from './config.js';
import { CrossingRecorder } from './crossings/crossing-recorder.js';
import { limitMetrics } from './limit-metrics.js';
import { PlanSimulator } from './plan-simulator.js';
import { UsageSpeaker } from './usage/usage-speaker.js';
import { rollUpHistory, UsageRecorder } from './usage/usage-recorder.js';

const READ_PAUSE_MS = 500;
const ROLL_UP_EVERY_MS = 300_000;

/** Follows the budget of every venue: crossings into rows, usage into metrics and history. */
export class RateLimitTracker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly redis: Redis;
  private readonly tasks: RepeatingTask[] = [];
  private readonly unregister: () => void;

  constructor(
    private readonly db: Database,
    private readonly queries: { readonly client: QueryClient; readonly server: QueryServer },
    private readonly config: RateLimitTrackerConfig,
    private readonly runtime: ServiceRuntime,
  ) {
    this.redis = budgetRedis(config.REDIS_URL.reveal());
    this.unregister = runtime.health.addReadiness('rate-limit-tracker', async () => {
      if ((await db.schemaMismatch()) !== null) return 'the schema is another version';
      return this.redis.status === 'ready' ? null : 'Redis does not answer';
    });
  }

  onApplicationBootstrap(): void {
    const { logger, metrics } = this.runtime;
    const meters = limitMetrics(metrics);
    const readers: BudgetReader[] = [];
    for (const [venue, limits] of limitsByVenue(this.config, configuredVenues(this.config))) {
      const reader = new BudgetReader(this.redis, limits, this.config.REDIS_PREFIX);
      readers.push(reader);
      const usage = new UsageRecorder(this.db, reader, venue, this.queries.client, meters);
      const crossings = new CrossingRecorder(this.redis, this.db, venue, reader.crossingsStream, (crossing) => {
        usage.crossed(crossing);
        meters.crossings.inc({ venue, limit: crossing.limit, threshold: String(crossing.threshold) });
        logger.info({ venue, ...crossing }, 'rate limit threshold crossed');
      });
      this.repeat('crossings', () => crossings.drain(), READ_PAUSE_MS);
      this.repeat('usage', () => usage.record(), this.config.RATE_USAGE_INTERVAL_MS);
    }
    if (readers.length > 0) {
      this.repeat('history', () => rollUpHistory(this.db), ROLL_UP_EVERY_MS);
    }
    const speaker = new UsageSpeaker(readers, this.redis, this.queries.client);
    const simulator = new PlanSimulator(readers, this.redis);
    simulator.answer(this.queries.server, (error) => logger.warn({ err: error }, 'plan not simulated'));
    speaker.answer(this.queries.server, (error) => logger.warn({ err: error }, 'limit usage not answered'));
    this.repeat('broadcast', () => speaker.say(), this.config.RATE_USAGE_INTERVAL_MS);
    this.runtime.health.markStarted('rate-limit-tracker');
  }

  async onModuleDestroy(): Promise<void> {
    this.unregister();
    await Promise.all(this.tasks.map((task) => task.stop()));
    this.redis.disconnect();
  }

  /** Without Redis or Postgres it waits for them: what it missed is still in the stream. */
  private repeat(name: string, task: () => Promise<void>, everyMs: number): void {
    const run = async (): Promise<void> => {
      if (this.redis.status === 'ready') await task();
    };
    const failed = (error: unknown) => {
      this.runtime.logger.warn({ err: error, task: name }, 'rate limit tracking failed, will try again');
    };
    this.tasks.push(new RepeatingTask(run, everyMs, failed).start());
  }
}
