import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { epochMs } from '#domain';
import type { JsonObject } from '#order-intake';
import {
  AccountRepository,
  DatabaseClock,
  OrderPlanRepository,
  ParentLimitUseRepository,
  RateLimitEventRepository,
  type ParentLimitUse,
  type TokenOwner,
  type VenueAccount,
} from '#persistence';
import { limitPlanQuery } from '#queues';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { JsonBody } from '../http/request-body.js';
import { RunsApart } from '../http/idempotent-posts.js';
import { RequestDatabase } from '../http/request-database.js';
import type { Query as Values } from '../orders/list-query.js';
import { readOrderId } from '../orders/read-orders.js';
import { orNull } from '../orders/show-values.js';
import { AskServices } from './ask-services.js';
import { readHistoryQuery, showHistory } from './limit-history.js';
import { showScope } from './limit-scopes.js';
import { showMs } from './live-values.js';
import { readPlan } from './plan-request.js';

type Shown = Readonly<Record<string, unknown>>;

/** Rate limits over time, by order, and for a plan (venues.md B8). */
@Controller('manage/v1/limits')
export class LimitDetailsController {
  constructor(
    @Inject(AskServices) private readonly services: AskServices,
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(DatabaseClock) private readonly clock: DatabaseClock,
  ) {}

  @Get(':id/history')
  @Access('read', 'reads')
  async history(@Caller() caller: TokenOwner, @Param('id') id: string, @Query() query: Values): Promise<Shown> {
    const { from, to, stepSec } = readHistoryQuery(query, epochMs(this.clock.now()));
    const { points, accounts } = await this.db.inTenant(caller.tenantId, async (tx) => ({
      accounts: await new AccountRepository(tx).ofUser(caller.userId),
      points: await new RateLimitEventRepository(tx).usageHistory(id, from, to, stepSec),
    }));
    return { limit: id, from: showMs(from), to: showMs(to), step: stepSec, series: showHistory(points, accounts) };
  }

  @Get('parents/:id')
  @Access('read', 'reads')
  async ofParent(@Caller() caller: TokenOwner, @Param('id') id: string): Promise<Shown> {
    const orderId = readOrderId(id);
    const uses = await this.db.inTenant(caller.tenantId, async (tx) => {
      if ((await new OrderPlanRepository(tx, caller.userId).get(orderId)) === null) return null;
      return new ParentLimitUseRepository(tx, caller.tenantId).of(orderId);
    });
    if (uses === null) throw new ApiError('not_found', 'Not found.');
    return { order_id: orderId, ...showParentUses(uses) };
  }

  @Post('simulate')
  @HttpCode(200)
  @RunsApart()
  @Access('read', 'reads')
  async simulate(
    @Caller() caller: TokenOwner,
    @JsonBody() body: JsonObject,
    @Req() request: FastifyRequest,
  ): Promise<Shown> {
    const accounts = await this.db.inTenant(caller.tenantId, (tx) => new AccountRepository(tx).ofUser(caller.userId));
    const plan = readPlan(
      body,
      accounts.filter((account) => !account.isArchived),
    );
    if (!plan.ok) throw ApiError.ofFields(plan.error);
    const told = await this.services.require(limitPlanQuery, plan.value, request, ({ reason, message }) =>
      reason === 'invalid_call' || reason === 'too_many' ? ApiError.ofFields({ calls: [message] }) : null,
    );
    return {
      at: showMs(told.at),
      venue: plan.value.venue,
      feasible: told.isFeasible,
      first_possible_at: orNull(told.firstPossibleAt, showMs),
      refused_by: told.refusal,
      needs: told.needs.map(({ limit, scope, needed }) => showNeed(limit, scope, needed, accounts)),
    };
  }
}

function showNeed(limit: string, scope: string, needed: number, accounts: readonly VenueAccount[]): Shown {
  return { limit, ...showScope(scope, accounts), needed };
}

/** Pure. Sums over all classes of calls, and each class on its own. */
export function showParentUses(uses: readonly ParentLimitUse[]): Shown {
  const sum = (some: readonly ParentLimitUse[]): Shown => ({
    granted: some.filter((u) => u.outcome === 'granted').reduce((total, u) => total + u.calls, 0),
    denied: Object.fromEntries(
      [...new Set(some.map((u) => u.outcome))]
        .filter((outcome) => outcome !== 'granted')
        .map((reason) => [reason, some.filter((u) => u.outcome === reason).reduce((total, u) => total + u.calls, 0)]),
    ),
    waited_ms: some.reduce((total, u) => total + u.waitedMs, 0),
  });
  const classes = [...new Set(uses.map((u) => u.callClass))];
  return {
    ...sum(uses),
    classes: Object.fromEntries(classes.map((one) => [one, sum(uses.filter((u) => u.callClass === one))])),
  };
}
