import {
  CHUNK_SECONDS,
  notional,
  price,
  quantity,
  type Decimal,
  type EpochMs,
  type MarketSample,
  type SampleChunk,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { affected, row, rows } from '../sql.js';

/** Ten seconds and the instrument that they are of. */
export interface ChunkOf extends SampleChunk {
  readonly venue: VenueId;
  readonly symbol: string;
}

interface SampleColumns {
  readonly second: string;
  readonly bid: string | null;
  readonly ask: string | null;
  readonly cum_base: string | null;
  readonly cum_quote: string | null;
}

const COLUMNS = ['bids', 'asks', 'cum_base', 'cum_quote'] as const;
/** What is there stays where the new row knows nothing: two processes may have seen parts of the same ten seconds. */
const MERGED = COLUMNS.map(
  (name) =>
    `${name} = (SELECT array_agg(COALESCE(mine, theirs) ORDER BY n)
                FROM unnest(m.${name}, EXCLUDED.${name}) WITH ORDINALITY AS t (mine, theirs, n))`,
).join(', ');

/** The market of every second, for costs and for the volume of others; it belongs to no tenant. */
export class MarketSampleRepository {
  constructor(private readonly tx: Tx) {}

  /** All in one statement; a second that has its sample keeps it. */
  async save(chunks: readonly ChunkOf[]): Promise<void> {
    if (chunks.length === 0) return;
    const list = (read: (sample: MarketSample) => Decimal | null): string[] =>
      chunks.map(({ samples }) => `{${samples.map((one) => (one && read(one)?.toFixed()) ?? 'NULL').join(',')}}`);
    await this.tx.query(
      `INSERT INTO market_samples AS m (venue, symbol, chunk, ${COLUMNS.join(', ')})
       SELECT venue, symbol, chunk, bids::numeric[], asks::numeric[], base::numeric[], quote::numeric[]
       FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[])
         AS n (venue, symbol, chunk, bids, asks, base, quote)
       ON CONFLICT (venue, symbol, chunk) DO UPDATE SET ${MERGED}`,
      [
        chunks.map(({ venue }) => venue),
        chunks.map(({ symbol }) => symbol),
        chunks.map(({ chunk }) => chunk),
        list(({ bid }) => bid),
        list(({ ask }) => ask),
        list(({ cumBase }) => cumBase),
        list(({ cumQuote }) => cumQuote),
      ],
    );
  }

  /** By second since 1970, one lookup each; what nobody saw is left out. */
  async at(venue: VenueId, symbol: string, seconds: readonly number[]): Promise<ReadonlyMap<number, MarketSample>> {
    if (seconds.length === 0) return new Map();
    const found = await rows<SampleColumns>(
      this.tx,
      `SELECT s.second, m.bids[s.i] AS bid, m.asks[s.i] AS ask, m.cum_base[s.i] AS cum_base, m.cum_quote[s.i] AS cum_quote
       FROM (SELECT second, second / ${CHUNK_SECONDS} AS chunk, (second % ${CHUNK_SECONDS} + 1)::integer AS i
             FROM unnest($3::bigint[]) AS u (second)) s
       JOIN market_samples m ON m.venue = $1 AND m.symbol = $2 AND m.chunk = s.chunk`,
      [venue, symbol, seconds],
    );
    return new Map(found.map((one) => [Number(one.second), toSample(one)]));
  }

  /** Public base volume as it was first counted at or after a second, and when; null where nothing is recorded since. */
  async firstCount(
    venue: VenueId,
    symbol: string,
    second: number,
  ): Promise<{ readonly second: number; readonly cumBase: Decimal } | null> {
    const found = await row<{ second: string; cum_base: string }>(
      this.tx,
      `SELECT m.chunk * ${CHUNK_SECONDS} + n - 1 AS second, cum_base
       FROM (SELECT chunk, cum_base AS counts FROM market_samples
             WHERE venue = $1 AND symbol = $2 AND chunk >= $3::bigint / ${CHUNK_SECONDS} ORDER BY chunk LIMIT 2) m,
            unnest(m.counts) WITH ORDINALITY AS c (cum_base, n)
       WHERE cum_base IS NOT NULL AND m.chunk * ${CHUNK_SECONDS} + n - 1 >= $3 ORDER BY second LIMIT 1`,
      [venue, symbol, second],
    );
    return found === null ? null : { second: Number(found.second), cumBase: quantity(found.cum_base) };
  }

  /** Removes at most `limit` rows of before `before`. @returns how many there were */
  prune(before: EpochMs, limit: number): Promise<number> {
    return affected(
      this.tx,
      `DELETE FROM market_samples WHERE ctid IN (
         SELECT m.ctid FROM feed_volumes v JOIN market_samples m USING (venue, symbol)
         WHERE m.chunk < $1::bigint LIMIT $2)`,
      [Math.floor(before / (CHUNK_SECONDS * 1_000)), limit],
    );
  }
}

function toSample({ bid, ask, cum_base: base, cum_quote: quote }: SampleColumns): MarketSample {
  return {
    bid: bid === null ? null : price(bid),
    ask: ask === null ? null : price(ask),
    cumBase: base === null ? null : quantity(base),
    cumQuote: quote === null ? null : notional(quote),
  };
}
