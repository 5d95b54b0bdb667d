import { Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import { isUuid } from '#domain';
import { type JsonObject, shown } from '#order-intake';
import type { TokenOwner } from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { JsonBody } from '../http/request-body.js';
import { lastOf, type Query as Values } from '../orders/list-query.js';
import { Faults } from './field-reader.js';
import { ManageSubscriptions } from './manage-subscriptions.js';
import { readPage } from './page-query.js';
import { LEGS_ENDS } from './position-questions.js';

type View = Readonly<Record<string, unknown>>;

/** Which of the caller's accounts trade what a strategy signals, with how much and how (signal-apis.md 5.2). */
@Controller('manage/v1/subscriptions')
export class SubscriptionsController {
  constructor(@Inject(ManageSubscriptions) private readonly subscriptions: ManageSubscriptions) {}

  @Post()
  @HttpCode(201)
  @Access('trade', 'writes')
  create(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<View> {
    return this.subscriptions.create(caller, body);
  }

  @Get()
  @Access('read', 'reads')
  list(@Caller() caller: TokenOwner, @Query() query: Values): Promise<View> {
    const faults = new Faults();
    const page = readPage(query, faults);
    const strategyId = lastOf(query, 'strategy_id');
    if (strategyId !== null && !isUuid(strategyId))
      faults.fail('strategy_id', `strategy_id must be the id of a strategy, was ${shown(strategyId)}`);
    if (faults.any) throw faults.toError();
    return this.subscriptions.list(caller, strategyId, page);
  }

  @Get(':id')
  @Access('read', 'reads')
  get(@Caller() caller: TokenOwner, @Param('id') id: string): Promise<View> {
    return this.subscriptions.get(caller, id);
  }

  @Patch(':id')
  @Access('trade', 'writes')
  change(@Caller() caller: TokenOwner, @Param('id') id: string, @JsonBody() body: JsonObject): Promise<View> {
    return this.subscriptions.change(caller, id, body);
  }

  /** What its legs hold is sold off, or stays with the owner; nobody decides that by leaving a word out. */
  @Delete(':id')
  @Access('trade', 'writes')
  remove(@Caller() caller: TokenOwner, @Param('id') id: string, @Query() query: Values): Promise<View> {
    const text = lastOf(query, 'legs');
    const legs = LEGS_ENDS.find((one) => one === text);
    if (legs === undefined) {
      const was = text === null ? 'missing' : shown(text);
      throw ApiError.ofFields({ legs: [`legs must be one of ${LEGS_ENDS.join(', ')}, was ${was}`] });
    }
    return this.subscriptions.remove(caller, id, legs);
  }
}
