import { toDecimalString, type BookLevel } from '#domain';
import { QueryRefusedError, SILENT, type AnswerOf, type orderBookQuery, type QuestionOf } from '#queues';
import type { InstrumentFeed } from './instrument-feed.js';

/**
 * The book of one instrument, best levels first. Whoever stands by answers only with a book that is right: the speaker of
 * the venue says the rest.
 * @throws QueryRefusedError for an instrument that is not followed here
 */
export function answerOrderBook(
  { venue, symbol, levels }: QuestionOf<typeof orderBookQuery>,
  market: InstrumentFeed | undefined,
  speaksForVenue: boolean,
): AnswerOf<typeof orderBookQuery> | typeof SILENT {
  if (market === undefined) {
    if (!speaksForVenue) return SILENT;
    throw new QueryRefusedError('unknown_market', `nobody follows ${symbol} at ${venue}`);
  }
  if (!speaksForVenue && market.status !== 'live') return SILENT;
  const { bids, asks } = market.top(levels);
  const { bestQuotes: bbo, mark } = market;
  const last = market.prices.price('last');
  return {
    venue,
    symbol,
    status: market.status,
    reason: market.reason,
    at: market.at,
    bids: bids.map(shown),
    asks: asks.map(shown),
    bbo: bbo && { bid: bbo.bid && shown(bbo.bid), ask: bbo.ask && shown(bbo.ask), at: bbo.at },
    mark: mark && {
      price: toDecimalString(mark.price),
      fundingRate: mark.fundingRate && toDecimalString(mark.fundingRate),
      nextFundingAt: mark.nextFundingAt,
      at: mark.at,
    },
    last: last && toDecimalString(last.price),
  };
}

const shown = ({ price, qty }: BookLevel): [string, string] => [toDecimalString(price), toDecimalString(qty)];
