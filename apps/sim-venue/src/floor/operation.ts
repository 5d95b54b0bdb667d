import type { Account } from '../spot/account.js';
import type { LedgerRecord } from '../spot/records.js';
import type { PublicTrade } from '../market/market-data.js';
import { unitsText } from '../matching/scaled.js';
import type { ExchangeListener } from './listener.js';
import type { SymbolMarket } from './symbol-market.js';

type Outgoing =
  | { readonly to: 'user'; readonly account: Account; readonly event: Record<string, unknown> }
  | { readonly to: 'public'; readonly market: SymbolMarket; readonly trade: PublicTrade };

/**
 * What one operation did: its journal records, and what is to be published once they are written. Publishing first
 * would let a client act on a fill that a kill then takes back.
 */
export class Operation {
  readonly records: LedgerRecord[] = [];
  readonly #outgoing: Outgoing[] = [];
  readonly #balances = new Map<Account, Set<string>>();
  readonly #markets = new Set<SymbolMarket>();
  readonly #firstFills: [Account, boolean][] = [];

  user(account: Account, event: Record<string, unknown>): void {
    this.#outgoing.push({ to: 'user', account, event });
  }

  trade(market: SymbolMarket, trade: PublicTrade): void {
    this.#outgoing.push({ to: 'public', market, trade });
  }

  balancesOf(account: Account, ...assets: readonly string[]): void {
    const touched = this.#balances.get(account) ?? new Set();
    for (const asset of assets) touched.add(asset);
    this.#balances.set(account, touched);
  }

  touched(market: SymbolMarket): void {
    this.#markets.add(market);
  }

  firstFill(account: Account, isMaker: boolean): void {
    this.#firstFills.push([account, isMaker]);
  }

  publish(listener: ExchangeListener, now: number): void {
    for (const out of this.#outgoing) {
      if (out.to === 'user') listener.userEvent(out.account, out.event);
      else listener.trade(out.market, out.trade);
    }
    for (const [account, assets] of this.#balances)
      if (listener.wantsUserEvents(account)) listener.userEvent(account, accountPosition(account, assets, now));
    for (const [account, isMaker] of this.#firstFills) listener.firstFill(account, isMaker);
    for (const market of this.#markets) listener.bookChanged(market);
  }
}

function accountPosition(account: Account, assets: ReadonlySet<string>, now: number): Record<string, unknown> {
  return {
    e: 'outboundAccountPosition',
    E: now,
    u: account.updatedAt,
    B: [...assets].map((asset) => {
      const { free, locked } = account.balance(asset);
      return { a: asset, f: unitsText(free), l: unitsText(locked) };
    }),
  };
}
