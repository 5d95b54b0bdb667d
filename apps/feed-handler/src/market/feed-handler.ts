import { randomBytes } from 'node:crypto';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { addMs, printCounter, type Clock, type Instrument, type VenueId } from '#domain';
import type { ServiceRuntime } from '#observability';
import { RepeatingTask } from '#persistence';
import { feedStatusBroadcast, orderBookQuery, type QueryClient, type QueryServer } from '#queues';
import type { Cause, Feed, FeedChannel, FeedMessage, MarketDataPublisher } from '#venues';
import type { FeedMetrics } from '../feed-metrics.js';
import type { FeedSymbols } from '../feed-symbols.js';
import { answerOrderBook } from './answer-order-book.js';
import type { FeedBudgets } from './feed-budgets.js';
import { FeedLeases, HOLD_EVERY_MS } from './feed-leases.js';
import type { FeedStore } from './feed-store.js';
import { InstrumentFeed } from './instrument-feed.js';
import { PriceSpeaker } from './price-speaker.js';

export interface FeedHandlerParts {
  readonly symbols: FeedSymbols;
  /** Days that minute bars are kept. */
  readonly keepBarsDays: number;
  readonly feeds: ReadonlyMap<VenueId, Feed>;
  /** What `feeds` pay from. */
  readonly budgets: Pick<FeedBudgets, 'stopPaying' | 'close'>;
  readonly publisher: MarketDataPublisher;
  readonly store: FeedStore;
  readonly queries: Pick<QueryServer, 'answer' | 'start'>;
  readonly broadcasts: Pick<QueryClient, 'say'>;
  readonly clock: Clock;
  readonly metrics: FeedMetrics;
  readonly runtime: ServiceRuntime;
}

const PUBLISH_EVERY_MS = 100;
const HEARTBEAT_MS = 1_000;
const SAVE_EVERY_MS = 1_000;
/** Venues halt instruments and change their steps while we run. */
const INSTRUMENTS_EVERY_MS = 600_000;
const RETRY_MS = 1_000;
const CATCH_UP_EVERY_MS = 1_000;
const PRUNE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

interface Followed {
  readonly feed: Feed;
  readonly market: InstrumentFeed;
}

/**
 * Follows the configured instruments at every venue and, where it holds the venue's lease, publishes one conflated
 * snapshot of each. Without the lease it keeps books, statistics and volumes all the same, to go on at once.
 */
export class FeedHandler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly followed = new Map<string, Followed>();
  private readonly loaded = new Set<VenueId>();
  private readonly told = new Set<string>();
  private readonly tasks: RepeatingTask[] = [];
  private readonly leases: FeedLeases;
  private readonly prices: PriceSpeaker;
  private catchingUp: RepeatingTask | undefined;
  private saving: RepeatingTask | undefined;
  private holding: RepeatingTask | undefined;
  private ticker: NodeJS.Timeout | undefined;
  private stopping = false;
  /** False while Redis does not take what we publish. */
  private isHeard = true;
  private readonly removeReadiness: () => void;

  constructor(private readonly parts: FeedHandlerParts) {
    this.leases = new FeedLeases(parts.publisher, parts.metrics, parts.runtime.logger);
    this.prices = new PriceSpeaker({
      publisher: parts.publisher,
      clock: parts.clock,
      holds: (venue) => this.leases.holds(venue),
      refused: (venue) => this.refused(venue),
    });
    this.removeReadiness = parts.runtime.health.addReadiness('feed-handler', () => Promise.resolve(this.notReady()));
  }

  onApplicationBootstrap(): void {
    const { logger } = this.parts.runtime;
    for (const [venue, feed] of this.parts.feeds) {
      this.later(() => this.loadInstruments(venue, feed), INSTRUMENTS_EVERY_MS, 'instruments not loaded');
    }
    this.holding = this.later(() => this.hold(), HOLD_EVERY_MS, 'lease of a venue not taken');
    this.saving = this.later(() => this.save(), SAVE_EVERY_MS, 'volumes not saved');
    this.catchingUp = this.later(() => this.catchUp(), CATCH_UP_EVERY_MS, 'missed trades not fetched');
    this.ticker = setInterval(() => this.publishDue(), PUBLISH_EVERY_MS);
    this.later(() => this.repeatPrices(), HEARTBEAT_MS, 'prices not told again');
    this.later(() => this.savePrices(), SAVE_EVERY_MS, 'prices not saved');
    this.later(() => this.saveSamples(), SAVE_EVERY_MS, 'samples of the market not saved');
    this.later(() => this.pruneBars(), PRUNE_EVERY_MS, 'old minute bars not removed');
    this.later(() => this.parts.store.pruneSamples(this.parts.clock.now()), PRUNE_EVERY_MS, 'old samples not removed');
    this.answerQueries();
    logger.info({ venues: [...this.parts.feeds.keys()] }, 'following markets');
  }

  /** The last word of the holder is that there is no market here; another process goes on when the lease is free. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.parts.budgets.stopPaying();
    this.removeReadiness();
    clearInterval(this.ticker);
    await Promise.all(this.tasks.map((task) => task.stop()));
    await Promise.all([...this.parts.feeds.values()].map((feed) => feed.close()));
    await this.prices.stop();
    const now = this.parts.clock.now();
    await Promise.all(this.spokenFor().map((market) => this.parts.publisher.publish(market.lastWord(now))));
    await Promise.all([this.save(), this.savePrices(), this.saveSamples(true)]).catch((error: unknown) =>
      this.parts.runtime.logger.warn({ err: error }, 'volumes not saved at the end'),
    );
    await this.leases.releaseAll();
    await this.parts.publisher.close();
    await this.parts.budgets.close();
  }

  private answerQueries(): void {
    const { queries, runtime } = this.parts;
    queries.answer(
      orderBookQuery,
      (question) => {
        const venue = question.venue as VenueId;
        const followed = this.followed.get(`${venue}:${question.symbol}`);
        return Promise.resolve(answerOrderBook(question, followed?.market, this.leases.holds(venue)));
      },
      (error) => runtime.logger.error({ err: error }, 'order book not answered'),
    );
    queries.start();
  }

  private async hold(): Promise<void> {
    this.isHeard = await this.leases.renew(
      this.loaded,
      (venue) => this.takeOver(venue),
      (venue) => this.isDeaf(venue),
    );
  }

  /** Follows markets of the venue, and none of them is live. */
  private isDeaf(venue: VenueId): boolean {
    const markets = this.marketsOf(venue);
    return markets.length > 0 && markets.every(({ status }) => status !== 'live');
  }

  private async takeOver(venue: VenueId): Promise<void> {
    await this.continueCounts(venue);
    await this.prices.begin(venue, this.marketsOf(venue));
  }

  private marketsOf(venue: VenueId): InstrumentFeed[] {
    const markets = [...this.followed.values()].map(({ market }) => market);
    return markets.filter(({ instrument }) => instrument.venue === venue);
  }

  private repeatPrices(): Promise<void> {
    this.prices.repeat(this.spokenFor());
    return Promise.resolve();
  }

  /** What the last speaker counted is the truth so far; our own count stands in only where it holds all of it. */
  private async continueCounts(venue: VenueId): Promise<void> {
    for (const market of this.marketsOf(venue)) {
      market.continueFrom(await this.parts.store.loadVolume(venue, market.instrument.symbol));
    }
    this.catchingUp?.nudge();
  }

  /** The markets that we publish and save. */
  private spokenFor(): InstrumentFeed[] {
    const markets = [...this.followed.values()].map(({ market }) => market);
    return markets.filter(({ instrument }) => this.leases.holds(instrument.venue));
  }

  private later(run: () => Promise<void>, everyMs: number, problem: string): RepeatingTask {
    const { logger } = this.parts.runtime;
    const task = new RepeatingTask(run, everyMs, (error) => logger.warn({ err: error }, problem)).start();
    this.tasks.push(task);
    return task;
  }

  private notReady(): string | null {
    const missing = [...this.parts.feeds.keys()].filter((venue) => !this.loaded.has(venue));
    if (missing.length > 0) return `no instruments from ${missing.join(', ')} yet`;
    return this.isHeard ? null : 'Redis takes no snapshots';
  }

  /** Tries until it has them: venue and database may start after us, or be away for a while. */
  private async loadInstruments(venue: VenueId, feed: Feed): Promise<void> {
    const { logger } = this.parts.runtime;
    for (;;) {
      const problem = await this.tryInstruments(venue, feed).catch((error: unknown) => ({ err: error }));
      if (problem === null || this.stopping) return;
      logger.debug({ venue, ...problem }, 'no instruments yet');
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  private async tryInstruments(venue: VenueId, feed: Feed): Promise<Cause | null> {
    const read = await feed.instruments();
    if (read.kind === 'failed') return read.why;
    await this.parts.store.saveInstruments(read.value);
    await this.follow(venue, feed, read.value);
    this.loaded.add(venue);
    this.holding?.nudge();
    return null;
  }

  private async follow(venue: VenueId, feed: Feed, instruments: readonly Instrument[]): Promise<void> {
    const markets: InstrumentFeed[] = [];
    const { found, problems } = this.parts.symbols.of(venue, instruments);
    for (const problem of problems) this.complain(venue, problem);
    for (const instrument of found) {
      const { symbol } = instrument;
      if (this.followed.has(`${venue}:${symbol}`)) continue;
      const counted = await this.parts.store.loadVolume(venue, symbol);
      markets.push(new InstrumentFeed(instrument, counted, printCounter(feed.tradeIds)));
    }
    // In one go, so that one connection is made for all of them.
    for (const market of markets) {
      const { symbol } = market.instrument;
      this.followed.set(`${venue}:${symbol}`, { feed, market });
      // Each of the others by itself: their streams differ in when they are stale, and in where they come from.
      for (const channels of [['book', 'trades'], ['bbo'], ['mark']] as const) {
        const [channel] = channels;
        if (feed.channels.has(channel)) {
          feed.subscribe(symbol, channels, (message) => this.receive(market, channel, message));
        }
      }
    }
    // What another speaker counted between our look and now.
    if (markets.length === 0 || !this.leases.holds(venue)) return;
    await this.continueCounts(venue);
    await this.prices.begin(venue, markets);
  }

  /** Once: instruments are read again and again. */
  private complain(venue: VenueId, problem: string): void {
    if (this.told.has(problem)) return;
    this.told.add(problem);
    this.parts.runtime.logger.error({ venue }, problem);
  }

  private receive(market: InstrumentFeed, channel: FeedChannel, message: FeedMessage): void {
    market.receive(message, this.parts.clock.now(), channel);
    this.prices.heard(market);
    const { venue, symbol } = market.instrument;
    if (message.type === 'resync') this.parts.metrics.gaps.inc({ venue });
    if (message.type === 'trade_gap') this.catchingUp?.nudge();
    if (message.type !== 'status') return;
    const { from, to, reason } = message;
    if (channel === 'book') this.parts.metrics.live.set({ venue, symbol }, to === 'live' ? 1 : 0);
    this.parts.runtime.logger.info({ venue, symbol, channel, from, to, reason }, 'feed status');
    this.parts.store.note({ venue, symbol, channel, from, to, reason, at: this.parts.clock.now() });
    this.saving?.nudge();
    if (channel === 'book' && to === 'live') this.catchingUp?.nudge();
  }

  private publishDue(): void {
    const now = this.parts.clock.now();
    const oldest = new Map<string, { readonly venue: VenueId; readonly channel: string; readonly age: number }>();
    for (const { market } of this.followed.values()) {
      const { venue } = market.instrument;
      market.tick(now);
      for (const channel of ['book', 'bbo', 'mark'] as const) {
        const at = market.rightSince(channel);
        const key = `${venue} ${channel}`;
        const age = Math.max(oldest.get(key)?.age ?? 0, at === null ? 0 : now - at);
        oldest.set(key, { venue, channel, age });
      }
      if (this.leases.holds(venue) && market.isDue(now, HEARTBEAT_MS)) void this.publish(market);
    }
    for (const { venue, channel, age } of oldest.values()) this.parts.metrics.age.set({ venue, channel }, age / 1_000);
  }

  private async publish(market: InstrumentFeed): Promise<void> {
    const { venue } = market.instrument;
    const done = await this.parts.publisher.publish(market.publishable(this.parts.clock.now()));
    this.isHeard = done !== 'unreachable';
    if (done === 'published') return;
    market.notPublished();
    if (done === 'unreachable') return this.parts.metrics.unpublished.inc({ venue });
    this.refused(venue);
  }

  /** Redis was wiped, or we were held up for so long that another speaks now. */
  private refused(venue: VenueId): void {
    this.leases.lost(venue);
    this.holding?.nudge();
  }

  private async save(): Promise<void> {
    const counted = this.spokenFor().map((market) => ({ market, volume: market.volume }));
    const changes = await this.parts.store.flush(
      counted.map(({ market: { instrument }, volume }) => ({ ...instrument, volume })),
      (venue) => !this.leases.standsBy(venue),
    );
    for (const { market, volume } of counted) {
      const newest = volume.bars.closed.at(-1);
      if (newest !== undefined) market.barsWritten(newest.minute);
    }
    const { broadcasts } = this.parts;
    for (const change of changes) await broadcasts.say(feedStatusBroadcast, change, randomBytes(16).toString('hex'));
  }

  private savePrices(): Promise<void> {
    return this.parts.store.savePrices(
      this.spokenFor().map(({ instrument: { venue, symbol }, prices }) => {
        return { venue, symbol, last: prices.known('last'), mid: prices.known('mid'), mark: prices.known('mark') };
      }),
    );
  }

  /** @param last the seconds that are not ten yet, too */
  private async saveSamples(last = false): Promise<void> {
    const taken = [];
    for (const { market } of this.followed.values()) {
      const { venue, symbol } = market.instrument;
      const chunks = market.samples.handOut(last);
      // Without the lease our count is another than the one that is told: the holder's samples are the ones that fit.
      if (this.leases.holds(venue)) taken.push({ venue, symbol, market, chunks });
    }
    const rows = taken.flatMap(({ venue, symbol, chunks }) => chunks.map((chunk) => ({ venue, symbol, ...chunk })));
    if (rows.length === 0) return;
    try {
      await this.parts.store.saveSamples(rows);
    } catch (error) {
      for (const { market, chunks } of taken) market.samples.handBack(chunks);
      throw error;
    }
  }

  private async pruneBars(): Promise<void> {
    await this.parts.store.pruneBars(addMs(this.parts.clock.now(), -this.parts.keepBarsDays * DAY_MS));
  }

  /** After each connect: the trades that went by while nobody listened. A failed read is tried again in a second. */
  private async catchUp(): Promise<void> {
    for (const { feed, market } of this.followed.values()) {
      if (!market.wantsCatchUp) continue;
      const { venue, symbol } = market.instrument;
      const { connection } = market;
      const read = await feed.recentTrades(symbol);
      // Lost again meanwhile: the list may be older than what that loss took.
      if (read.kind === 'failed' || market.connection !== connection) continue;
      const { missed, restarted } = market.caughtUp(read.value, this.parts.clock.now());
      this.prices.heard(market);
      const isHoled = missed === null || missed > 0n;
      if (isHoled) this.parts.metrics.missedTrades.inc({ venue }, Number(missed ?? 1n));
      if (isHoled || restarted) {
        const count = missed === null ? 'unknown' : String(missed);
        this.parts.runtime.logger.warn({ venue, symbol, missed: count, restarted }, 'trades missed');
      }
    }
  }
}
