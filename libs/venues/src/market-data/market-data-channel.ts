import { Redis, type RedisOptions } from 'ioredis';
import {
  decodeHistory,
  decodeSnapshot,
  encodeSnapshot,
  InvalidSnapshotError,
  rangeSince,
  type EpochMs,
  type MarketSnapshot,
  type PriceHistory,
  type PriceKind,
  type PriceOf,
  type PriceRange,
  type PriceUpdate,
  type VenueId,
} from '#domain';
import { isMasterNoMore } from '../budget/budget-redis.js';
import { KeptPrices, type PriceListener } from './kept-prices.js';
import {
  historyOf,
  pricedVenue,
  pricesOf,
  PUBLISH_PRICES,
  publishPrices,
  type PublishedPrice,
} from './price-script.js';

export interface MarketDataChannelOptions {
  readonly url: string;
  /** `REDIS_PREFIX`: in front of every key and channel. */
  readonly prefix: string;
  /** Default 5,000 ms: how often a reader asks whether the server is a master still. */
  readonly askRoleEveryMs?: number;
  /** Default false: whether a reader hears each price as well, hundreds of messages a second in busy markets. */
  readonly withPrices?: boolean;
}

/** A published snapshot must be written in this time or it is given up: the next one is 100 ms away. */
const COMMAND_LIMIT_MS = 500;
const RECONNECT_MAX_MS = 2_000;
const ASK_ROLE_EVERY_MS = 5_000;

const connection: RedisOptions = {
  lazyConnect: true,
  connectTimeout: 2_000,
  retryStrategy: (attempt) => Math.min(RECONNECT_MAX_MS, 50 * attempt),
  reconnectOnError: isMasterNoMore,
};

/**
 * Key and channel have one name: the key keeps the last value, the channel tells of it. The venue is the hash tag, since
 * one script touches the value and the lease of its venue.
 */
function nameOf(prefix: string, venue: string, symbol: string): string {
  return `${prefix}:md:{${venue}}:${symbol}`;
}

const leaseOf = (prefix: string, venue: string): string => `${prefix}:md-lease:{${venue}}`;

/** Prolongs a lease of our own, 1, or takes a free one, 2. KEYS: lease. ARGV: owner, ms. */
const HOLD = `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return owner and 1 or 2`;
/** KEYS: lease. ARGV: owner. */
const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;
/** Writes and tells only for the holder: one that was paused and wakes as another holds the feed changes nothing. */
const PUBLISH = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('PUBLISH', KEYS[1], ARGV[2])
return 1`;
/** What became of a snapshot, or of prices. */
export type Publication = 'published' | 'not_holder' | 'unreachable';

/** What became of a lease. */
export type Holding = 'taken' | 'kept' | 'not_holder' | 'unreachable';

/** As `CLIENT LIST` shows it. */
const readerName = (prefix: string): string => `${prefix}:market-data-reader`;

/**
 * Publishes snapshots, last value kept, of venues whose lease it holds: of several that follow the same market one
 * speaks. What is lost on the way is repaired by the next heartbeat.
 */
export class MarketDataPublisher {
  private readonly redis: Redis;

  /** @param owner unlike any other process's */
  constructor(
    private readonly options: MarketDataChannelOptions,
    private readonly owner: string,
  ) {
    this.redis = new Redis(options.url, {
      ...connection,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_LIMIT_MS,
    });
    this.redis.on('error', () => undefined); // ioredis reconnects by itself; every method tells its caller
    void this.redis.connect().catch(() => undefined);
  }

  /**
   * Takes the venue's lease when it is free, and prolongs our own; to be called several times per `leaseMs`.
   * @returns what we have of it now. `taken` where we had it before, too, says that it ran out meanwhile, or that Redis
   *   forgot it with all that we told. Never rejects.
   */
  async hold(venue: VenueId, leaseMs: number): Promise<Holding> {
    const done = await this.run(HOLD, [leaseOf(this.options.prefix, venue)], [this.owner, String(leaseMs)]);
    return done === null ? 'unreachable' : done === 0 ? 'not_holder' : done === 1 ? 'kept' : 'taken';
  }

  /** Lets another take over at once. Never rejects: a lease that cannot be released runs out. */
  async release(venue: VenueId): Promise<void> {
    await this.run(RELEASE, [leaseOf(this.options.prefix, venue)], [this.owner]);
  }

  /** Never rejects. */
  async publish(snapshot: MarketSnapshot): Promise<Publication> {
    const { prefix } = this.options;
    const keys = [nameOf(prefix, snapshot.venue, snapshot.symbol), leaseOf(prefix, snapshot.venue)];
    return publication(await this.run(PUBLISH, keys, [this.owner, encodeSnapshot(snapshot)]));
  }

  /** All in one message. Never rejects. */
  async publishPrices(venue: VenueId, prices: readonly PublishedPrice[]): Promise<Publication> {
    const { prefix } = this.options;
    const { keys, args } = publishPrices(prefix, leaseOf(prefix, venue), this.owner, venue, prices);
    return publication(await this.run(PUBLISH_PRICES, keys, args));
  }

  /**
   * The prices of a venue as they were told last, by whomever.
   * @throws Error when Redis does not answer
   */
  async toldPrices(venue: VenueId): Promise<readonly PriceOf[]> {
    const kept = new KeptPrices();
    kept.load(venue, await this.redis.hvals(pricesOf(this.options.prefix, venue)));
    return kept.of(venue);
  }

  /**
   * What is kept of the last ten minutes; null when nothing is.
   * @throws Error when Redis does not answer
   */
  async priceHistory(venue: VenueId, symbol: string, kind: PriceKind): Promise<PriceHistory | null> {
    return decodeHistory(await this.redis.hgetall(historyOf(this.options.prefix, venue, symbol, kind)));
  }

  close(): Promise<void> {
    this.redis.disconnect();
    return Promise.resolve();
  }

  private async run(script: string, keys: readonly string[], args: readonly string[]): Promise<number | null> {
    try {
      return Number(await this.redis.eval(script, keys.length, ...keys, ...args));
    } catch {
      return null;
    }
  }
}

function publication(done: number | null): Publication {
  if (done === null) return 'unreachable';
  return done === 1 ? 'published' : 'not_holder';
}

/** One price. */
export interface PriceName {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly kind: PriceKind;
}

type Listener = (snapshot: MarketSnapshot) => void;

/**
 * The last snapshot of every instrument, in memory. Survives a restart or a wipe of Redis: it keeps what it
 * has (whose `at` shows its age) until the publisher speaks again.
 */
export class MarketDataReader {
  private readonly snapshots = new Map<string, MarketSnapshot>();
  private readonly prices = new KeptPrices();
  private readonly listeners = new Set<Listener>();
  private readonly subscriber: Redis;
  private readonly redis: Redis;
  /** Number of messages per name; a value that was read before the last of them is old. */
  private readonly heard = new Map<string, number>();
  private readonly asking: NodeJS.Timeout;
  private firstLoad: () => void = () => undefined;
  private invalidCount = 0;

  constructor(private readonly options: MarketDataChannelOptions) {
    const patient = { ...connection, maxRetriesPerRequest: null, connectionName: readerName(options.prefix) };
    this.subscriber = new Redis(options.url, patient);
    this.redis = new Redis(options.url, patient);
    for (const redis of [this.subscriber, this.redis]) redis.on('error', () => undefined);
    this.subscriber.on('pmessage', (_pattern: string, name: string, text: string) => {
      const venue = pricedVenue(this.options.prefix, name);
      if (venue !== null) return this.prices.hear(venue, text);
      this.heard.set(name, (this.heard.get(name) ?? 0) + 1);
      this.take(name, text);
    });
    // Subscribe first, then read: nothing falls between the two. Again after every reconnect.
    this.subscriber.on('ready', () => void this.subscribeAndLoad());
    const everyMs = options.askRoleEveryMs ?? ASK_ROLE_EVERY_MS;
    this.asking = setInterval(() => void this.leaveReplica().catch(() => undefined), everyMs).unref();
  }

  /** Resolves when the last values are loaded, or after `limitMs`; Redis may come later. */
  async start(limitMs = 2_000): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const loaded = new Promise<void>((resolve) => {
      this.firstLoad = resolve;
      timer = setTimeout(resolve, limitMs);
    });
    void this.subscriber.connect().catch(() => undefined);
    void this.redis.connect().catch(() => undefined);
    await loaded;
    clearTimeout(timer);
  }

  /** The last snapshot, however old: look at its `status` and `at`. */
  get(venue: VenueId, symbol: string): MarketSnapshot | null {
    return this.snapshots.get(nameOf(this.options.prefix, venue, symbol)) ?? null;
  }

  all(): readonly MarketSnapshot[] {
    return [...this.snapshots.values()];
  }

  /** @returns a function that ends the subscription */
  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The newest update of a price, however old; null without `withPrices`, too. */
  price(venue: VenueId, symbol: string, kind: PriceKind): PriceUpdate | null {
    return this.prices.get(venue, symbol, kind);
  }

  /**
   * Every update that is heard, with the one before it, and those that are loaded at the start and after a reconnect.
   * @returns a function that ends the subscription
   */
  onPrice(listener: PriceListener): () => void {
    return this.prices.onChange(listener);
  }

  /**
   * Where a price was since `since`, by the database's clock: for who missed updates, or was not there.
   * @param seen number of the newest update that is known: what is told until then is left out
   * @returns null where nobody told the price for ten minutes; and, seconds long, where Redis forgot it
   * @throws Error when the reader is closed; while Redis is away it waits
   */
  async priceRange(price: PriceName, since: EpochMs, seen: number | null = null): Promise<PriceRange | null> {
    const history = await this.priceHistory(price, since, seen);
    return history && rangeSince(history, since, seen);
  }

  /** As {@link priceRange}, second by second: for who asks `rangeSince` of it, since several times. */
  async priceHistory(
    { venue, symbol, kind }: PriceName,
    since: EpochMs,
    seen: number | null = null,
  ): Promise<PriceHistory | null> {
    return decodeHistory(await this.redis.hgetall(historyOf(this.options.prefix, venue, symbol, kind)), since, seen);
  }

  /** Messages that were no snapshots or prices; more than zero means two versions that do not fit. */
  get invalid(): number {
    return this.invalidCount + this.prices.invalid;
  }

  close(): Promise<void> {
    clearInterval(this.asking);
    this.subscriber.disconnect();
    this.redis.disconnect();
    return Promise.resolve();
  }

  /** Nothing that is only read or heard tells that the publisher speaks at another server by now. */
  private async leaveReplica(): Promise<void> {
    if (this.redis.status !== 'ready') return;
    const [role] = await this.redis.role();
    if (role !== 'slave') return;
    for (const redis of [this.redis, this.subscriber]) if (redis.status === 'ready') redis.disconnect(true);
  }

  private async subscribeAndLoad(): Promise<void> {
    try {
      await this.subscriber.psubscribe(nameOf(this.options.prefix, '*', '*'));
      const before = new Map(this.heard);
      for await (const names of this.redis.scanStream({ match: nameOf(this.options.prefix, '*', '*'), count: 500 })) {
        await this.load(names as string[], before);
      }
      if (this.options.withPrices === true) await this.followPrices();
      this.firstLoad();
    } catch {
      // The connection broke or is being closed; the next `ready` begins anew.
    }
  }

  private async followPrices(): Promise<void> {
    const all = pricesOf(this.options.prefix, '*');
    await this.subscriber.psubscribe(all);
    for await (const names of this.redis.scanStream({ match: all, count: 500 })) {
      for (const name of names as string[]) {
        const venue = pricedVenue(this.options.prefix, name);
        if (venue !== null) this.prices.load(venue, await this.redis.hvals(name));
      }
    }
  }

  private async load(names: readonly string[], before: ReadonlyMap<string, number>): Promise<void> {
    if (names.length === 0) return;
    const texts = await this.redis.mget(...names);
    names.forEach((name, index) => {
      const text = texts[index];
      if (typeof text === 'string' && this.heard.get(name) === before.get(name)) this.take(name, text);
    });
  }

  private take(name: string, text: string): void {
    let snapshot: MarketSnapshot;
    try {
      snapshot = decodeSnapshot(text);
    } catch (error) {
      if (!(error instanceof InvalidSnapshotError)) throw error;
      this.invalidCount += 1;
      return;
    }
    this.snapshots.set(name, snapshot);
    for (const listener of this.listeners) listener(snapshot);
  }
}
