import type { AccountId, Clock, VenueId } from '#domain';
import type { ServiceRuntime } from '#observability';
import {
  messageQuietMs,
  RateLimitChangeRepository,
  RateUsageRepository,
  RepeatingTask,
  type Database,
} from '#persistence';
import {
  budgetRedis,
  configuredVenues,
  createVenues,
  limitsByVenue,
  limitsToldBy,
  RateBudget,
  shippedLimits,
  type VenueLimits,
} from '#venues';
import type { Redis } from 'ioredis';
import type { VenueDesk } from '../accounts/account-sessions.js';
import type { ExchangeGatewayConfig } from '../config.js';
import type { GatewayMetrics } from '../gateway-metrics.js';
import { EmergencyShares } from './emergency-shares.js';
import { LimitAnnouncements } from './limit-announcements.js';
import { LimitNotices } from './limit-notices.js';
import { ParentLimitCounts } from './parent-limit-counts.js';
import { VenueOffset } from './venue-offset.js';
import { VenueTime } from './venue-time.js';

const MEASURE_TIME_EVERY_MS = 15_000;
/** How often it is looked whether a venue should be asked for its limits. */
const ANNOUNCEMENTS_EVERY_MS = 5_000;

/** Every venue that this gateway can reach, with its clock and its budget. */
export class VenueDesks {
  readonly byId: ReadonlyMap<VenueId, VenueDesk>;
  private readonly venues: ReturnType<typeof createVenues>;
  private readonly redis: Redis;
  private readonly timers: RepeatingTask[];
  private readonly times: VenueTime[] = [];
  readonly shares: EmergencyShares;
  readonly parentCounts: ParentLimitCounts;

  constructor(
    config: ExchangeGatewayConfig,
    db: Database,
    clock: Clock,
    { logger }: ServiceRuntime,
    metrics: GatewayMetrics,
    owner: string,
  ) {
    this.redis = budgetRedis(config.REDIS_URL.reveal());
    this.venues = createVenues(config, clock);
    const byVenue = limitsByVenue(config, configuredVenues(config));
    this.parentCounts = new ParentLimitCounts(db, logger);
    this.shares = new EmergencyShares(
      db,
      { owner, egressId: config.EGRESS_ID, slots: config.MAX_GATEWAY_PODS, venues: [...this.venues.keys()] },
      logger,
    );
    const announcements = new Map<VenueId, LimitAnnouncements>();
    this.byId = new Map(
      [...this.venues.values()].map((venue) => {
        const offset = new VenueOffset(clock);
        const audit = new RateLimitChangeRepository(db, venue.id);
        const notices = new LimitNotices();
        const budget = new RateBudget(this.redis, limitsOf(byVenue, venue.id), {
          prefix: config.REDIS_PREFIX,
          clock,
          egressId: config.EGRESS_ID,
          ledger: new RateUsageRepository(db, venue.id),
          holdings: this.shares.holdingsAt(venue.id),
          emergencyLedger: this.shares.ledgerAt(venue.id),
          observe: {
            corrected: (limit, delta) => metrics.limitCorrection.set({ venue: venue.id, limit }, delta),
            closed: (limit, ms) => {
              const isBan = limitsOf(byVenue, venue.id).definitions.some(
                ({ id, kind }) => id === limit && kind === 'ban',
              );
              const told = { venue: venue.id, limit, ms, egressId: config.EGRESS_ID };
              if (isBan) logger.error(told, 'the venue banned this address');
              else logger.warn(told, 'the venue closed a limit');
            },
            told: (figure) => announcements.get(venue.id)?.note([figure]),
            readingDue: (_limit, scope) => notices.say(scope, { kind: 'reading_due' }),
            sessionKilled: (limit, scope, ms) => notices.say(scope, { kind: 'session_killed', limit, ms }),
            emergency: () => metrics.limitEmergency.inc({ venue: venue.id }),
            refused: (reason, priority) => metrics.budgetDenied.inc({ reason, class: priority }),
            scriptSeconds: (seconds) => metrics.limitScript.observe({}, seconds),
          },
        });
        const announced = new LimitAnnouncements({
          venue,
          limits: limitsOf(byVenue, venue.id),
          shipped: shippedLimits(venue.id, venue.profile.protocol),
          budget,
          audit,
          logger,
        });
        announcements.set(venue.id, announced);
        const time = new VenueTime({ venue, offset, budget, onLost: () => announced.askSoon() });
        this.times.push(time);
        const measureTime = (priority: 'query' | 'probe') => time.measure(priority);
        const limits = limitsOf(byVenue, venue.id);
        const toldByTime = limitsToldBy(limits, venue.profile.calls.venueTime);
        const quietMs = (accountId: AccountId) => db.inSystem((tx) => messageQuietMs(tx, accountId));
        return [venue.id, { venue, offset, budget, measureTime, toldByTime, limits, audit, notices, quietMs }];
      }),
    );
    const measuring = [...this.byId.values()].map(
      (desk) =>
        new RepeatingTask(
          async () => {
            await desk.measureTime('query');
          },
          MEASURE_TIME_EVERY_MS,
          (error) => logger.warn({ venue: desk.venue.id, err: error }, 'venue time not measured'),
        ),
    );
    const asking = [...announcements].map(
      ([venue, announced]) =>
        new RepeatingTask(
          () => announced.run(),
          ANNOUNCEMENTS_EVERY_MS,
          (error) => logger.warn({ venue, err: error }, 'limits of the venue not asked or not written down'),
        ),
    );
    this.timers = [...measuring, ...asking];
  }

  /** Emergency shares come first: probes are paid from them. */
  async start(): Promise<void> {
    await this.shares.start();
    this.parentCounts.start();
    for (const timer of this.timers) timer.start();
  }

  async stop(): Promise<void> {
    for (const time of this.times) time.close();
    await Promise.all(this.timers.map((timer) => timer.stop()));
    await Promise.all([...this.venues.values()].map((venue) => venue.close()));
    await this.parentCounts.stop();
    await this.shares.stop();
    this.redis.disconnect();
  }
}

function limitsOf(byVenue: ReadonlyMap<VenueId, VenueLimits>, venue: VenueId): VenueLimits {
  const limits = byVenue.get(venue);
  if (limits === undefined) throw new Error(`Venue ${venue} has no limits`);
  return limits;
}
