import type { z } from 'zod';
import { decimal, epochMs, price } from '#domain';
import { USDM_ERRORS } from '../classify-error.js';
import { decode } from '../decode.js';
import * as map from '../map.js';
import * as usdm from '../usdm-map.js';
import * as wire from '../usdm-wire-schemas.js';
import { tradeEvent } from '../wire-schemas.js';
import { BinanceFeed, type BinanceFeedOptions } from './binance-feed.js';
import type { FeedEvent, FeedWire } from './feed-wire.js';
import { readTouch, readTrade } from './spot-wire.js';

const STREAMS = { book: 'depth@100ms', trades: 'trade', bbo: 'bookTicker', mark: 'markPrice@1s' } as const;

const USDM: FeedWire = {
  errors: USDM_ERRORS,
  root: '/fapi/v1',
  calls: {
    instruments: 'GET /fapi/v1/exchangeInfo',
    depth: 'GET /fapi/v1/depth',
    trades: 'GET /fapi/v1/trades',
    connect: null,
  },
  // The vendor serves mark prices at another address than books.
  doors: new Map([
    ['/public', ['book', 'trades', 'bbo'] as const],
    ['/market', ['mark'] as const],
  ]),
  streamOf: (channel, symbol) => `${symbol.toLowerCase()}@${STREAMS[channel]}`,
  readInstruments: (venue, reply) => decode(wire.exchangeInfoBody, (body) => usdm.instruments(venue, body), reply),
  readEvent: (_stream, data) => {
    switch (data['e']) {
      case 'depthUpdate':
        return decode(wire.depthEvent, readDelta, data);
      case 'trade':
        return decode(tradeEvent, readTrade, data);
      case 'bookTicker':
        return decode(wire.bookTicker, (row) => readTouch(row, epochMs(row.T)), data);
      case 'markPriceUpdate':
        return decode(wire.markEvent, readMark, data);
      default:
        return null;
    }
  },
};

/** Market data of a venue that speaks the Binance USD-M futures protocol. */
export function usdmFeed(options: BinanceFeedOptions): BinanceFeed {
  return new BinanceFeed(USDM, options);
}

function readDelta(event: z.output<typeof wire.depthEvent>): FeedEvent {
  const [bids, asks] = [map.bookLevels(event.b), map.bookLevels(event.a)];
  return { channel: 'book', symbol: event.s, delta: { first: event.U, last: event.u, prev: event.pu, bids, asks } };
}

function readMark(event: z.output<typeof wire.markEvent>): FeedEvent {
  return {
    channel: 'mark',
    symbol: event.s,
    message: {
      type: 'mark',
      markPx: price(event.p),
      fundingRate: event.r === '' ? null : decimal(event.r),
      nextFundingAt: event.T === 0 ? null : epochMs(event.T),
      venueAt: epochMs(event.E),
    },
  };
}
