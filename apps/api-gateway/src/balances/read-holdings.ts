import { Inject, Injectable } from '@nestjs/common';
import type { Decimal, Instrument, VenueId } from '#domain';
import type { MidPrices } from '#order-intake';
import {
  BalanceViewRepository,
  MarginTierRepository,
  PositionRepository,
  type TokenOwner,
  type Tx,
  type VenueAccount,
} from '#persistence';
import { marketTypesAt, sortByMarketType } from '../accounts/market-types.js';
import { MID_PRICES } from '../market/snapshot-mid-prices.js';
import type { Holdings } from './show-balances.js';

const QUOTES = ['USDT', 'USDC', 'USD'];

/** What accounts hold, as the exchange gateway last booked it, with the prices of this moment. */
@Injectable()
export class ReadHoldings {
  constructor(@Inject(MID_PRICES) private readonly mids: MidPrices) {}

  /** Of every venue that an account reaches, its own first. */
  async of(
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
      const positions = types.every((type) => type === 'spot')
        ? []
        : await new PositionRepository(tx, tenantId).ofAccount(accountId);
      const symbols = [...new Set(positions.map(({ symbol }) => symbol))];
      const tiers = await new MarginTierRepository(tx).of(symbols.map((symbol) => ({ venue, symbol })));
      const holdings: Holdings = {
        // Of a venue whose instruments are not known yet there is nothing but tokens to show.
        marketType: sortByMarketType(types)[0] ?? 'spot',
        balances: balances.find((b) => b.accountId === accountId),
        positions,
        tiersOf: (symbol) => tiers[symbols.indexOf(symbol)] ?? [],
        priceOf: (asset) => this.priceOf(asset, venue, listed),
        instrumentOf: (symbol) => listed.find((one) => one.symbol === symbol),
        midOf: (symbol) => this.mids.mid(venue, symbol)?.price ?? null,
        marketOf: (asset) => marketOf(asset, listed),
      };
      found.set(account, [...(found.get(account) ?? []), holdings]);
    }
    return found;
  }

  private priceOf(asset: string, venue: VenueId, listed: readonly Instrument[]): Decimal | null {
    const market = marketOf(asset, listed);
    return market === undefined ? null : (this.mids.mid(venue, market.symbol)?.price ?? null);
  }
}

/** Where an asset is sold: into the first of the quote currencies that the venue lists. */
function marketOf(asset: string, listed: readonly Instrument[]): Instrument | undefined {
  return QUOTES.map((quote) =>
    listed.find((i) => i.marketType === 'spot' && i.base === asset && i.quote === quote),
  ).find((i) => i !== undefined);
}
