import { Controller, Get, Inject, Query } from '@nestjs/common';
import { CostReportRepository, type TokenOwner } from '#persistence';
import { AccountDirectory } from '../accounts/account-directory.js';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import type { Query as Values } from '../orders/list-query.js';
import { readCostQuery } from './cost-query.js';
import { showCostReport } from './show-costs.js';

/** What orders that have ended cost together (order-api.md 4.9). */
@Controller('api')
export class CostsController {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(AccountDirectory) private readonly accounts: AccountDirectory,
  ) {}

  @Get('tca_stats')
  @Access('read', 'reads')
  stats(@Caller() caller: TokenOwner, @Query() query: Values): Promise<Readonly<Record<string, unknown>>> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const filter = readCostQuery(query, await this.accounts.reachable(tx, caller));
      if (!filter.ok) throw ApiError.ofFields(filter.error);
      return showCostReport(await new CostReportRepository(tx, caller.userId).read(filter.value));
    });
  }
}
