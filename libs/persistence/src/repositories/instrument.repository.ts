import { notional, price, quantity, type Instrument, type VenueId } from '#domain';
import type { Tx } from '../database.js';
import { rows } from '../sql.js';

interface InstrumentColumns {
  venue: string;
  symbol: string;
  pair: string;
  market_type: Instrument['marketType'];
  base: string;
  quote: string;
  tick: string;
  lot: string;
  min_qty: string;
  min_notional: string;
  status: Instrument['status'];
}

/** Reference data that feed-handler reads from the venues; it belongs to no tenant. */
export class InstrumentRepository {
  constructor(private readonly tx: Tx) {}

  async upsertAll(instruments: readonly Instrument[]): Promise<void> {
    if (instruments.length === 0) return;
    await this.tx.query(
      `INSERT INTO instruments AS i (venue, symbol, pair, market_type, base, quote, tick, lot, min_qty, min_notional, status)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                            $7::numeric[], $8::numeric[], $9::numeric[], $10::numeric[], $11::text[])
       ON CONFLICT (venue, symbol) DO UPDATE SET
         pair = EXCLUDED.pair, market_type = EXCLUDED.market_type, base = EXCLUDED.base, quote = EXCLUDED.quote,
         tick = EXCLUDED.tick, lot = EXCLUDED.lot, min_qty = EXCLUDED.min_qty, min_notional = EXCLUDED.min_notional,
         status = EXCLUDED.status, updated_at = clock_timestamp()`,
      [
        instruments.map((i) => i.venue),
        instruments.map((i) => i.symbol),
        instruments.map((i) => i.pair),
        instruments.map((i) => i.marketType),
        instruments.map((i) => i.base),
        instruments.map((i) => i.quote),
        instruments.map((i) => i.tick.toFixed()),
        instruments.map((i) => i.lot.toFixed()),
        instruments.map((i) => i.minQty.toFixed()),
        instruments.map((i) => i.minNotional.toFixed()),
        instruments.map((i) => i.status),
      ],
    );
  }

  async all(): Promise<Instrument[]> {
    return (await rows<InstrumentColumns>(this.tx, 'SELECT * FROM instruments ORDER BY venue, symbol')).map(
      asInstrument,
    );
  }
}

function asInstrument(row: InstrumentColumns): Instrument {
  return {
    venue: row.venue as VenueId,
    symbol: row.symbol,
    pair: row.pair,
    marketType: row.market_type,
    base: row.base,
    quote: row.quote,
    tick: price(row.tick),
    lot: quantity(row.lot),
    minQty: quantity(row.min_qty),
    minNotional: notional(row.min_notional),
    status: row.status,
  };
}
