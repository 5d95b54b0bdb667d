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
  // What most operations do not need is made when it is: a replay has 300,000 of them in a second.
  #closing: Map<Closing, Set<string>> | null = null;
  /** Nearly always one; the others as they come. */
  readonly #markets: SymbolMarket[] = [];
  #firstFills: [number, boolean][] | null = null;

  user(accountId: number, event: Event): void {
    this.#outgoing.push({ to: 'user', accountId, event });
  }

  trade(market: SymbolMarket, trade: PublicTrade): void {
    this.#outgoing.push({ to: 'public', market, trade });
  }

  /** @param what is to be told about, such as an asset whose balance changed; once is enough */
  atEnd(closing: Closing, ...what: readonly string[]): void {
    this.#closing ??= new Map();
    let noted = this.#closing.get(closing);
    if (noted === undefined) this.#closing.set(closing, (noted = new Set()));
    for (const one of what) noted.add(one);
  }

  touched(market: SymbolMarket): void {
    if (!this.#markets.includes(market)) this.#markets.push(market);
  }

  firstFill(accountId: number, isMaker: boolean): void {
    (this.#firstFills ??= []).push([accountId, isMaker]);
  }

  publish(listener: ExchangeListener): void {
    for (const out of this.#outgoing) {
      if (out.to === 'user') listener.userEvent(out.accountId, out.event);
      else listener.trade(out.market, out.trade);
    }
    for (const [closing, noted] of this.#closing ?? [])
      if (listener.wantsUserEvents(closing.accountId)) listener.userEvent(closing.accountId, closing.event(noted));
    for (const [accountId, isMaker] of this.#firstFills ?? []) listener.firstFill(accountId, isMaker);
    for (const market of this.#markets) listener.bookChanged(market);
  }
}
