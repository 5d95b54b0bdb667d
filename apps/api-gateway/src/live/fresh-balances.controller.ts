import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Dec, decimal, ZERO, type Decimal } from '#domain';
import { AccountRepository, BalanceViewRepository, type EpochMicros, type TokenOwner } from '#persistence';
import { accountBalancesQuery, QueryFailedError } from '#queues';
import { STALE_AFTER_MS } from '../accounts/show-account.js';
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
    const [stored] = await this.db.inTenant(tenantId, (tx) => new BalanceViewRepository(tx).ofAccounts([account.id]));
    const pending = stored?.pending ?? new Map<string, Decimal>();
    try {
      const fresh = await this.services.ask(accountBalancesQuery, { tenantId, accountId: account.id }, request);
      const told = fresh.balances.map(({ asset, free, locked }) => ({
        asset,
        free: decimal(free),
        locked: decimal(locked),
      }));
      return {
        ...head,
        source: 'venue',
        at: showMs(fresh.at),
        reason: null,
        age_ms: 0,
        is_stale: false,
        balances: withPending(told, pending),
      };
    } catch (error) {
      if (!(error instanceof QueryFailedError)) throw error;
      return {
        ...head,
        source: 'stored',
        at: orNull(stored?.balancesAt ?? null, showTime),
        reason: error.message,
        ...ageOf(stored?.balancesAt ?? null),
        balances: withPending(stored?.assets ?? [], pending),
      };
    }
  }
}

/** An order on its way locks what it will need before the venue says so: at most what is free. */
function withPending(
  balances: readonly { readonly asset: string; readonly free: Decimal; readonly locked: Decimal }[],
  pending: ReadonlyMap<string, Decimal>,
): { asset: string; free: string; locked: string; total: string }[] {
  return balances.map(({ asset, free, locked }) => {
    const onItsWay = Dec.min(Dec.max(pending.get(asset) ?? ZERO, ZERO), Dec.max(free, ZERO));
    return {
      asset,
      free: showD(free.sub(onItsWay)),
      locked: showD(locked.add(onItsWay)),
      total: showD(free.add(locked)),
    };
  });
}

function ageOf(at: EpochMicros | null): { age_ms: number | null; is_stale: boolean } {
  if (at === null) return { age_ms: null, is_stale: true };
  const ageMs = Math.max(0, Math.round(Date.now() - at / 1_000));
  return { age_ms: ageMs, is_stale: ageMs > STALE_AFTER_MS };
}
