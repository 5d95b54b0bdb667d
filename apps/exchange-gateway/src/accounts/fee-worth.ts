import { Dec, type Decimal, type Fill } from '#domain';
import type { StoredChildOrder, Tx } from '#persistence';
import type { Snapshots } from '#venues';
import type { InstrumentCache } from '../venue/instrument-cache.js';

/** A mid counts as that of a fill's time where the market was seen within so much of it; ms. */
const SAME_TIME_MS = 10_000;
/** Scale of `numeric(38,18)`. */
const STORED_PLACES = 18;

/** What fees are worth in the quote of what was traded, at the time of the fill (algorithms.md 9). */
export class FeeWorth {
  constructor(
    private readonly instruments: InstrumentCache,
    /** The markets' last values; null: none is known. */
    private readonly markets: Pick<Snapshots, 'get'> | null,
  ) {}

  /** Null for a fee in a third asset whose mid of that time is not known here: it is valued with the order's cost. */
  async inQuote(tx: Tx, child: StoredChildOrder, fill: Fill): Promise<Decimal | null> {
    if (fill.fee.isZero()) return fill.fee;
    const traded = await this.instruments.find(tx, child.venue, child.symbol);
    if (traded === undefined) return null;
    if (traded.quote === fill.feeAsset) return fill.fee;
    if (traded.base === fill.feeAsset) return fill.fee.mul(fill.lastPx);
    const market = this.instruments.spotOf(fill.feeAsset, traded.quote, child.venue);
    const seen = market === undefined ? null : (this.markets?.get(market.venue, market.symbol) ?? null);
    if (seen === null || seen.mid === null || seen.at === null) return null;
    if (Math.abs(seen.at - fill.tradedAt) > SAME_TIME_MS) return null;
    return fill.fee.mul(seen.mid).toDecimalPlaces(STORED_PLACES, Dec.ROUND_HALF_EVEN);
  }
}
