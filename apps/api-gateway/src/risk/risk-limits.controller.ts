import { Controller, Get, Inject, Put } from '@nestjs/common';
import { DEFAULT_RISK_LIMITS, type AccountId } from '#domain';
import type { JsonObject } from '#order-intake';
import { AccountRepository, RiskRepository, type ScopedRiskLimits, type TokenOwner } from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { JsonBody } from '../http/request-body.js';
import { RequestDatabase } from '../http/request-database.js';
import { readLimitRequest, showLimits } from './read-limits.js';

type View = Readonly<Record<string, unknown>>;

/** Pre-trade limits of the caller's tenant (reliability.md 5.1). */
@Controller('manage/v1')
export class RiskLimitsController {
  constructor(@Inject(RequestDatabase) private readonly db: RequestDatabase) {}

  @Get('risk-limits')
  @Access('read', 'reads')
  async list(@Caller() caller: TokenOwner): Promise<View> {
    const all = await this.db.inTenant(caller.tenantId, (tx) => new RiskRepository(tx, caller.tenantId).all());
    const defaults = Object.fromEntries(
      Object.entries(showLimits({ ...UNSET, ...DEFAULT_RISK_LIMITS })).filter(([, value]) => value !== null),
    );
    return { limits: all.map(showScoped), defaults };
  }

  /** Replaces the limits of one scope as a whole. */
  @Put('risk-limits')
  @Access('admin', 'writes')
  async put(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<View> {
    const { account, venue, symbol, limits } = readLimitRequest(body);
    return this.db.inTenant(caller.tenantId, async (tx) => {
      let accountId: AccountId | null = null;
      if (account !== null) {
        const known = await new AccountRepository(tx).ofUser(caller.userId);
        accountId = known.find((one) => one.name === account)?.id ?? null;
        if (accountId === null) throw ApiError.ofFields({ account: [`you have no account ${account}`] });
      }
      const instrument = venue === null || symbol === null ? null : { venue, symbol };
      const repository = new RiskRepository(tx, caller.tenantId);
      await repository.put({ accountId, instrument }, limits, caller.userId);
      return { account, venue, symbol, ...showLimits(limits) };
    });
  }
}

const UNSET = {
  enforcement: null,
  maxQuantity: null,
  maxParentQuantity: null,
  allowed: null,
};

function showScoped({ accountName, venue, symbol, limits, updatedAt }: ScopedRiskLimits): View {
  return { account: accountName, venue, symbol, ...showLimits(limits), updated_at: updatedAt.toISOString() };
}
