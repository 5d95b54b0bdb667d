import { randomBytes } from 'node:crypto';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { shown, type JsonObject } from '#order-intake';
import type { TokenOwner } from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { RunsApart } from '../http/idempotent-posts.js';
import { JsonBody } from '../http/request-body.js';
import { BulkOrders, readIdList, type BulkAnswer } from '../orders/bulk-orders.js';
import type { Query as ListQuery } from '../orders/list-query.js';
import type { OrderView } from '../orders/order-detail-view.js';
import { ChangeGroups } from './change-groups.js';
import { CreateMulti } from './create-multi.js';
import { readGroupId, ReadGroups } from './read-groups.js';

/** The order API's routes for multi orders (order-api.md 2). */
@Controller('api')
export class MultiOrdersController {
  constructor(
    @Inject(CreateMulti) private readonly createMulti: CreateMulti,
    @Inject(ReadGroups) private readonly groups: ReadGroups,
    @Inject(ChangeGroups) private readonly changes: ChangeGroups,
    @Inject(BulkOrders) private readonly bulk: BulkOrders,
  ) {}

  @Post('multi_orders')
  @HttpCode(200)
  @Access('trade', 'writes')
  create(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<OrderView> {
    return this.createMulti.run({ caller, body, traceId: randomBytes(16).toString('hex') });
  }

  @Get('multi_orders')
  @Access('read', 'reads')
  list(@Caller() caller: TokenOwner, @Query() query: ListQuery): Promise<OrderView> {
    return this.groups.multis(caller, query);
  }

  @Get('multi_order/:id')
  @Access('read', 'reads')
  get(@Caller() caller: TokenOwner, @Param('id') id: string, @Query() query: ListQuery): Promise<OrderView> {
    return this.groups.multi(caller, readGroupId(id), query);
  }

  @Delete('multi_order/:id')
  @Access('cancel', 'cancels')
  cancel(@Caller() caller: TokenOwner, @Param('id') id: string): Promise<OrderView> {
    return this.changes.cancelMulti(caller, readGroupId(id));
  }

  @Post('cancel_multi_orders')
  @HttpCode(200)
  @Access('cancel', 'cancels')
  @RunsApart()
  cancelMany(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<BulkAnswer> {
    const ids = readIdList(body['order_ids']);
    return this.bulk.run('canceled', { ids, change: (id) => this.changes.cancelMulti(caller, id) });
  }

  @Post('pause_multi_order')
  @HttpCode(200)
  @Access('cancel', 'cancels')
  pause(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<OrderView> {
    return this.changes.pauseMulti(caller, idIn(body));
  }

  @Post('resume_multi_order')
  @HttpCode(200)
  @Access('trade', 'writes')
  resume(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<OrderView> {
    return this.changes.resumeMulti(caller, idIn(body));
  }

  @Get('multi_order_tca')
  @Access('read', 'reads')
  costs(@Caller() caller: TokenOwner, @Query() query: ListQuery): Promise<OrderView> {
    return this.groups.costs(caller, query);
  }
}

/** @throws ApiError */
function idIn(body: JsonObject): string {
  const id = body['multi_order_id'];
  if (id === undefined) throw ApiError.ofFields({ multi_order_id: ['multi_order_id is required'] });
  if (typeof id !== 'string')
    throw ApiError.ofFields({ multi_order_id: [`multi_order_id must be an id, was ${shown(id)}`] });
  return readGroupId(id);
}
