import type { VenueId } from '#domain';
import type { MidPrice, MidPrices } from '#order-intake';
import type { MarketDataReader } from '#venues';

export const MID_PRICES = Symbol('MidPrices');

/** Mid prices as feed-handler publishes them. */
export class SnapshotMidPrices implements MidPrices {
  constructor(private readonly reader: Pick<MarketDataReader, 'get'>) {}

  mid(venue: VenueId, symbol: string): MidPrice | null {
    const snapshot = this.reader.get(venue, symbol);
    if (snapshot === null || snapshot.mid === null || snapshot.at === null) return null;
    return { price: snapshot.mid, at: snapshot.at };
  }
}
