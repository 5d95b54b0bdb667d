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

/** The order book of an instrument as feed-handler has it now. */
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
    const { status, reason, at, bids, asks, last } = book;
    return { venue, symbol, status, reason, at: orNull(at as EpochMs | null, showMs), bids, asks, last };
  }
}
