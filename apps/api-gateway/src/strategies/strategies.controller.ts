import { Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import { STRATEGY_KINDS, type StrategyKind } from '#domain';
import { type JsonObject, shown } from '#order-intake';
import type { TokenOwner } from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { NeverKept } from '../http/idempotent-posts.js';
import { JsonBody, OptionalJsonBody } from '../http/request-body.js';
import { lastOf, type Query as Values } from '../orders/list-query.js';
import { callExample } from './call-example.js';
import { Faults, FieldReader } from './field-reader.js';
import { ManageStrategies } from './manage-strategies.js';
import { readPage } from './page-query.js';
import { MAX_GRACE_S } from './settings-fields.js';
import { showStrategy } from './show-strategy.js';

type View = Readonly<Record<string, unknown>>;

/** Strategies of the caller (signal-apis.md 5.1). A secret is shown once, with the answer that makes it. */
@Controller('manage/v1/strategies')
export class StrategiesController {
  constructor(@Inject(ManageStrategies) private readonly strategies: ManageStrategies) {}

  @Post()
  @HttpCode(201)
  @Access('trade', 'writes')
  @NeverKept()
  async create(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<View> {
    const { strategy, secret } = await this.strategies.create(caller, body);
    return {
      id: strategy.id,
      number: strategy.number,
      signaler_id: strategy.publicId,
      secret: secret?.reveal() ?? null,
      is_active: strategy.isActive,
      signal_api_call_example: callExample(strategy),
    };
  }

  @Get()
  @Access('read', 'reads')
  async list(@Caller() caller: TokenOwner, @Query() query: Values): Promise<View> {
    const faults = new Faults();
    const page = readPage(query, faults);
    const kind = readKind(query, faults);
    if (faults.any) throw faults.toError();
    const { shown: listed, nextCursor } = await this.strategies.list(caller, kind, page);
    return { strategies: listed.map(({ strategy, keys }) => showStrategy(strategy, keys)), next_cursor: nextCursor };
  }

  @Get(':id')
  @Access('read', 'reads')
  async get(@Caller() caller: TokenOwner, @Param('id') id: string): Promise<View> {
    const { strategy, keys } = await this.strategies.get(caller, id);
    return showStrategy(strategy, keys);
  }

  @Patch(':id')
  @Access('trade', 'writes')
  async change(@Caller() caller: TokenOwner, @Param('id') id: string, @JsonBody() body: JsonObject): Promise<View> {
    const { strategy, keys } = await this.strategies.change(caller, id, body);
    return showStrategy(strategy, keys);
  }

  @Delete(':id')
  @Access('trade', 'writes')
  async remove(@Caller() caller: TokenOwner, @Param('id') id: string): Promise<View> {
    const { strategy, keys } = await this.strategies.remove(caller, id);
    return showStrategy(strategy, keys);
  }

  @Post(':id/rotate-secret')
  @HttpCode(200)
  @Access('trade', 'writes')
  @NeverKept()
  async rotate(
    @Caller() caller: TokenOwner,
    @Param('id') id: string,
    @OptionalJsonBody() body: JsonObject,
  ): Promise<View> {
    const faults = new Faults();
    const graceS = new FieldReader(body, faults).only(['grace_s']).whole('grace_s', [0, MAX_GRACE_S]) ?? 0;
    if (faults.any) throw faults.toError();
    const { strategy, secret, previousExpiresAt } = await this.strategies.rotate(caller, id, graceS);
    return {
      id: strategy.id,
      signaler_id: strategy.publicId,
      secret: secret.reveal(),
      previous_expires_at: previousExpiresAt?.toISOString() ?? null,
      signal_api_call_example: callExample(strategy),
    };
  }
}

function readKind(query: Values, faults: Faults): StrategyKind | null {
  const text = lastOf(query, 'kind');
  const kind = STRATEGY_KINDS.find((one) => one === text);
  if (text !== null && kind === undefined)
    faults.fail('kind', `kind must be one of ${STRATEGY_KINDS.join(', ')}, was ${shown(text)}`);
  return kind ?? null;
}
