import { randomBytes } from 'node:crypto';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import type { JsonObject } from '#order-intake';
import type { TokenOwner } from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { JsonBody } from '../http/request-body.js';
import { CancelOrder } from './cancel-order.js';
import { CreateOrder } from './create-order.js';
import type { Query as ListQuery } from './list-query.js';
import type { OrderView } from './order-detail-view.js';
import { ReadOrders, readOrderId } from './read-orders.js';

/** The order API's routes for single orders (order-api.md 2). */
@Controller('api')
export class OrdersController {
  constructor(
    @Inject(CreateOrder) private readonly createOrder: CreateOrder,
    @Inject(CancelOrder) private readonly cancelOrder: CancelOrder,
    @Inject(ReadOrders) private readonly orders: ReadOrders,
  ) {}

  @Post('orders')
  @HttpCode(200)
  @Access('trade', 'writes')
  create(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<OrderView> {
    return this.createOrder.run({ caller, body, traceId: randomBytes(16).toString('hex') });
  }

  @Get('orders')
  @Access('read', 'reads')
  list(@Caller() caller: TokenOwner, @Query() query: ListQuery): Promise<OrderView> {
    return this.orders.list(caller, query, { onlyOpen: false });
  }

  @Get('active_orders')
  @Access('read', 'reads')
  listOpen(@Caller() caller: TokenOwner, @Query() query: ListQuery): Promise<OrderView> {
    return this.orders.list(caller, query, { onlyOpen: true });
  }

  @Get('order/:id')
  @Access('read', 'reads')
  get(@Caller() caller: TokenOwner, @Param('id') id: string): Promise<OrderView> {
    return this.orders.get(caller, readOrderId(id));
  }

  @Delete('order/:id')
  @Access('cancel', 'cancels')
  cancel(@Caller() caller: TokenOwner, @Param('id') id: string): Promise<OrderView> {
    return this.cancelOrder.run(caller, readOrderId(id));
  }

  @Get('order_summary/:id')
  @Access('read', 'reads')
  summary(@Caller() caller: TokenOwner, @Param('id') id: string): Promise<OrderView> {
    return this.orders.summary(caller, readOrderId(id));
  }

  @Post('order_messages')
  @HttpCode(200)
  @Access('read', 'reads')
  messages(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<OrderView> {
    return this.orders.messages(caller, body);
  }
}
