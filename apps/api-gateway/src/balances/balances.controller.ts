import { Controller, Get, Inject, Query } from '@nestjs/common';
import { type TokenOwner, type Tx, type VenueAccount } from '#persistence';
import { AccountDirectory } from '../accounts/account-directory.js';
import { Access, Caller } from '../auth/access.js';
import { RequestDatabase } from '../http/request-database.js';
import { InstrumentDirectory } from '../market/instrument-directory.js';
import type { Query as BalanceQuery } from '../orders/list-query.js';
import { chosenAccounts } from './choose-accounts.js';
import { ReadHoldings } from './read-holdings.js';
import { showBalances, showCachedBalance, type Holdings } from './show-balances.js';

type View = Readonly<Record<string, unknown>>;

/** Balances by account name, as the exchange gateway last booked them. */
@Controller('api')
export class BalancesController {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(AccountDirectory) private readonly accounts: AccountDirectory,
    @Inject(InstrumentDirectory) private readonly instruments: InstrumentDirectory,
    @Inject(ReadHoldings) private readonly holdings: ReadHoldings,
  ) {}

  @Get('balances')
  @Access('read', 'reads')
  async balances(@Caller() caller: TokenOwner, @Query() query: BalanceQuery): Promise<View> {
    const held = await this.held(caller, query);
    return Object.fromEntries(held.map(([account, holdings]) => [account.name, showBalances(account, holdings)]));
  }

  /** The same for clients that want one list, with what each account is worth. */
  @Get('sor/get_cached_account_balance')
  @Access('read', 'reads')
  async cached(@Caller() caller: TokenOwner, @Query() query: BalanceQuery): Promise<View> {
    const shown = (await this.held(caller, query)).map(([account, holdings]) => showCachedBalance(account, holdings));
    return {
      balances: shown.flatMap((one) => (one.ok ? one.value : [])),
      errors: shown.flatMap((one) => (one.ok ? [] : one.error)),
    };
  }

  private async held(caller: TokenOwner, query: BalanceQuery): Promise<[VenueAccount, Holdings[]][]> {
    const instruments = await this.instruments.all();
    return this.db.inTenant(caller.tenantId, async (tx: Tx) => {
      const own = await this.accounts.reachable(tx, caller);
      const accounts = chosenAccounts(
        query,
        own.filter((a) => !a.isArchived),
      );
      const found = await this.holdings.of(tx, caller, accounts, instruments);
      return accounts.map((account) => [account, found.get(account) ?? []]);
    });
  }
}
