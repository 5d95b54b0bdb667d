import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { decimal, type Instrument, type MarketType } from '#domain';
import { marketTypeOfPair, PAIR_TEXT, shown } from '#order-intake';
import { AccountRepository, type TokenOwner } from '#persistence';
import { orderBookQuery } from '#queues';
import { Access, Caller } from '../auth/access.js';
import { VENUE_LIST, type ListedVenue } from '../credentials/venue-list.js';
import { ApiError } from '../http/api-error.js';
import { jsonNumber } from '../http/json-number.js';
import { RequestDatabase } from '../http/request-database.js';
import { AskServices } from '../live/ask-services.js';
import { showMs } from '../live/live-values.js';
import { lastOf, valuesOf, type Query as Values } from '../orders/list-query.js';
import { InstrumentDirectory } from './instrument-directory.js';

type View = Readonly<Record<string, unknown>>;

const MARKET_TYPES: readonly MarketType[] = ['spot', 'perp', 'future', 'option'];
const BOOK_LEVELS = 50;
/** An older book is no answer (order-api.md 4.10). */
const MAX_BOOK_AGE_MS = 10_000;

/** What can be traded where, and the book of it (order-api.md 4.10). */
@Controller('api')
export class MarketDataController {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(InstrumentDirectory) private readonly instruments: InstrumentDirectory,
    @Inject(VENUE_LIST) private readonly venues: readonly ListedVenue[],
    @Inject(AskServices) private readonly services: AskServices,
  ) {}

  @Get('get_token_pairs')
  @Access('read', 'reads')
  async pairs(@Caller() caller: TokenOwner, @Query() query: Values): Promise<View> {
    const types = readMarketTypes(query);
    const exchanges = await this.exchangesByVenue(caller);
    const pairs: Record<string, Record<string, string>> = {};
    const traded = (await this.instruments.all())
      .filter(({ status, marketType }) => status === 'trading' && (types.length === 0 || types.includes(marketType)))
      .sort((a, b) => (a.pair < b.pair ? -1 : a.pair > b.pair ? 1 : 0));
    for (const { pair, venue, symbol } of traded) {
      const exchange = exchanges.get(venue);
      if (exchange !== undefined) (pairs[pair] ??= {})[exchange] ??= symbol;
    }
    return { pairs };
  }

  @Get('get_order_book')
  @Access('read', 'reads')
  async book(@Caller() caller: TokenOwner, @Query() query: Values, @Req() request: FastifyRequest): Promise<View> {
    const asked = readBookQuery(query);
    const exchanges = await this.exchangesByVenue(caller);
    const isNamed = (exchange: string): boolean => exchange.toLowerCase() === asked.exchange.toLowerCase();
    const venues = [...exchanges].filter(([, exchange]) => isNamed(exchange));
    const exchange = venues[0]?.[1];
    if (exchange === undefined)
      throw ApiError.ofFields({ exchange_name: [`unknown exchange ${shown(asked.exchange)}`] });
    const listed = (await this.instruments.all()).filter((one) => venues.some(([venue]) => venue === one.venue));
    const instrument = named(asked.pair, listed);
    if (instrument === undefined) {
      const text = `${asked.pair} is not available on ${exchange}`;
      throw new ApiError('pair_not_available', text, { errors: { pair: [text] } });
    }
    const { pair, venue, symbol } = instrument;
    const noData = (): ApiError => ApiError.retryLater('no_market_data', `no market data for ${pair}`, 1);
    const book = await this.services.require(
      orderBookQuery,
      { venue, symbol, levels: BOOK_LEVELS },
      request,
      (failure) => (failure.reason === 'unknown_market' ? noData() : null),
    );
    if (book.status !== 'live' || book.at === null || book.at < Date.now() - MAX_BOOK_AGE_MS) throw noData();
    return {
      pair,
      exchange_name: exchange,
      timestamp: showMs(book.at),
      bids: book.bids.map(showLevel),
      asks: book.asks.map(showLevel),
    };
  }

  /** Of every venue that is reached here, and of those that the caller has accounts at. */
  private async exchangesByVenue({ tenantId, userId }: TokenOwner): Promise<ReadonlyMap<string, string>> {
    const own = await this.db.inTenant(tenantId, (tx) => new AccountRepository(tx).ofUser(userId));
    return new Map([
      ...own.map(({ venue, exchange }) => [venue as string, exchange] as const),
      ...this.venues.map(({ id, exchange }) => [id, exchange] as const),
    ]);
  }
}

function showLevel([price, qty]: readonly [string, string]): unknown[] {
  return [jsonNumber(decimal(price)), jsonNumber(decimal(qty))];
}

/** Exactly, else whatever the case if that is unique. */
function named(pair: string, listed: readonly Instrument[]): Instrument | undefined {
  const loose = listed.filter((one) => one.pair.toLowerCase() === pair.toLowerCase());
  return (
    listed.find((one) => one.pair === pair) ?? (new Set(loose.map((one) => one.pair)).size === 1 ? loose[0] : undefined)
  );
}

/** @throws ApiError for one that there is not */
function readMarketTypes(query: Values): MarketType[] {
  return valuesOf(query, 'market_type', 'market_types').map((text) => {
    const found = MARKET_TYPES.find((type) => type === text.toLowerCase());
    if (found !== undefined) return found;
    throw ApiError.ofFields({
      market_type: [`market_type must be one of ${MARKET_TYPES.join(', ')}, was ${shown(text)}`],
    });
  });
}

/** @throws ApiError when one of the two is missing, or the pair is none */
function readBookQuery(query: Values): { readonly pair: string; readonly exchange: string } {
  const errors: Record<string, string[]> = {};
  const pair = lastOf(query, 'pair');
  const exchange = lastOf(query, 'exchange_name');
  if (pair === null) errors['pair'] = ['pair is required'];
  else if (marketTypeOfPair(pair) === null) errors['pair'] = [PAIR_TEXT];
  if (exchange === null) errors['exchange_name'] = ['exchange_name is required'];
  if (pair === null || exchange === null || errors['pair'] !== undefined) throw ApiError.ofFields(errors);
  return { pair, exchange };
}
