import { randomBytes } from 'node:crypto';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import type { JsonObject } from '#order-intake';
import type { TokenOwner } from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { JsonBody } from '../http/request-body.js';
import type { Query as ListQuery } from '../orders/list-query.js';
import type { OrderView } from '../orders/order-detail-view.js';
import { ChangeGroups } from './change-groups.js';
import { CreateChain } from './create-chain.js';
import { readGroupId, ReadGroups } from './read-groups.js';

/** The order API's routes for chains (order-api.md 2). */
@Controller('api')
export class ChainedOrdersController {
  constructor(
    @Inject(CreateChain) private readonly createChain: CreateChain,
    @Inject(ReadGroups) private readonly groups: ReadGroups,
    @Inject(ChangeGroups) private readonly changes: ChangeGroups,
  ) {}

  @Post('chained_orders')
  @HttpCode(200)
  @Access('trade', 'writes')
  create(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<OrderView> {
    return this.createChain.run({ caller, body, traceId: randomBytes(16).toString('hex') });
  }

  @Get('chained_orders')
  @Access('read', 'reads')
  list(@Caller() caller: TokenOwner, @Query() query: ListQuery): Promise<OrderView> {
    return this.groups.chains(caller, query);
  }

  @Get('chained_order/:id')
  @Access('read', 'reads')
  get(@Caller() caller: TokenOwner, @Param('id') id: string): Promise<OrderView> {
    return this.groups.chain(caller, readGroupId(id));
  }

  @Delete('chained_order/:id')
  @Access('cancel', 'cancels')
  cancel(@Caller() caller: TokenOwner, @Param('id') id: string): Promise<OrderView> {
    return this.changes.cancelChain(caller, readGroupId(id));
  }
}
