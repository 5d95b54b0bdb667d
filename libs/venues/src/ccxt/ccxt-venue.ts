import type { Clock, EpochMs, VenueId } from '#domain';
import type {
  Cause,
  PayCall,
  Read,
  SoleCaller,
  Venue,
  VenueAccountRef,
  VenueClock,
  VenueSession,
  VenueSymbol,
} from '../ports.js';
import { ccxtFetch, currentCall, runCall } from '../transport/call-context.js';
import { HttpClient } from '../transport/http-client.js';
import { CcxtSession } from './ccxt-session.js';
import { loadCcxtClass, type CcxtExchange } from './load-ccxt.js';
import { answerOf, readFailure } from './outcome.js';
import type { Ask, CcxtProtocol, ListedInstrument } from './protocol.js';
import { entriesOf, leadsTo, originsOf, redirect } from './redirect.js';
import { PING_EVERY_MS, type UserStreamTiming } from './user-stream/ccxt-user-stream.js';
import { newProExchange } from './user-stream/pro-exchange.js';

const RELOAD_AFTER_MS = 60_000;
const READ_REPLY_MS = 10_000;

export interface CcxtVenueOptions {
  readonly id: VenueId;
  readonly protocol: CcxtProtocol;
  /** Stands for the vendor's hosts; null: the vendor's own. */
  readonly baseUrl: string | null;
  /** Database clock: the times of `WireMeta`. */
  readonly clock: Clock;
  /** Default 5,000 ms; see {@link CcxtSession}. */
  readonly pollEveryMs?: number;
  /** Of user streams; see {@link UserStreamTiming} for defaults. */
  readonly streamTiming?: Partial<UserStreamTiming>;
}

/** A venue reached through ccxt's signing and our HTTP client (venues.md A2). */
export class CcxtVenue implements Venue {
  readonly id: VenueId;
  readonly profile: CcxtProtocol['profile'];
  private readonly http: HttpClient;
  private readonly sessions = new Set<VenueSession>();
  private readonly assets = new Map<VenueSymbol, string>();
  private assetsLoadedAtMs: number | null = null;
  private loading: Promise<Cause | null> | null = null;
  private open: Promise<CcxtExchange> | null = null;

  constructor(private readonly options: CcxtVenueOptions) {
    this.id = options.id;
    this.profile = options.protocol.profile;
    this.http = new HttpClient(options.clock);
  }

  get traits(): Venue['traits'] {
    return this.profile.traits;
  }

  /** Waits for nothing that the venue is asked: the numbers of instruments are, so that the first order finds them. */
  async connect(
    account: VenueAccountRef,
    venueClock: VenueClock,
    caller?: SoleCaller,
    pay?: PayCall,
  ): Promise<VenueSession> {
    const { protocol, clock, pollEveryMs } = this.options;
    if (protocol.needsAssets === true && pay !== undefined && this.assetsLoadedAtMs === null) void this.loadOnce(pay);
    const streamTiming = { random: Math.random, ...this.options.streamTiming };
    const keys = protocol.keysOf(account);
    const session = new CcxtSession({
      protocol,
      exchange: await newExchange(this.options, this.http, keys),
      openPro: () => newProExchange(this.options, keys, venueClock, streamTiming.pingEveryMs ?? PING_EVERY_MS),
      streamTiming,
      ensureAsset: (symbol) => this.ensureAsset(symbol, pay),
      assets: this.assets,
      clock,
      venueClock,
      ...(caller === undefined ? {} : { caller }),
      ...(pollEveryMs === undefined ? {} : { pollEveryMs }),
    });
    this.sessions.add(session);
    return session;
  }

  async venueTime(): ReturnType<Venue['venueTime']> {
    const time: Read<EpochMs> = await this.ask(this.options.protocol.venueTime);
    if (time.kind === 'failed') return time;
    const { meta } = time;
    return {
      kind: 'ok',
      value: { venueMs: time.value, rttMs: (meta.repliedAt ?? meta.sentAt) - meta.sentAt },
      meta,
    };
  }

  /** One unsigned call. */
  async ask<T>(ask: Ask<T>): Promise<Read<T>> {
    this.open ??= newExchange(this.options, this.http, {});
    return askPublic(this.options, await this.open, ask);
  }

  /** Closes every session's streams and the idle connections. */
  async close(): Promise<void> {
    await Promise.all([...this.sessions].map((session) => session.close()));
    this.http.close();
  }

  /** Instruments are one list per venue, asked for only where orders need the venue's numbers of them. */
  private async ensureAsset(symbol: VenueSymbol, pay?: PayCall): Promise<Cause | null> {
    if (this.options.protocol.needsAssets !== true || this.assets.has(symbol)) return null;
    const fresh = this.assetsLoadedAtMs !== null && performance.now() - this.assetsLoadedAtMs < RELOAD_AFTER_MS;
    if (!fresh) {
      const failed = await this.loadOnce(pay);
      if (failed !== null) return failed;
    }
    return this.assets.has(symbol) ? null : { code: 'UNKNOWN_SYMBOL', text: `${this.id} lists no ${symbol}` };
  }

  private loadOnce(pay?: PayCall): Promise<Cause | null> {
    return (this.loading ??= this.loadAssets(pay).finally(() => (this.loading = null)));
  }

  private async loadAssets(pay?: PayCall): Promise<Cause | null> {
    const { protocol } = this.options;
    let tell: Awaited<ReturnType<PayCall>> | undefined;
    try {
      tell = await pay?.(protocol.publicCalls.instruments);
    } catch (error) {
      return { code: 'MARKETS_UNAVAILABLE', text: error instanceof Error ? error.message : String(error) };
    }
    const listed: Read<readonly ListedInstrument[]> = await this.ask(protocol.instruments(this.id));
    await tell?.(listed);
    if (listed.kind === 'failed') {
      return { code: 'MARKETS_UNAVAILABLE', text: `instruments: ${listed.why.code} ${listed.why.text}` };
    }
    this.assets.clear();
    for (const { instrument, asset } of listed.value) if (asset !== null) this.assets.set(instrument.symbol, asset);
    this.assetsLoadedAtMs = performance.now();
    return null;
  }
}

type Target = Pick<CcxtVenueOptions, 'protocol' | 'baseUrl' | 'clock'>;

/** One unsigned request through an instance without keys. */
export async function askPublic<T>(target: Target, exchange: CcxtExchange, ask: Ask<T>): Promise<Read<T>> {
  const { protocol, clock } = target;
  const record = await runCall({ signedAtMs: 0, replyTimeoutMs: READ_REPLY_MS }, () =>
    (exchange[ask.method] as (params: unknown) => Promise<unknown>).call(exchange, ask.params),
  );
  const answer = answerOf(protocol, 'read', ask, record, clock);
  if (answer.kind === 'failed') return readFailure(answer.failure);
  if (answer.kind === 'unreadable') return { kind: 'failed', why: answer.why, meta: answer.meta };
  return { kind: 'ok', value: answer.value, meta: answer.meta };
}

/** ccxt set up after venues.md A2: no throttle, no retry, no clock, no broker's tag and no network of its own. */
export async function newExchange(
  {
    protocol,
    baseUrl,
  }: {
    /** `entries` null: all that the class has. */
    readonly protocol: Pick<CcxtProtocol, 'ccxtId' | 'options' | 'nonceRises'> & {
      readonly entries: readonly string[] | null;
    };
    readonly baseUrl: string | null;
  },
  http: HttpClient,
  keys: Readonly<Record<string, string>>,
): Promise<CcxtExchange> {
  const Exchange = await loadCcxtClass(protocol.ccxtId);
  const exchange = new Exchange({ ...keys, enableRateLimit: false });
  const entries = protocol.entries ?? entriesOf(exchange);
  redirect(exchange, entries, baseUrl);
  const origins = originsOf(exchange, entries);
  const send = ccxtFetch(http);
  let lastNonce = 0;
  exchange.number = String;
  exchange.userAgent = 'tranche';
  exchange.timeout = 60_000; // ours are shorter and know the stage
  exchange.fetchImplementation = async (url, params) => {
    if (!leadsTo(url, origins)) throw new Error('A venue request must lead to the venue, led elsewhere');
    return send(url, params);
  };
  exchange.milliseconds = () => currentCall().signedAtMs;
  exchange.microseconds = () => currentCall().signedAtMs * 1_000;
  exchange.seconds = () => Math.floor(currentCall().signedAtMs / 1_000);
  exchange.nonce = () => {
    const { signedAtMs, nonce } = currentCall();
    if (nonce !== undefined) return nonce;
    if (!protocol.nonceRises) return signedAtMs;
    lastNonce = Math.max(lastNonce + 1, signedAtMs);
    return lastNonce;
  };
  exchange.has = { ...exchange.has, fetchCurrencies: false };
  exchange.options = {
    ...exchange.options,
    fetchCurrencies: false,
    adjustForTimeDifference: false,
    timeDifference: 0,
    maxRetriesOnFailure: 0,
    brokerId: undefined,
    ...protocol.options,
  };
  // Read by ccxt while it signs: the window of the call that is being made, not of the instance.
  Object.defineProperty(exchange.options, 'recvWindow', {
    enumerable: true,
    get: () => currentCall().windowMs ?? 5_000,
  });
  return exchange;
}
