import { epochMs, type EpochMs, type HourlyClose, type RecordedBar, type VenueId, type VolumeProfile } from '#domain';
import type { Tx } from '../database.js';
import { affected, row, rows, send } from '../sql.js';

const FROM_MS = (parameter: string): string => `to_timestamp(${parameter}::double precision / 1000)`;
const HOUR_MS = 3_600_000;

/** What forecasts of volume and volatility are made from, and the profiles that plans were made with; of no tenant. */
export class VolumeForecastRepository {
  constructor(private readonly tx: Tx) {}

  /** Bars of `from` and later that were over before `to`, oldest first. */
  async bars(venue: VenueId, symbol: string, from: EpochMs, to: EpochMs): Promise<RecordedBar[]> {
    const found = await rows<{ ms: number; volume: number; complete: boolean }>(
      this.tx,
      `SELECT (extract(epoch FROM minute) * 1000)::double precision AS ms, base_volume::double precision AS volume, complete
       FROM minute_bars WHERE venue = $1 AND symbol = $2 AND minute >= ${FROM_MS('$3')} AND minute < ${FROM_MS('$4')}
       ORDER BY minute`,
      [venue, symbol, from, to],
    );
    return found.map(({ ms, volume, complete }) => ({ minute: epochMs(ms), volume, complete }));
  }

  /** The last price of each hour from `from` on. */
  async hourlyCloses(venue: VenueId, symbol: string, from: EpochMs): Promise<HourlyClose[]> {
    const found = await rows<{ ms: number; close: number }>(
      this.tx,
      `SELECT DISTINCT ON (date_trunc('hour', minute))
              (extract(epoch FROM date_trunc('hour', minute)) * 1000)::double precision AS ms,
              close::double precision AS close
       FROM minute_bars WHERE venue = $1 AND symbol = $2 AND minute >= ${FROM_MS('$3')}
       ORDER BY date_trunc('hour', minute), minute DESC`,
      [venue, symbol, from],
    );
    return found.map(({ ms, close }) => ({ hour: ms / HOUR_MS, close }));
  }

  async profile(id: string): Promise<VolumeProfile | null> {
    const found = await row<{ shares: number[]; mean_daily_volume: number; bars: number }>(
      this.tx,
      'SELECT shares, mean_daily_volume, bars FROM volume_profiles WHERE id = $1',
      [id],
    );
    return found && { id, shares: found.shares, meanDailyVolume: found.mean_daily_volume, bars: found.bars };
  }

  /** In the transaction that stores the plan which names it. */
  async keepProfile({ id, shares, meanDailyVolume, bars }: VolumeProfile): Promise<void> {
    await send(
      this.tx,
      `INSERT INTO volume_profiles (id, shares, mean_daily_volume, bars) VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET used_at = clock_timestamp()`,
      [id, shares, meanDailyVolume, bars],
    );
  }

  /** Removes profiles that no plan was made with since `before`. @returns how many there were */
  pruneProfiles(before: EpochMs): Promise<number> {
    return affected(this.tx, `DELETE FROM volume_profiles WHERE used_at < ${FROM_MS('$1')}`, [before]);
  }
}
