import { decimal, type MarginTier, type VenueId } from '#domain';
import type { Tx } from '../database.js';
import { rows, send } from '../sql.js';

/** As in the column; amounts as text, so that they keep their digits. */
interface StoredTier {
  readonly cap: string;
  readonly leverage: number;
  readonly rate: string;
  readonly deduction: string;
}

/** An instrument, by the venue's own name of it. */
export interface InstrumentKey {
  readonly venue: VenueId;
  readonly symbol: string;
}

/** What venues tell of leverage and maintenance margin; it belongs to no tenant. */
export class MarginTierRepository {
  constructor(private readonly tx: Tx) {}

  /** Instruments that are left out keep what was told of them before; what is the same is not written. */
  async tell(venue: VenueId, told: ReadonlyMap<string, readonly MarginTier[]>): Promise<void> {
    if (told.size === 0) return;
    await send(
      this.tx,
      `INSERT INTO margin_tiers AS m (venue, symbol, tiers)
       SELECT $1, n.symbol, n.tiers::jsonb FROM unnest($2::text[], $3::text[]) AS n(symbol, tiers)
       ON CONFLICT (venue, symbol) DO UPDATE SET tiers = EXCLUDED.tiers, updated_at = clock_timestamp()
       WHERE m.tiers <> EXCLUDED.tiers`,
      [venue, [...told.keys()], [...told.values()].map((tiers) => JSON.stringify(tiers.map(asStored)))],
    );
  }

  /** In the order asked for; empty where the venue told nothing. */
  async of(instruments: readonly InstrumentKey[]): Promise<(readonly MarginTier[])[]> {
    if (instruments.length === 0) return [];
    const found = await rows<{ venue: string; symbol: string; tiers: readonly StoredTier[] }>(
      this.tx,
      `SELECT m.venue, m.symbol, m.tiers
       FROM unnest($1::text[], $2::text[]) AS n(venue, symbol)
            JOIN margin_tiers m ON m.venue = n.venue AND m.symbol = n.symbol`,
      [instruments.map(({ venue }) => venue), instruments.map(({ symbol }) => symbol)],
    );
    return instruments.map(
      ({ venue, symbol }) => found.find((one) => one.venue === venue && one.symbol === symbol)?.tiers.map(asTier) ?? [],
    );
  }
}

function asStored({ notionalCap, maxLeverage, maintenanceRate, deduction }: MarginTier): StoredTier {
  return {
    cap: notionalCap.toFixed(),
    leverage: maxLeverage,
    rate: maintenanceRate.toFixed(),
    deduction: deduction.toFixed(),
  };
}

function asTier({ cap, leverage, rate, deduction }: StoredTier): MarginTier {
  return {
    notionalCap: decimal(cap),
    maxLeverage: leverage,
    maintenanceRate: decimal(rate),
    deduction: decimal(deduction),
  };
}
