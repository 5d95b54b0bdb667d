import type { Clock, VenueId } from '#domain';
import type { CcxtBinance } from '../ccxt/load-binance.js';
import { withScheme } from '../ccxt/point-at.js';
import type { AnnouncedLimit } from '../budget/announced-limit.js';
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
import { claimWidthMs, type VenueProfile, type VenueTraits } from '../profile.js';
import type { Random } from '../transport/backoff.js';
import { runCall, wireMeta } from '../transport/call-context.js';
import { HttpClient } from '../transport/http-client.js';
import { readAnnouncedLimits } from './announced-limits.js';
import { SPOT_ERRORS } from './classify-error.js';
import { newExchange, type ExchangeParts } from './exchange.js';
import { failureOf } from './outcome.js';
import type { BinanceSpotCall } from './limits.js';
import { BinanceSpotSession } from './spot-session.js';
import * as map from './map.js';
import { readPublic } from './public-read.js';
import { binanceSpotProfile } from './traits.js';
import { BinanceUserStream } from './user-stream.js';
import { timeBody } from './wire-schemas.js';

const RELOAD_AFTER_MS = 60_000;
const MARKETS: BinanceSpotCall = 'GET /api/v3/exchangeInfo';

export interface BinanceSpotOptions {
  readonly id: VenueId;
  /** `http://127.0.0.1:7601`. */
  readonly baseUrl: string;
  /** Where the WebSocket API is, if not at the same host and port. */
  readonly userStreamUrl?: string;
  /** Database clock: the times of `WireMeta`. */
  readonly clock: Clock;
  /** Default 2: Binance itself. */
  readonly tier?: VenueProfile['tier'];
  /** Default `Math.random`; spreads reconnects. */
  readonly random?: Random;
}

/** A venue that speaks the Binance spot protocol. */
export class BinanceSpotVenue implements Venue {
  readonly id: VenueId;
  readonly profile: VenueProfile;
  private readonly http: HttpClient;
  private readonly sessions = new Set<VenueSession>();
  private markets: { readonly list: readonly unknown[]; readonly loadedAtMs: number } | null = null;
  private loading: Promise<Cause | null> | null = null;

  constructor(private readonly options: BinanceSpotOptions) {
    this.id = options.id;
    this.profile = binanceSpotProfile(options.tier ?? 2);
    this.http = new HttpClient(options.clock);
  }

  get traits(): VenueTraits {
    return this.profile.traits;
  }

  /** Never fails because the venue is away or the budget refuses: markets are then loaded by the first `place`. */
  async connect(
    account: VenueAccountRef,
    venueClock: VenueClock,
    _caller?: SoleCaller,
    pay?: PayCall,
  ): Promise<VenueSession> {
    const exchange = await this.newExchange({ apiKey: account.apiKey, secret: account.apiSecret });
    const session = new BinanceSpotSession({
      venue: this.id,
      exchange,
      ensureMarket: (symbol) => this.giveMarket(exchange, symbol, pay),
      clock: this.options.clock,
      venueClock,
      openUserStream: (onEvent, onGap, spend) =>
        new BinanceUserStream(
          {
            url: `${withScheme(this.options.userStreamUrl ?? this.options.baseUrl, true)}/ws-api/v3`,
            apiKey: account.apiKey,
            apiSecret: account.apiSecret,
            clock: this.options.clock,
            venueClock,
            random: this.options.random ?? Math.random,
            ...(spend === undefined ? {} : { spend }),
          },
          onEvent,
          onGap,
        ),
    });
    this.sessions.add(session);
    await this.giveMarkets(exchange, pay);
    return session;
  }

  venueTime(): ReturnType<Venue['venueTime']> {
    return readPublic(this.http, this.options, '/api/v3/time', SPOT_ERRORS, timeBody, map.venueTime);
  }

  /** Asks for the symbols that are halted: the answer names the limits and is short. */
  announcedLimits(): Promise<Read<readonly AnnouncedLimit[]>> {
    return readAnnouncedLimits(
      this.http,
      this.options,
      '/api/v3/exchangeInfo?symbolStatus=HALT&showPermissionSets=false',
      SPOT_ERRORS,
    );
  }

  /** Closes every session's streams and the idle connections. */
  async close(): Promise<void> {
    await Promise.all([...this.sessions].map((session) => session.close()));
    this.http.close();
  }

  private newExchange(keys?: ExchangeParts['keys']): Promise<CcxtBinance> {
    return newExchange({
      http: this.http,
      bases: { spot: this.options.baseUrl },
      product: 'spot',
      recvWindowMs: claimWidthMs(this.traits),
      ...(keys === undefined ? {} : { keys }),
    });
  }

  /** A symbol that is not listed may be new: the list is read again, but not more than once a minute. */
  private async giveMarket(exchange: CcxtBinance, symbol: VenueSymbol, pay?: PayCall): Promise<Cause | null> {
    if (exchange.markets_by_id?.[symbol] !== undefined) return null;
    const old = this.markets !== null && performance.now() - this.markets.loadedAtMs > RELOAD_AFTER_MS;
    return this.giveMarkets(exchange, pay, old);
  }

  /** Markets are one list per venue: one request serves every account. */
  private async giveMarkets(exchange: CcxtBinance, pay?: PayCall, reload = false): Promise<Cause | null> {
    if (this.markets === null || reload) {
      this.loading ??= this.loadMarkets(pay).finally(() => (this.loading = null));
      const failed = await this.loading;
      if (failed !== null) return failed;
    }
    exchange.setMarkets(this.markets?.list ?? []);
    return null;
  }

  private async loadMarkets(pay?: PayCall): Promise<Cause | null> {
    let tell: Awaited<ReturnType<PayCall>> | undefined;
    try {
      tell = await pay?.(MARKETS);
    } catch (error) {
      return { code: 'MARKETS_UNAVAILABLE', text: error instanceof Error ? error.message : String(error) };
    }
    const exchange = await this.newExchange();
    const record = await runCall({ signedAtMs: 0, replyTimeoutMs: 10_000 }, () => exchange.loadMarkets());
    const list = Object.values(exchange.markets ?? {});
    const meta = wireMeta(record.exchange, null);
    await tell?.({ kind: list.length === 0 ? 'failed' : 'ok', ...(meta === null ? {} : { meta }) });
    if (list.length === 0) {
      const { why } = failureOf(SPOT_ERRORS, 'lookup', record, this.options.clock);
      return { code: 'MARKETS_UNAVAILABLE', text: `exchangeInfo failed: ${why.code} ${why.text}` };
    }
    this.markets = { list, loadedAtMs: performance.now() };
    return null;
  }
}
