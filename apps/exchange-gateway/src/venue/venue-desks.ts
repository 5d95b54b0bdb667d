import type { Clock, VenueId } from '#domain';
import type { ServiceRuntime } from '#observability';
import { RateUsageRepository, RepeatingTask, type Database } from '#persistence';
import { createVenues, limitsByVenue, RateBudget, type VenueLimits } from '#venues';
import { Redis } from 'ioredis';
import type { VenueDesk } from '../accounts/account-sessions.js';
import type { ExchangeGatewayConfig } from '../config.js';
import { VenueOffset } from './venue-offset.js';

const MEASURE_TIME_EVERY_MS = 15_000;

/** Every venue that this gateway can reach, with its clock and its budget. */
export class VenueDesks {
  readonly byId: ReadonlyMap<VenueId, VenueDesk>;
  private readonly venues: ReturnType<typeof createVenues>;
  private readonly redis: Redis;
  private readonly timers: RepeatingTask[];

  constructor(config: ExchangeGatewayConfig, db: Database, clock: Clock, { logger, metrics }: ServiceRuntime) {
    this.redis = new Redis(config.REDIS_URL.reveal(), {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
    });
    this.redis.on('error', () => undefined); // the budget fails closed by itself; ioredis reconnects
    this.venues = createVenues(config, clock);
    const byVenue = limitsByVenue(config);
    const corrections = metrics.gauge({
      name: 'tranche_limit_venue_correction',
      help: 'Last difference between a venue’s own count and ours',
      labelNames: ['limit'],
    });
    this.byId = new Map(
      [...this.venues.values()].map((venue) => {
        const offset = new VenueOffset(clock);
        const budget = new RateBudget(this.redis, limitsOf(byVenue, venue.id), {
          prefix: config.REDIS_PREFIX,
          clock,
          egressId: config.EGRESS_ID,
          ledger: new RateUsageRepository(db, venue.id),
          observe: {
            corrected: (limit, delta) => corrections.set({ limit }, delta),
            closed: (limit, ms) => logger.warn({ venue: venue.id, limit, ms }, 'the venue closed a limit'),
          },
        });
        const measureTime = async (priority: 'query' | 'probe'): Promise<boolean> => {
          const reserved = await budget.reserve(venue.profile.calls.venueTime, {}, priority);
          if (!reserved.granted) return priority === 'query' && reserved.cold.length > 0 ? measureTime('probe') : false;
          const answer = await offset.measure(venue);
          // The venue's own time, to the millisecond: a Date header would leave windows of 10 s in doubt at their edges.
          await budget.settle(reserved.token, answer.kind === 'ok' ? 'success' : 'failure', {
            ...answer.meta,
            ...(answer.kind === 'ok' ? { venueMs: answer.value.venueMs } : {}),
          });
          return answer.kind === 'ok';
        };
        return [venue.id, { venue, offset, budget, measureTime }];
      }),
    );
    this.timers = [...this.byId.values()].map(
      (desk) =>
        new RepeatingTask(
          async () => {
            await desk.measureTime('query');
          },
          MEASURE_TIME_EVERY_MS,
          (error) => logger.warn({ venue: desk.venue.id, err: error }, 'venue time not measured'),
        ),
    );
  }

  start(): void {
    for (const timer of this.timers) timer.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.timers.map((timer) => timer.stop()));
    await Promise.all([...this.venues.values()].map((venue) => venue.close()));
    this.redis.disconnect();
  }
}

function limitsOf(byVenue: ReadonlyMap<VenueId, VenueLimits>, venue: VenueId): VenueLimits {
  const limits = byVenue.get(venue);
  if (limits === undefined) throw new Error(`Venue ${venue} has no limits`);
  return limits;
}
