import { Controller, Get, Inject, Query } from '@nestjs/common';
import { freshMid, type MidPrices } from '#order-intake';
import { CostReportRepository, type TokenOwner } from '#persistence';
import { AccountDirectory } from '../accounts/account-directory.js';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { MID_PRICES } from '../market/snapshot-mid-prices.js';
import type { Query as Values } from '../orders/list-query.js';
import { readCostQuery } from './cost-query.js';
import { costReport } from './cost-report.js';
import { showCostReport } from './show-costs.js';

/** Running orders that are counted, the newest: each has its cost computed for the answer. */
const MOST_RUNNING = 1_000;

/** What orders cost together, those that run as of now (order-api.md 4.9). */
@Controller('api')
export class CostsController {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(AccountDirectory) private readonly accounts: AccountDirectory,
    @Inject(MID_PRICES) private readonly mids: MidPrices,
  ) {}

  @Get('tca_stats')
  @Access('read', 'reads')
  stats(@Caller() caller: TokenOwner, @Query() query: Values): Promise<Readonly<Record<string, unknown>>> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const filter = readCostQuery(query, await this.accounts.reachable(tx, caller));
      if (!filter.ok) throw ApiError.ofFields(filter.error);
      const reports = new CostReportRepository(tx, caller.userId);
      const running = await reports.running(filter.value, MOST_RUNNING);
      const ids = running.map(({ id }) => id);
      const stored = await reports.stored(filter.value, ids);
      const byExchange = await reports.byExchange(filter.value, ids);
      return showCostReport(costReport(stored, running, byExchange, (one) => freshMid(this.mids, one, one.asOf)));
    });
  }
}
