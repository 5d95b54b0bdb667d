import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AccountRepository, BalanceViewRepository, type TokenOwner } from '#persistence';
import { accountBalancesQuery, QueryFailedError } from '#queues';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { orNull, showD, showTime } from '../orders/show-values.js';
import { AskServices } from './ask-services.js';
import { showMs } from './live-values.js';

/** Balances of one account as its venue tells them now; where nobody can ask it, as they were last booked. */
@Controller('manage/v1')
export class FreshBalancesController {
  constructor(
    @Inject(AskServices) private readonly services: AskServices,
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
  ) {}

  @Get('balances/:account')
  @Access('read', 'reads')
  async balances(
    @Caller() { tenantId, userId }: TokenOwner,
    @Param('account') name: string,
    @Req() request: FastifyRequest,
  ): Promise<Readonly<Record<string, unknown>>> {
    const own = await this.db.inTenant(tenantId, (tx) => new AccountRepository(tx).ofUser(userId));
    const account = own.find((one) => one.name === name && !one.isArchived);
    if (account === undefined) throw new ApiError('not_found', 'Not found.');
    const head = { account: account.name, exchange: account.exchange };
    try {
      const fresh = await this.services.ask(accountBalancesQuery, { tenantId, accountId: account.id }, request);
      return { ...head, source: 'venue', at: showMs(fresh.at), reason: null, balances: fresh.balances };
    } catch (error) {
      if (!(error instanceof QueryFailedError)) throw error;
      const [stored] = await this.db.inTenant(tenantId, (tx) => new BalanceViewRepository(tx).ofAccounts([account.id]));
      return {
        ...head,
        source: 'stored',
        at: orNull(stored?.balancesAt ?? null, showTime),
        reason: error.message,
        balances: (stored?.assets ?? []).map(({ asset, free, locked }) => ({
          asset,
          free: showD(free),
          locked: showD(locked),
        })),
      };
    }
  }
}
