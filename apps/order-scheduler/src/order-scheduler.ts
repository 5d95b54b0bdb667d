import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { EXECUTION_SETTINGS, type MarketSnapshot, type ParentOrderId, type TenantId } from '#domain';
import type { ServiceRuntime } from '#observability';
import {
  dueWorkAges,
  DueWorkSweeper,
  measureOutbox,
  OutboxRelay,
  RepeatingTask,
  type Database,
  type DatabaseClock,
} from '#persistence';
import { activateParentOrder, wakeParentOrder, type HandlerResult, type JobQueues } from '#queues';
import { ConditionKeeper } from './conditions/condition-keeper.js';
import type { OrderSchedulerConfig } from './config.js';
import { BeginningControls } from './groups/beginning-controls.js';
import { configuredVenues, ReferencePrices, type MarketDataReader } from '#venues';
import type { BudgetShares } from './market/budget-shares.js';
import { KnownLimits } from './market/known-limits.js';
import { MarketInputs } from './market/market-inputs.js';
import { PriceCollars } from './market/price-collars.js';
import type { SchedulerMarket } from './market/scheduler-market.js';
import type { SchedulerMetrics } from './scheduler-metrics.js';
import { TimerLag } from './wake/timer-lag.js';
import { WakeOrder } from './wake/wake-order.js';
import { WakeWriter } from './wake/wake-writer.js';
import { WatchList, type WatchingOrder } from './wake/watch-list.js';

export interface SchedulerParts {
  readonly config: OrderSchedulerConfig;
  readonly runtime: ServiceRuntime;
  readonly metrics: SchedulerMetrics;
  readonly db: Database;
  readonly clock: DatabaseClock;
  readonly queues: JobQueues;
  readonly feed: MarketDataReader;
  readonly market: SchedulerMarket;
  readonly budgets: BudgetShares;
}

const CHECK_EVERY_MS = 1_000;
/** With more wake-ups in line than this, what is due stands in line and is not rung for again. */
const QUEUED_PER_WORKER = 4;

/** Starts and stops the scheduler's work: wake-ups from the queue, watches on prices, relay and sweeper. */
export class OrderScheduler implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly relay: OutboxRelay;
  private readonly sweeper: DueWorkSweeper;
  private readonly checks: RepeatingTask;
  private readonly conditions: ConditionKeeper;
  private readonly watches = new WatchList();
  private readonly wakes: WakeWriter;
  private references: ReferencePrices | undefined;
  private paused = false;
  /** By instrument, whether its book was fit to trade on when it was last looked at. */
  private readonly feedAlive = new Map<string, boolean>();

  constructor(private readonly parts: SchedulerParts) {
    const { config, runtime, metrics, db, queues } = parts;
    const { logger } = runtime;
    this.wakes = new WakeWriter(db, (error) => logger.warn({ err: error }, 'prices did not wake their orders'));
    const publish: JobQueues['publish'] = (jobs) => queues.publish(jobs);
    this.relay = new OutboxRelay({
      db,
      url: config.DATABASE_URL.reveal(),
      publish,
      onError: (error) => logger.warn({ err: error }, 'outbox not relayed'),
      onRefused: (refused) => {
        for (const entry of refused) logger.error({ ...entry }, 'job put aside: no queue takes it');
      },
    });
    this.sweeper = new DueWorkSweeper({
      db,
      kinds: ['parent.wake'],
      publish,
      isBehind: async () => (await queues.waiting(wakeParentOrder)) > QUEUED_PER_WORKER * config.SCHEDULER_CONCURRENCY,
      onError: (error) => logger.warn({ err: error }, 'due work not swept'),
      onRefused: (refused) => {
        for (const work of refused) logger.error({ ...work }, 'due work not driven: no queue takes its job');
      },
      onRedriven: (count) => metrics.redriven.inc(count),
    });
    this.conditions = new ConditionKeeper({
      db,
      url: config.DATABASE_URL.reveal(),
      clock: parts.clock,
      market: parts.feed,
      metrics,
      logger,
    });
    this.checks = new RepeatingTask(
      () => this.check(),
      CHECK_EVERY_MS,
      (error) => logger.debug({ err: error }, 'stores not measured'),
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    const { config, runtime, metrics, db, clock, queues, feed, market } = this.parts;
    const { logger } = runtime;
    await market.start();
    feed.onChange((snapshot) => this.onMarket(snapshot));
    const lag = new TimerLag(clock.now(), (lateMs) => metrics.lateness.observe(lateMs / 1_000));
    const simulated = new Set(configuredVenues(config).flatMap(({ id, tier }) => (tier === 1 ? [id] : [])));
    this.references = new ReferencePrices(feed);
    const limits = new KnownLimits((venue) => simulated.has(venue));
    const inputs = new MarketInputs(market, db, new PriceCollars(this.references, limits));
    const controls = new BeginningControls(limits, this.references, market);
    const wake = new WakeOrder(db, clock, market, inputs, controls, this.watches, lag, metrics, logger);
    const handle = (job: { tenantId: string; parentOrderId: string }): Promise<HandlerResult> =>
      wake.run(job.tenantId as TenantId, job.parentOrderId as ParentOrderId);
    const options = {
      concurrency: config.SCHEDULER_CONCURRENCY,
      onFailed: (error: Error, context: object): void => logger.error({ err: error, ...context }, 'job failed'),
    };
    queues.work(activateParentOrder, handle, options);
    queues.work(wakeParentOrder, handle, options);
    this.relay.start();
    this.sweeper.start();
    this.conditions.start();
    this.checks.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.checks.stop();
    await this.conditions.stop();
    await this.sweeper.stop();
    await this.parts.queues.stopWorkers();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.wakes.settled();
    await this.relay.stop();
    await this.parts.market.stop();
    this.references?.stop();
    await this.parts.feed.close();
    this.parts.budgets.close();
  }

  /** Most price changes cross no watch and cost nothing more than this. */
  private onMarket(snapshot: MarketSnapshot): void {
    this.wake(this.watches.crossedBy(snapshot));
    this.conditions.onMarket(snapshot);
    this.judgeFeed(snapshot);
  }

  /** A market that is lost or comes back concerns every order on it (algorithms.md 4.11). */
  private judgeFeed(snapshot: MarketSnapshot): void {
    const name = `${snapshot.symbol}.${snapshot.venue}`;
    const age = snapshot.at === null ? Infinity : this.parts.clock.now() - snapshot.at;
    const alive = snapshot.status === 'live' && age < EXECUTION_SETTINGS.deadBookMs;
    const wasAlive = this.feedAlive.get(name);
    this.feedAlive.set(name, alive);
    if (wasAlive !== undefined && wasAlive !== alive) this.wake(this.watches.on(snapshot));
  }

  private wake(orders: readonly WatchingOrder[]): void {
    if (orders.length === 0) return;
    this.parts.metrics.watchWakes.inc(orders.length);
    this.wakes.wake(orders);
  }

  private async check(): Promise<void> {
    const { clock, config, feed, queues, metrics, runtime, db } = this.parts;
    for (const snapshot of feed.all()) this.judgeFeed(snapshot); // a publisher that died says nothing more
    const skewMs = clock.skewMs();
    metrics.clockSkew.set({ against: 'database' }, skewMs / 1_000);
    const off = Math.abs(skewMs) > config.MAX_CLOCK_SKEW_MS;
    if (off !== this.paused) {
      this.paused = off;
      metrics.workerPaused.set({ reason: 'clock' }, off ? 1 : 0);
      runtime.logger[off ? 'error' : 'info']({ skewMs }, off ? 'clock is off: taking no work' : 'clock is right again');
      if (off) await queues.pause();
      else queues.resume();
    }
    const ages = await dueWorkAges(db);
    for (const kind of ['parent.wake', 'child.submit', 'child.cancel', 'child.resolve', 'child.amend'] as const)
      metrics.dueAge.set({ kind }, ages.get(kind) ?? 0);
    const outbox = await measureOutbox(db);
    metrics.outboxAge.set(outbox.oldestAgeSeconds);
    metrics.outboxRefused.set(outbox.refused);
    for (const [queue, counts] of await queues.counts())
      for (const [state, count] of Object.entries(counts)) metrics.queueJobs.set({ queue, state }, count);
  }
}
