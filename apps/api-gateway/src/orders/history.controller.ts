import { Controller, Get, Inject, Query } from '@nestjs/common';
import type { TokenOwner } from '#persistence';
import { Access, Caller } from '../auth/access.js';
import type { Query as ListQuery } from './list-query.js';
import type { OrderView } from './order-detail-view.js';
import { ReadHistory } from './read-history.js';

/** What became of orders, across all of them: placements, errors, and lists with statistics (order-api.md 2). */
@Controller('api')
export class HistoryController {
  constructor(@Inject(ReadHistory) private readonly history: ReadHistory) {}

  @Get('placements')
  @Access('read', 'reads')
  placements(@Caller() caller: TokenOwner, @Query() query: ListQuery): Promise<OrderView> {
    return this.history.placements(caller, query);
  }

  @Get('order_errors')
  @Access('read', 'reads')
  errors(@Caller() caller: TokenOwner, @Query() query: ListQuery): Promise<OrderView> {
    return this.history.errors(caller, query);
  }

  @Get('orders_with_stats')
  @Access('read', 'reads')
  withStats(@Caller() caller: TokenOwner, @Query() query: ListQuery): Promise<OrderView> {
    return this.history.withStats(caller, query);
  }
}
