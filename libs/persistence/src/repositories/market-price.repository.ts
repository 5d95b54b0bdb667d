import { epochMs, price, PRICE_KINDS, type PriceAt, type PriceKind, type VenueId } from '#domain';
import type { Tx } from '../database.js';
import { rows } from '../sql.js';

/** Prices of an instrument; null where there was none yet. Times as in the table: of the trade, until when it was right. */
export type MarketPrices = Readonly<Record<PriceKind, PriceAt | null>>;

export interface MarketPricesOf extends MarketPrices {
  readonly venue: VenueId;
  readonly symbol: string;
}

type Columns = Readonly<Record<PriceKind | `${PriceKind}_at`, string | null>>;

/** Newer prices only: a speaker that wakes late changes nothing. */
const isNewer = (kind: PriceKind): string => `EXCLUDED.${kind}_at > COALESCE(p.${kind}_at, '-infinity')`;
const newer = (kind: PriceKind, column: string): string =>
  `${column} = CASE WHEN ${isNewer(kind)} THEN EXCLUDED.${column} ELSE p.${column} END`;
const COLUMNS = PRICE_KINDS.flatMap((kind) => [kind, `${kind}_at`]).join(', ');
const TEXTS = PRICE_KINDS.map((kind) => `${kind}, to_timestamp(${kind}_ms::double precision / 1000)`).join(', ');
const MS = PRICE_KINDS.map((kind) => `(extract(epoch FROM ${kind}_at) * 1000)::bigint AS ${kind}_at`).join(', ');

/** The newest prices of instruments; they belong to no tenant. */
export class MarketPriceRepository {
  constructor(private readonly tx: Tx) {}

  /** All of one venue in one statement. What is null or older than what is there changes nothing. */
  async save(venue: VenueId, instruments: readonly Omit<MarketPricesOf, 'venue'>[]): Promise<void> {
    if (instruments.length === 0) return;
    const sorted = instruments.toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1)); // two speakers lock in one order
    await this.tx.query(
      `INSERT INTO market_prices AS p (venue, symbol, ${COLUMNS})
       SELECT $1, symbol, ${TEXTS}
       FROM unnest($2::text[], $3::numeric[], $4::bigint[], $5::numeric[], $6::bigint[], $7::numeric[], $8::bigint[])
         AS n (symbol, ${PRICE_KINDS.map((kind) => `${kind}, ${kind}_ms`).join(', ')})
       ON CONFLICT (venue, symbol) DO UPDATE
         SET ${PRICE_KINDS.flatMap((kind) => [newer(kind, kind), newer(kind, `${kind}_at`)]).join(', ')}
         WHERE ${PRICE_KINDS.map(isNewer).join(' OR ')}`,
      [
        venue,
        sorted.map(({ symbol }) => symbol),
        ...PRICE_KINDS.flatMap((kind) => [
          sorted.map((one) => one[kind]?.price.toFixed() ?? null),
          sorted.map((one) => one[kind]?.at ?? null),
        ]),
      ],
    );
  }

  /** Of those instruments that had a price ever, in no order. */
  async of(instruments: readonly { readonly venue: VenueId; readonly symbol: string }[]): Promise<MarketPricesOf[]> {
    if (instruments.length === 0) return [];
    const found = await rows<Columns & { readonly venue: string; readonly symbol: string }>(
      this.tx,
      `SELECT venue, symbol, ${PRICE_KINDS.join(', ')}, ${MS}
       FROM market_prices JOIN unnest($1::text[], $2::text[]) AS n (venue, symbol) USING (venue, symbol)`,
      [instruments.map(({ venue }) => venue), instruments.map(({ symbol }) => symbol)],
    );
    return found.map((one) => {
      const of = (kind: PriceKind): PriceAt | null => {
        const [text, at] = [one[kind], one[`${kind}_at`]];
        return text === null || at === null ? null : { price: price(text), at: epochMs(Number(at)) };
      };
      return { venue: one.venue as VenueId, symbol: one.symbol, last: of('last'), mid: of('mid'), mark: of('mark') };
    });
  }
}
