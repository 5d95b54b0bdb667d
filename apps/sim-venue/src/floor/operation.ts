import type { VenueRecord } from '../journal/venue-record.js';
import type { PublicTrade } from '../market/market-data.js';
import type { ExchangeListener } from './listener.js';
import type { SymbolMarket } from './symbol-market.js';

type Event = Record<string, unknown>;
type Outgoing =
  | { readonly to: 'user'; readonly accountId: number; readonly event: Event }
  | { readonly to: 'public'; readonly market: SymbolMarket; readonly trade: PublicTrade };

/** What an account is told once at the end of an operation, about everything noted during it. */
export interface Closing {
  readonly accountId: number;
  event(noted: ReadonlySet<string>): Event;
}

/**
 * What one operation did: its journal records, and what is to be published once they are written. Publishing first
 * would let a client act on a fill that a kill then takes back.
 */
export class Operation {
  readonly records: VenueRecord[] = [];
  readonly #outgoing: Outgoing[] = [];
  readonly #closing = new Map<Closing, Set<string>>();
  readonly #markets = new Set<SymbolMarket>();
  readonly #firstFills: [number, boolean][] = [];

  user(accountId: number, event: Event): void {
    this.#outgoing.push({ to: 'user', accountId, event });
  }

  trade(market: SymbolMarket, trade: PublicTrade): void {
    this.#outgoing.push({ to: 'public', market, trade });
  }

  /** @param what is to be told about, such as an asset whose balance changed; once is enough */
  atEnd(closing: Closing, ...what: readonly string[]): void {
    let noted = this.#closing.get(closing);
    if (noted === undefined) this.#closing.set(closing, (noted = new Set()));
    for (const one of what) noted.add(one);
  }

  touched(market: SymbolMarket): void {
    this.#markets.add(market);
  }

  firstFill(accountId: number, isMaker: boolean): void {
    this.#firstFills.push([accountId, isMaker]);
  }

  publish(listener: ExchangeListener): void {
    for (const out of this.#outgoing) {
      if (out.to === 'user') listener.userEvent(out.accountId, out.event);
      else listener.trade(out.market, out.trade);
    }
    for (const [closing, noted] of this.#closing)
      if (listener.wantsUserEvents(closing.accountId)) listener.userEvent(closing.accountId, closing.event(noted));
    for (const [accountId, isMaker] of this.#firstFills) listener.firstFill(accountId, isMaker);
    for (const market of this.#markets) listener.bookChanged(market);
  }
}
