import type { Clock, VenueId } from '#domain';
import { bybit } from '../bybit/protocol.js';
import { COINBASE } from '../coinbase/protocol.js';
import { DERIBIT } from '../deribit/protocol.js';
import type { SpendCall } from '../budget/call-spender.js';
import { HYPERLIQUID } from '../hyperliquid/protocol.js';
import { KRAKEN } from '../kraken/protocol.js';
import { OKX } from '../okx/protocol.js';
import type { VenueProfile } from '../profile.js';
import { CcxtFeed } from './ccxt-feed.js';
import { CcxtVenue } from './ccxt-venue.js';
import type { CcxtProtocol } from './protocol.js';

/** Where a venue is: `url` null is the vendor's own address. */
export interface CcxtPlace {
  readonly id: VenueId;
  readonly url: string | null;
}

/** How venues of one vendor are made. `clock` is the database's. */
export interface CcxtAdapter {
  readonly profile: () => VenueProfile;
  readonly createVenue: (place: CcxtPlace, clock: Clock) => CcxtVenue;
  readonly createFeed: (place: CcxtPlace, clock: Clock, spend?: SpendCall) => CcxtFeed;
}

/** The adapter of a protocol that is spoken through ccxt. */
export const ccxtAdapter = (protocol: CcxtProtocol): CcxtAdapter => ({
  profile: () => protocol.profile,
  createVenue: ({ id, url }, clock) => new CcxtVenue({ id, protocol, baseUrl: url, clock }),
  createFeed: ({ id, url }, clock, spend) =>
    new CcxtFeed({ venue: id, protocol, baseUrl: url, clock, ...(spend === undefined ? {} : { spend }) }),
});

/** The vendors that are reached through ccxt. */
export const CCXT_ADAPTERS = {
  okx: ccxtAdapter(OKX),
  bybit: ccxtAdapter(bybit('linear')),
  kraken: ccxtAdapter(KRAKEN),
  coinbase: ccxtAdapter(COINBASE),
  deribit: ccxtAdapter(DERIBIT),
  hyperliquid: ccxtAdapter(HYPERLIQUID),
} as const;
