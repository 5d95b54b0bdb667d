import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { ParentOrderId, TenantId, VenueId } from '#domain';
import type { ServiceRuntime } from '#observability';
import pLimit from 'p-limit';
import { DueWorkSweeper, OutboxRelay, type Database, type DatabaseClock } from '#persistence';
import {
  accountBalancesQuery,
  accountWorkBroadcast,
  amendChildOrder,
  cancelChildOrder,
  resolveChildOrder,
  submitChildOrder,
  type HandlerResult,
  type JobQueues,
  type QueryClient,
  type QueryServer,
} from '#queues';
import { ReferencePrices, type Snapshots } from '#venues';
import { AccountKeeper } from './accounts/account-keeper.js';
import { AccountRunner } from './accounts/account-runner.js';
import type { AccountSessions } from './accounts/account-sessions.js';
import { AnswerBalances } from './accounts/answer-balances.js';
import type { ExchangeGatewayConfig } from './config.js';
import type { CredentialKeeper } from './credentials/credential-keeper.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { AccountTurns } from './orders/account-turns.js';
import type { Booking } from './orders/booking.js';
import { OrderGate } from './orders/order-gate.js';
import { CancelBell } from './orders/cancel-bell.js';
import { CancelChild } from './orders/cancel-child.js';
import { CancelSweep } from './orders/cancel-sweep.js';
import { CancelsFirst } from './orders/cancels-first.js';
import { ChildPlaces } from './orders/child-places.js';
import { HolderWork } from './orders/holder-work.js';
import { LaterBookings } from './orders/later-bookings.js';
import { ResolveChild } from './orders/resolve-child.js';
import { UnknownWatch } from './orders/unknown-watch.js';
import { AmendChild } from './orders/amend-child.js';
import { SubmitChild } from './orders/submit-child.js';
import type { ChildWorkKind } from './orders/work-order.js';
import type { InstrumentCache } from './venue/instrument-cache.js';
import type { VenueDesks } from './venue/venue-desks.js';

/** Beyond this many waiting places per worker, places that are due are late, not lost: ringing again lengthens the line. */
const QUEUED_PER_WORKER = 5;

export interface GatewayParts {
  readonly config: ExchangeGatewayConfig;
  readonly runtime: ServiceRuntime;
  readonly metrics: GatewayMetrics;
  /** Unlike any other process's; written into claims and leases. */
  readonly instanceId: string;
  readonly db: Database;
  readonly clock: DatabaseClock;
  readonly queues: JobQueues;
  readonly queries: Pick<QueryServer, 'answer' | 'hear' | 'start'>;
  /** For what is said to whoever listens. */
  readonly broadcasts: Pick<QueryClient, 'say'>;
  readonly instruments: InstrumentCache;
  readonly desks: VenueDesks;
  readonly sessions: AccountSessions;
  readonly booking: Booking;
  readonly credentials: CredentialKeeper;
  /** The markets' last values, from the feed. */
  readonly markets: Snapshots & { start(): Promise<void>; close(): Promise<void> };
  readonly isSimulated: (venue: VenueId) => boolean;
}

/** Starts and stops the gateway's work in the right order: nothing is taken on before it can be finished. */
export class ExchangeGateway implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly keeper: AccountKeeper;
  private readonly relay: OutboxRelay;
  private readonly sweeper: DueWorkSweeper;
  private readonly references: ReferencePrices;
  private cancels: CancelSweep | undefined;
  private bell: CancelBell | undefined;
  private bookings: LaterBookings | undefined;
  private unknowns: UnknownWatch | undefined;
  private holderWork: HolderWork | undefined;

  constructor(private readonly parts: GatewayParts) {
    const { config, runtime, metrics, instanceId, db, clock, queues, sessions, booking, instruments, broadcasts } =
      parts;
    const { logger } = runtime;
    this.keeper = new AccountKeeper(
      db,
      sessions,
      (account) =>
        new AccountRunner(account, {
          db,
          clock,
          sessions,
          booking,
          instruments,
          broadcasts,
          metrics,
          logger,
          deadMan: new Set(config.DEAD_MAN_ACCOUNTS),
          periods: {
            doubtsMs: config.RECONCILE_DOUBTS_EVERY_MS,
            openOrdersMs: config.RECONCILE_ORDERS_EVERY_MS,
            everythingMs: config.RECONCILE_ALL_EVERY_MS,
          },
        }),
      instanceId,
      metrics,
      logger,
    );
    sessions.follow(this.keeper);
    this.references = new ReferencePrices(parts.markets);
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
      kinds: ['child.submit', 'child.cancel', 'child.resolve', 'child.amend'],
      publish,
      isBehind: async () => (await queues.waiting(submitChildOrder)) > QUEUED_PER_WORKER * config.GATEWAY_CONCURRENCY,
      onError: (error) => logger.warn({ err: error }, 'due work not swept'),
      onRefused: (refused) => {
        for (const work of refused) logger.error({ ...work }, 'due work not driven: no queue takes its job');
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { config, runtime, metrics, instanceId, db, clock, queues, instruments, desks, sessions, booking } =
      this.parts;
    const { logger } = runtime;
    await instruments.refresh();
    instruments.start();
    desks.shares.follow((accountId) => this.keeper.heldAccount(accountId));
    await desks.start();
    this.keeper.start();
    this.parts.credentials.start();
    await this.parts.markets.start();
    const gate = new OrderGate(clock, this.references, this.parts.isSimulated, metrics, logger);
    const places = pLimit(Math.max(1, Math.min(config.GATEWAY_PLACE_CONNECTIONS, config.DATABASE_POOL_SIZE - 1)));
    const turns = new AccountTurns();
    const submit = new SubmitChild(db, clock, sessions, booking, gate, metrics, logger, instanceId, places, turns);
    const first = new CancelsFirst();
    const cancel = new CancelChild(db, clock, sessions, booking, metrics, logger);
    const resolve = new ResolveChild(db, clock, sessions, booking, metrics, logger);
    const amend = new AmendChild(db, clock, sessions, booking, gate, metrics, logger, turns);
    const holderWork = new HolderWork({
      db,
      sessions,
      places: new ChildPlaces(db),
      broadcasts: this.parts.broadcasts,
      heldAccounts: () => this.keeper.heldAccounts(),
      workers: { 'child.submit': submit, 'child.cancel': cancel, 'child.resolve': resolve, 'child.amend': amend },
      logger,
    }).start();
    this.holderWork = holderWork;
    const handle =
      (kind: ChildWorkKind) =>
      (job: { tenantId: string; parentOrderId: string; sequence: number; traceId: string }): Promise<HandlerResult> => {
        const { tenantId, parentOrderId, sequence, traceId } = job;
        return holderWork.run(
          kind,
          { tenantId: tenantId as TenantId, parentOrderId: parentOrderId as ParentOrderId, sequence },
          traceId,
        );
      };
    const options = {
      concurrency: config.GATEWAY_CONCURRENCY,
      onFailed: (error: Error, context: object): void => logger.error({ err: error, ...context }, 'job failed'),
    };
    const submitOne = handle('child.submit');
    queues.work(
      submitChildOrder,
      async (job) => {
        await first.pass();
        return submitOne(job);
      },
      options,
    );
    queues.work(cancelChildOrder, handle('child.cancel'), options);
    queues.work(resolveChildOrder, handle('child.resolve'), options);
    queues.work(amendChildOrder, handle('child.amend'), options);
    const budgets = [...desks.byId.values()].map((desk) => desk.budget);
    const bookings = new LaterBookings(first, (error) => logger.error({ err: error }, 'cancel not booked'));
    this.bookings = bookings;
    const cancels = new CancelSweep({
      db,
      cancel: {
        run: async (key, traceId) => {
          await holderWork.run('child.cancel', key, traceId);
        },
        send: (child, traceId) => holderWork.sendCancel(child, traceId),
        sendMany: (children, traceId) => holderWork.sendCancels(children, traceId),
      },
      atOnce: (venue) => desks.byId.get(venue)?.venue.traits.cancelsAtOnce ?? 0,
      first,
      bookings,
      redisUp: () => budgets.every((budget) => budget.redisUp),
      metrics,
      logger,
    }).start();
    this.cancels = cancels;
    this.bell = new CancelBell({
      db,
      url: config.DATABASE_URL.reveal(),
      held: this.keeper,
      cancel,
      first,
      bookings,
      onHalt: () => cancels.nudgeHalts(),
      logger,
    }).start();
    this.unknowns = new UnknownWatch(db, [...desks.byId.keys()], metrics, logger).start();
    this.relay.start();
    this.sweeper.start();
    this.answerQueries(holderWork);
  }

  private answerQueries(holderWork: HolderWork): void {
    const { queries, sessions, clock, runtime } = this.parts;
    const balances = new AnswerBalances(sessions, (accountId) => this.keeper.heldAccount(accountId), clock);
    const onError = (error: unknown): void => runtime.logger.error({ err: error }, 'balances not answered');
    queries.answer(accountBalancesQuery, (question) => balances.run(question), onError);
    queries.hear(accountWorkBroadcast, (word) => holderWork.hear(word));
    queries.start();
  }

  /** Null when the gateway may be given work. */
  notReady(): string | null {
    return this.keeper.notReady();
  }

  /** First nothing new is taken on and what runs is finished. */
  async onModuleDestroy(): Promise<void> {
    await this.sweeper.stop();
    await this.bell?.stop();
    await this.cancels?.stop();
    await this.bookings?.stop();
    await this.unknowns?.stop();
    await this.holderWork?.stop();
    await this.parts.queues.stopWorkers();
    await this.parts.credentials.stop();
  }

  /** Then streams end, leases are handed on, and what was written meanwhile is published. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.keeper.stop();
    await this.relay.stop();
    await this.parts.sessions.closeAll();
    await this.parts.desks.stop();
    await this.parts.instruments.stop();
    this.references.stop();
    await this.parts.markets.close();
  }
}
