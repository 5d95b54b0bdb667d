import type { Clock, VenueId } from '#domain';
import type { AnnouncedLimit } from '../budget/announced-limit.js';
import { withScheme } from '../ccxt/point-at.js';
import type { Read, Venue, VenueAccountRef, VenueClock, VenueSession } from '../ports.js';
import { claimWidthMs, type VenueProfile, type VenueTraits } from '../profile.js';
import type { Random } from '../transport/backoff.js';
import { HttpClient } from '../transport/http-client.js';
import { readAnnouncedLimits } from './announced-limits.js';
import { USDM_ERRORS } from './classify-error.js';
import { newExchange } from './exchange.js';
import * as map from './map.js';
import { readPublic } from './public-read.js';
import { binanceUsdmProfile } from './traits.js';
import { BinanceUsdmSession } from './usdm-session.js';
import { BinanceUsdmUserStream } from './usdm-user-stream.js';
import { timeBody } from './wire-schemas.js';

export interface BinanceUsdmOptions {
  readonly id: VenueId;
  /** `http://127.0.0.1:7602`. */
  readonly baseUrl: string;
  /** Where streams are, if not at the same host and port. */
  readonly streamUrl?: string;
  /** Database clock: the times of `WireMeta`. */
  readonly clock: Clock;
  /** Default 2: Binance itself. */
  readonly tier?: VenueProfile['tier'];
  /** Default `Math.random`; spreads reconnects. */
  readonly random?: Random;
}

/** A venue that speaks the Binance USD-M futures protocol. */
export class BinanceUsdmVenue implements Venue {
  readonly id: VenueId;
  readonly profile: VenueProfile;
  private readonly http: HttpClient;
  private readonly sessions = new Set<VenueSession>();

  constructor(private readonly options: BinanceUsdmOptions) {
    this.id = options.id;
    this.profile = binanceUsdmProfile(options.tier ?? 2);
    this.http = new HttpClient(options.clock);
  }

  get traits(): VenueTraits {
    return this.profile.traits;
  }

  /** Asks the venue nothing. */
  async connect(account: VenueAccountRef, venueClock: VenueClock): Promise<VenueSession> {
    const { baseUrl, streamUrl = baseUrl, clock, random = Math.random } = this.options;
    const exchange = await newExchange({
      http: this.http,
      bases: { usdm: baseUrl },
      product: 'linear',
      recvWindowMs: claimWidthMs(this.traits),
      keys: { apiKey: account.apiKey, secret: account.apiSecret },
    });
    const session = new BinanceUsdmSession({
      venue: this.id,
      exchange,
      clock,
      venueClock,
      openUserStream: (calls, lockedOf, onEvent, onGap, spend) =>
        new BinanceUsdmUserStream(
          {
            streamUrl: withScheme(streamUrl, true),
            calls,
            lockedOf,
            clock,
            venueClock,
            random,
            ...(spend === undefined ? {} : { spend }),
          },
          onEvent,
          onGap,
        ),
    });
    this.sessions.add(session);
    return session;
  }

  venueTime(): ReturnType<Venue['venueTime']> {
    return readPublic(this.http, this.options, '/fapi/v1/time', USDM_ERRORS, timeBody, map.venueTime);
  }

  announcedLimits(): Promise<Read<readonly AnnouncedLimit[]>> {
    return readAnnouncedLimits(this.http, this.options, '/fapi/v1/exchangeInfo', USDM_ERRORS);
  }

  /** Closes every session's streams and the idle connections. */
  async close(): Promise<void> {
    await Promise.all([...this.sessions].map((session) => session.close()));
    this.http.close();
  }
}
