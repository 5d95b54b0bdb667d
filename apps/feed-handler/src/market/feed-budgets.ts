import type { Redis } from 'ioredis';
import type { Clock, VenueId } from '#domain';
import type { Logger } from '#observability';
import { RateUsageRepository, type Database } from '#persistence';
import {
  budgetRedis,
  CallSpender,
  configuredVenues,
  createVenues,
  limitsByVenue,
  limitsToldBy,
  RateBudget,
  type RunningVenue,
  type SpendCall,
  type VenueLimits,
} from '#venues';
import type { FeedHandlerConfig } from '../config.js';

/** Nothing here is worth failing fast for, and a process that has just started stands still for longer than orders may. */
const REDIS_TIMEOUT_MS = 1_000;

/** In fair sharing all market data is one that asks: however much of it waits, others have their turn. */
const MARKET_DATA = 'market-data';

interface Paying {
  readonly venue: RunningVenue;
  readonly spender: CallSpender;
}

/** What the public calls of each venue are paid from: the same limits that the gateways draw on (venues.md B5). */
export class FeedBudgets {
  private readonly redis: Redis;
  private readonly byVenue: ReadonlyMap<VenueId, Paying>;

  /** @throws LimitsFileError */
  constructor(
    private readonly config: FeedHandlerConfig,
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.redis = budgetRedis(config.REDIS_URL.reveal());
    const limits = limitsByVenue(config, configuredVenues(config));
    this.byVenue = new Map(
      [...createVenues(config, clock)].flatMap(([id, venue]) => {
        const own = limits.get(id);
        return own === undefined ? [] : [[id, { venue, spender: this.spenderAt(venue, own) }] as const];
      }),
    );
  }

  spendAt(venue: VenueId): SpendCall | undefined {
    return this.byVenue.get(venue)?.spender.spend;
  }

  /** Nothing more is paid; calls under way still settle. */
  stopPaying(): void {
    for (const { spender } of this.byVenue.values()) spender.close();
  }

  async close(): Promise<void> {
    this.stopPaying();
    await Promise.all([...this.byVenue.values()].map(({ venue }) => venue.close()));
    this.redis.disconnect();
  }

  private spenderAt(venue: RunningVenue, limits: VenueLimits): CallSpender {
    const { config, clock, logger } = this;
    const budget = new RateBudget(this.redis, limits, {
      prefix: config.REDIS_PREFIX,
      clock,
      egressId: config.EGRESS_ID,
      ledger: new RateUsageRepository(this.db, venue.id),
      redisTimeoutMs: REDIS_TIMEOUT_MS,
    });
    return new CallSpender({
      budget,
      turnOf: MARKET_DATA,
      warmUp: {
        ask: () => askTime(venue, budget),
        told: limitsToldBy(limits, venue.profile.calls.venueTime),
      },
      onWait: (_call, why) => logger.info({ venue: venue.id }, why),
    });
  }
}

/** The cheapest call there is, from the emergency share: its answer sets the counts that it carries again. */
async function askTime(venue: RunningVenue, budget: RateBudget): Promise<boolean> {
  const reserved = await budget.reserve(venue.profile.calls.venueTime, {}, 'probe');
  if (!reserved.granted) return false;
  const answer = await venue.venueTime();
  const isOk = answer.kind === 'ok';
  await budget.settle(reserved.token, isOk ? 'success' : 'failure', {
    ...answer.meta,
    ...(isOk ? { venueMs: answer.value.venueMs } : {}),
  });
  return isOk;
}
