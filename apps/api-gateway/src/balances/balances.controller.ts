import { Controller, Get, Inject, Query } from '@nestjs/common';
import type { Decimal, Instrument, VenueId } from '#domain';
import {
  AccountRepository,
  BalanceViewRepository,
  PositionRepository,
  type TokenOwner,
  type Tx,
  type VenueAccount,
} from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { InstrumentDirectory } from '../market/instrument-directory.js';
import { MID_PRICES, type MidPrices } from '../market/mid-prices.js';
import { valuesOf, type Query as BalanceQuery } from '../orders/list-query.js';
import { shown } from '../orders/read-values.js';
import { marketTypesAt, sortByMarketType } from '../accounts/market-types.js';
import { showBalances, type Holdings } from './show-balances.js';

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
      const holdings = await this.holdingsOf(tx, caller, accounts, instruments);
      return Object.fromEntries(
        accounts.map((account) => [account.name, showBalances(account, holdings.get(account) ?? [])]),
      );
    });
  }

  /** Of every venue that an account reaches, its own first. */
  private async holdingsOf(
    tx: Tx,
    { tenantId }: TokenOwner,
    accounts: readonly VenueAccount[],
    instruments: readonly Instrument[],
  ): Promise<ReadonlyMap<VenueAccount, Holdings[]>> {
    const routes = accounts.flatMap((account) => account.routes.map((route) => ({ account, ...route })));
    const balances = await new BalanceViewRepository(tx).ofAccounts(routes.map(({ accountId }) => accountId));
    const found = new Map<VenueAccount, Holdings[]>();
    for (const { account, accountId, venue } of routes) {
      const types = marketTypesAt(venue, instruments);
      const listed = instruments.filter((one) => one.venue === venue);
      const holdings: Holdings = {
        // Of a venue whose instruments are not known yet there is nothing but tokens to show.
        marketType: sortByMarketType(types)[0] ?? 'spot',
        balances: balances.find((b) => b.accountId === accountId),
        positions: types.every((type) => type === 'spot')
          ? []
          : await new PositionRepository(tx, tenantId).ofAccount(accountId),
        priceOf: (asset) => this.priceOf(asset, venue, instruments),
        instrumentOf: (symbol) => listed.find((one) => one.symbol === symbol),
        midOf: (symbol) => this.mids.mid(venue, symbol)?.price ?? null,
      };
      found.set(account, [...(found.get(account) ?? []), holdings]);
    }
    return found;
  }

  private priceOf(asset: string, venue: VenueId, instruments: readonly Instrument[]): Decimal | null {
    const market = ['USDT', 'USDC', 'USD']
      .map((quote) => instruments.find((i) => i.venue === venue && i.base === asset && i.quote === quote))
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
