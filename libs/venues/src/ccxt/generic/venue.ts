import { epochMs, type Clock, type EpochMs, type VenueId } from '#domain';
import type { Venue, VenueAccountRef, VenueClock, VenueSession } from '../../ports.js';
import type { VenueProfile } from '../../profile.js';
import { HttpClient } from '../../transport/http-client.js';
import type { CcxtExchange } from '../load-ccxt.js';
import { readFailure } from '../outcome.js';
import { askUnified, openExchange } from './exchange.js';
import { Markets } from './markets.js';
import { anyProfile, type AnyExchange } from './profile.js';
import { AnySession } from './session.js';
import { timeOf } from './unified.js';

const READ_REPLY_MS = 10_000;

export interface AnyVenueOptions {
  readonly id: VenueId;
  readonly place: AnyExchange;
  /** Stands for the vendor's hosts; null: the vendor's own. */
  readonly baseUrl: string | null;
  /** Database clock: the times of `WireMeta`. */
  readonly clock: Clock;
  /** How many requests a call of that name is paid for. */
  readonly paidFor: (call: string) => number;
  /** Default 5,000 ms; see {@link AnySession}. */
  readonly pollEveryMs?: number;
}

/** An exchange that only ccxt knows, under the conservative default profile (venues.md A). */
export class AnyVenue implements Venue {
  readonly id: VenueId;
  readonly profile: VenueProfile;
  private readonly http: HttpClient;
  private readonly markets: Markets;
  private readonly sessions = new Set<VenueSession>();
  private open: Promise<CcxtExchange> | null = null;

  constructor(private readonly options: AnyVenueOptions) {
    this.id = options.id;
    this.profile = anyProfile(options.place);
    this.http = new HttpClient(options.clock);
    this.markets = new Markets(options.id, options.place);
  }

  get traits(): Venue['traits'] {
    return this.profile.traits;
  }

  /** Asks the venue nothing. */
  async connect(account: VenueAccountRef, venueClock: VenueClock): Promise<VenueSession> {
    const { place, baseUrl, clock, paidFor, pollEveryMs } = this.options;
    const { apiKey, apiSecret: secret, passphrase } = account;
    const keys = { apiKey, secret, ...(passphrase === undefined ? {} : { password: passphrase }) };
    const session = new AnySession({
      place,
      exchange: await openExchange(place, baseUrl, this.http, keys),
      markets: this.markets,
      paidFor,
      clock,
      venueClock,
      ...(pollEveryMs === undefined ? {} : { pollEveryMs }),
    });
    this.sessions.add(session);
    return session;
  }

  /**
   * The exchange's clock; every hour, and at first, its list of instruments in place of that, which orders need. Where
   * a reply tells no time its `Date` does, to the middle of the second.
   */
  async venueTime(): ReturnType<Venue['venueTime']> {
    const { place, baseUrl, clock, paidFor } = this.options;
    this.open ??= openExchange(place, baseUrl, this.http, {});
    const exchange = await this.open;
    const ask = whatToAsk(exchange, this.markets);
    const answer = await askUnified<EpochMs>(
      exchange,
      {
        kind: 'read',
        ...ask,
        context: {
          signedAtMs: clock.now(),
          replyTimeoutMs: READ_REPLY_MS,
          maxRequests: paidFor(this.profile.calls.venueTime),
        },
        read: (result, { exchange: heard }) => {
          if (ask.method === 'loadMarkets') this.markets.take(exchange);
          if (ask.method === 'fetchTime') return timeOf(result);
          const date = Date.parse(heard?.headers.date ?? '');
          if (!Number.isFinite(date)) throw new RangeError('a reply must bear its date');
          return epochMs(date + 500);
        },
      },
      clock,
    );
    if (answer.kind === 'failed') return readFailure(answer.failure);
    const { meta } = answer;
    if (answer.kind === 'unreadable') return { kind: 'failed', why: answer.why, meta };
    // Several requests may have been made: the time is that of the last one.
    const rttMs = (meta.repliedAt ?? meta.sentAt) - meta.sentAt;
    return { kind: 'ok', value: { venueMs: answer.value, rttMs }, meta };
  }

  /** Closes every session's streams and the idle connections. */
  async close(): Promise<void> {
    await Promise.all([...this.sessions].map((session) => session.close()));
    this.http.close();
  }
}

function whatToAsk(
  exchange: CcxtExchange,
  markets: Markets,
): { readonly method: string; readonly args: readonly unknown[] } {
  if (markets.isStale) return { method: 'loadMarkets', args: [true] };
  if (exchange.has.fetchTime === true) return { method: 'fetchTime', args: [] };
  return { method: 'fetchTicker', args: [markets.list[0]?.ccxtSymbol] };
}
