import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { EpochMs } from '#domain';
import { orderBookQuery } from '#queues';
import { Access } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import type { Query as Values } from '../orders/list-query.js';
import { orNull } from '../orders/show-values.js';
import { AskServices } from './ask-services.js';
import { readLevels, showMs } from './live-values.js';

/** The market of an instrument as feed-handler has it now: its book, and mark and funding of a perpetual. */
@Controller('manage/v1')
export class MarketController {
  constructor(@Inject(AskServices) private readonly services: AskServices) {}

  @Get('market/:venue/:symbol')
  @Access('read', 'reads')
  async market(
    @Param('venue') venue: string,
    @Param('symbol') symbol: string,
    @Query() query: Values,
    @Req() request: FastifyRequest,
  ): Promise<Readonly<Record<string, unknown>>> {
    const question = { venue, symbol, levels: readLevels(query) };
    if (!orderBookQuery.question.safeParse(question).success) throw new ApiError('not_found', 'Not found.');
    const book = await this.services.require(orderBookQuery, question, request, (failure) =>
      failure.reason === 'unknown_market' ? new ApiError('not_found', failure.message) : null,
    );
    const { status, reason, at, bids, asks, last, bbo, mark } = book;
    const time = (ms: number | null): string | null => orNull(ms as EpochMs | null, showMs);
    return {
      venue,
      symbol,
      status,
      reason,
      at: time(at),
      bids,
      asks,
      last,
      bbo: bbo && { bid: bbo.bid, ask: bbo.ask, at: time(bbo.at) },
      mark: mark && {
        price: mark.price,
        funding_rate: mark.fundingRate,
        next_funding_at: time(mark.nextFundingAt),
        at: time(mark.at),
      },
    };
  }
}
