import { Controller, Get, Inject, Query } from '@nestjs/common';
import type { Decimal, Instrument } from '#domain';
import { AccountRepository, BalanceViewRepository, type TokenOwner, type VenueAccount } from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { InstrumentDirectory } from '../market/instrument-directory.js';
import { MID_PRICES, type MidPrices } from '../market/mid-prices.js';
import { valuesOf, type Query as BalanceQuery } from '../orders/list-query.js';
import { shown } from '../orders/read-values.js';
import { showBalances } from './show-balances.js';

/** Balances by account name, as the exchange gateway last booked them. */
@Controller('api')
export class BalancesController {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(InstrumentDirectory) private readonly instruments: InstrumentDirectory,
    @Inject(MID_PRICES) private readonly mids: MidPrices,
  ) {}

  @Get('balances')
  @Access('read', 'reads')
  async balances(
    @Caller() caller: TokenOwner,
    @Query() query: BalanceQuery,
  ): Promise<Readonly<Record<string, unknown>>> {
    const instruments = await this.instruments.all();
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const own = await new AccountRepository(tx).ofUser(caller.userId);
      const accounts = chosen(
        query,
        own.filter((a) => !a.isArchived),
      );
      const balances = await new BalanceViewRepository(tx).ofAccounts(accounts.map((a) => a.id));
      return Object.fromEntries(
        accounts.map((account) => [
          account.name,
          showBalances(
            account,
            balances.find((b) => b.accountId === account.id),
            (asset) => this.priceOf(asset, account, instruments),
          ),
        ]),
      );
    });
  }

  private priceOf(asset: string, account: VenueAccount, instruments: readonly Instrument[]): Decimal | null {
    const market = ['USDT', 'USDC', 'USD']
      .map((quote) => instruments.find((i) => i.venue === account.venue && i.base === asset && i.quote === quote))
      .find((i) => i !== undefined);
    return market === undefined ? null : (this.mids.mid(market.venue, market.symbol)?.price ?? null);
  }
}

/** @throws ApiError for a name that no account of the user has */
function chosen(query: BalanceQuery, own: readonly VenueAccount[]): VenueAccount[] {
  const names = valuesOf(query, 'account_names');
  const exchanges = valuesOf(query, 'exchange_names').map((name) => name.toLowerCase());
  const unknownName = names.find((name) => !own.some((a) => a.name === name));
  if (unknownName !== undefined) throw ApiError.ofFields({ account_names: [`unknown account ${shown(unknownName)}`] });
  const unknownExchange = exchanges.find((name) => !own.some((a) => a.exchange.toLowerCase() === name));
  if (unknownExchange !== undefined)
    throw ApiError.ofFields({ exchange_names: [`unknown exchange ${shown(unknownExchange)}`] });
  return own.filter(
    (a) =>
      (names.length === 0 || names.includes(a.name)) &&
      (exchanges.length === 0 || exchanges.includes(a.exchange.toLowerCase())),
  );
}
