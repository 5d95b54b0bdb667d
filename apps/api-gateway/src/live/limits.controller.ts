import { Controller, Get, Inject, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AccountRepository, type TokenOwner, type VenueAccount } from '#persistence';
import { limitUsageQuery, QueryFailedError, type AnswerOf } from '#queues';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { orNull } from '../orders/show-values.js';
import { AskServices } from './ask-services.js';
import { LastLimitUsage } from './last-limit-usage.js';
import { showScope, type ShownScope } from './limit-scopes.js';
import { showMs } from './live-values.js';

type Usages = AnswerOf<typeof limitUsageQuery>;

/** How much of the venues' limits is used: by address, and by each account of the caller. */
@Controller('manage/v1')
export class LimitsController {
  constructor(
    @Inject(AskServices) private readonly services: AskServices,
    @Inject(LastLimitUsage) private readonly last: LastLimitUsage,
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
  ) {}

  @Get('limits')
  @Access('read', 'reads')
  async limits(
    @Caller() caller: TokenOwner,
    @Req() request: FastifyRequest,
  ): Promise<Readonly<Record<string, unknown>>> {
    const accounts = await this.db.inTenant(caller.tenantId, (tx) => new AccountRepository(tx).ofUser(caller.userId));
    try {
      return showUsages(await this.services.ask(limitUsageQuery, {}, request), 'live', accounts);
    } catch (error) {
      if (!(error instanceof QueryFailedError)) throw error;
      const last = this.last.get();
      if (last !== null) return showUsages(last, 'last', accounts);
      throw ApiError.retryLater('unavailable', `limits cannot be told: ${error.message}`, 1, error);
    }
  }
}

/** Pure. A scope that counts for an account of somebody else is left out; others are addresses, which all share. */
export function showUsages(
  { at, limits }: Usages,
  source: 'live' | 'last',
  accounts: readonly Pick<VenueAccount, 'id' | 'name'>[],
): Readonly<Record<string, unknown>> {
  return {
    at: showMs(at),
    source,
    limits: limits.flatMap((usage) => {
      const own = showScope(usage.scope, accounts);
      return own === null ? [] : [showUsage(usage, own)];
    }),
  };
}

function showUsage(
  { venue, limit, used, limitValue, closedUntil, isBan, cold, source, windowEnd, ceilings }: Usages['limits'][number],
  { account, scope }: ShownScope,
): Readonly<Record<string, unknown>> {
  return {
    venue,
    limit,
    account,
    scope,
    used,
    limit_value: limitValue,
    used_pct: limitValue > 0 ? Math.round((used / limitValue) * 10_000) / 100 : null,
    ceilings,
    window_end: orNull(windowEnd, showMs),
    source,
    cold,
    ban: isBan && closedUntil !== null,
    closed_until: orNull(closedUntil, showMs),
  };
}
