import type { z } from 'zod';
import { Dec, epochMs, price, quantity, type EpochMs } from '#domain';
import type { FeedMessage, Level } from '../../feed-port.js';
import { SPOT_ERRORS } from '../classify-error.js';
import { decode } from '../decode.js';
import * as map from '../map.js';
import * as wire from '../wire-schemas.js';
import { BinanceFeed, type BinanceFeedOptions } from './binance-feed.js';
import type { FeedEvent, FeedWire } from './feed-wire.js';

const SPOT: FeedWire = {
  errors: SPOT_ERRORS,
  root: '/api/v3',
  calls: {
    instruments: 'GET /api/v3/exchangeInfo',
    depth: 'GET /api/v3/depth',
    trades: 'GET /api/v3/trades',
    connect: 'WS connect',
  },
  doors: new Map([['', ['book', 'trades', 'bbo'] as const]]),
  streamOf: (channel, symbol) => `${symbol.toLowerCase()}@${STREAMS[channel]}`,
  readInstruments: (venue, reply) =>
    decode(wire.exchangeInfoBody, ({ symbols }) => map.instruments(venue, symbols), reply),
  readEvent: (stream, data) => {
    if (data['e'] === 'depthUpdate') return decode(wire.depthEvent, readDelta, data);
    if (data['e'] === 'trade') return decode(wire.tradeEvent, readTrade, data);
    // The spot ticker does not say what it is.
    if (stream.endsWith('@bookTicker')) return decode(wire.bookTicker, (row) => readTouch(row, null), data);
    return null;
  },
};
const STREAMS = { book: 'depth@100ms', trades: 'trade', bbo: 'bookTicker', mark: 'none' } as const;

/** Market data of a venue that speaks the Binance spot protocol. */
export function spotFeed(options: BinanceFeedOptions): BinanceFeed {
  return new BinanceFeed(SPOT, options);
}

function readDelta(event: z.output<typeof wire.depthEvent>): FeedEvent {
  const [bids, asks] = [map.bookLevels(event.b), map.bookLevels(event.a)];
  return { channel: 'book', symbol: event.s, delta: { first: event.U, last: event.u, bids, asks } };
}

/** Of both products. */
export function readTrade(event: z.output<typeof wire.tradeEvent>): FeedEvent {
  const message: FeedMessage = {
    type: 'trade',
    id: String(event.t),
    price: price(event.p),
    qty: quantity(event.q),
    aggressor: event.m ? 'sell' : 'buy',
    venueAt: epochMs(event.T),
  };
  return { channel: 'trades', symbol: event.s, message };
}

/** Of both products; a side without orders has a price of zero. */
export function readTouch(row: z.output<typeof wire.bookTicker>, venueAt: EpochMs | null): FeedEvent {
  const level = (px: string, qty: string): Level | null =>
    new Dec(px).isZero() || new Dec(qty).isZero() ? null : { price: price(px), qty: quantity(qty) };
  return {
    channel: 'bbo',
    symbol: row.s,
    message: { type: 'bbo', bid: level(row.b, row.B), ask: level(row.a, row.A), venueAt },
  };
}
