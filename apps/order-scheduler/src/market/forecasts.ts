import {
  addMs,
  hourlyVolatility,
  PROFILE_DAYS,
  recordedMinutes,
  sampleSecond,
  volumeProfile,
  type Decimal,
  type EpochMs,
  type VenueId,
  type VolumeProfile,
} from '#domain';
import { MarketSampleRepository, VolumeForecastRepository, type Tx, type WorkedOrder } from '#persistence';
import { instrumentKey } from './order-volume.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** A profile holds for its day; what is missing or new every hour is looked for again after this. */
const LOOK_AGAIN_MS = 600_000;
const RECENT_FRESH_MS = 10_000;
/** Seconds that a count of some minutes ago is looked for in, should a sample be missing. */
const TOLERANCE_SECONDS = 15;
/** Instruments, sets of them, and profiles that are remembered; the oldest go first. */
const MOST_KNOWN = 500;

export interface Instrument {
  readonly venue: VenueId;
  readonly symbol: string;
}

export interface Forecast {
  readonly profile: VolumeProfile | null;
  readonly hourlyVolatilityBps: number | null;
}

/** Public base volume that was counted some minutes ago; null when nobody knows. */
export interface CountedBefore {
  readonly fiveMinutes: Decimal | null;
  /** Fifteen minutes ago, or where the record is younger when it began. */
  readonly fifteenMinutes: { readonly cumBase: Decimal; readonly at: EpochMs } | null;
}

interface Made {
  readonly forecast: Forecast;
  readonly day: number;
  readonly at: EpochMs;
}

/** Forecasts from recorded minutes, made once per day and set of instruments, and the profiles that plans name. */
export class Forecasts {
  private readonly made = new Map<string, Made>();
  private readonly profiles = new Map<string, VolumeProfile>();
  private readonly recent = new Map<string, { readonly counted: CountedBefore; readonly at: EpochMs }>();

  /** What an order that is planned now is told: the profile of its newest plan, else the newest one. */
  async of(tx: Tx, order: WorkedOrder, now: EpochMs): Promise<Forecast> {
    const shape = order.plans.at(-1)?.shape;
    const forecast = await this.newest(tx, instrumentsOf(order), now);
    if (shape?.kind !== 'volume') return forecast;
    return { ...forecast, profile: (await this.profile(tx, shape.profileId)) ?? forecast.profile };
  }

  /** Null when there is none of this id. */
  async profile(tx: Tx, id: string): Promise<VolumeProfile | null> {
    const found = this.profiles.get(id) ?? (await new VolumeForecastRepository(tx).profile(id));
    if (found !== null) remember(this.profiles, id, found);
    return found;
  }

  /** Counts of five and fifteen minutes ago. */
  async counted(tx: Tx, { venue, symbol }: Instrument, now: EpochMs): Promise<CountedBefore> {
    const key = instrumentKey({ venue, symbol });
    const known = this.recent.get(key);
    if (known !== undefined && now - known.at < RECENT_FRESH_MS) return known.counted;
    const repository = new MarketSampleRepository(tx);
    const since = (minutes: number): number => sampleSecond(addMs(now, -minutes * 60_000));
    const seconds = Array.from({ length: TOLERANCE_SECONDS }, (_, n) => since(5) + n);
    const samples = await repository.at(venue, symbol, seconds);
    const five = seconds.map((second) => samples.get(second)?.cumBase ?? null).find((cumBase) => cumBase !== null);
    const first = await repository.firstCount(venue, symbol, since(15));
    const counted = {
      fiveMinutes: five ?? null,
      fifteenMinutes: first && { cumBase: first.cumBase, at: (first.second * 1_000) as EpochMs },
    };
    remember(this.recent, key, { counted, at: now });
    return counted;
  }

  private async newest(tx: Tx, instruments: readonly Instrument[], now: EpochMs): Promise<Forecast> {
    const key = instruments.map(instrumentKey).sort().join(' ');
    const known = this.made.get(key);
    const isFresh = known !== undefined && now - known.at < LOOK_AGAIN_MS;
    if (isFresh) return known.forecast;
    const day = Math.floor(now / DAY_MS);
    const isOfToday = known?.day === day && known.forecast.profile !== null;
    const profile = isOfToday ? known.forecast.profile : await makeProfile(tx, instruments, now);
    const forecast = { profile, hourlyVolatilityBps: await volatility(tx, instruments, now) };
    if (profile !== null) remember(this.profiles, profile.id, profile);
    remember(this.made, key, { forecast, day, at: now });
    return forecast;
  }
}

async function makeProfile(tx: Tx, instruments: readonly Instrument[], now: EpochMs): Promise<VolumeProfile | null> {
  const repository = new VolumeForecastRepository(tx);
  const from = ((Math.floor(now / DAY_MS) - PROFILE_DAYS) * DAY_MS) as EpochMs;
  const bars = await Promise.all(instruments.map(({ venue, symbol }) => repository.bars(venue, symbol, from, now)));
  return volumeProfile(recordedMinutes(bars), now);
}

/** Of the first instrument: prices of one pair move together. */
async function volatility(tx: Tx, [first]: readonly Instrument[], now: EpochMs): Promise<number | null> {
  if (first === undefined) return null;
  const from = addMs(now, -26 * HOUR_MS);
  const closes = await new VolumeForecastRepository(tx).hourlyCloses(first.venue, first.symbol, from);
  return hourlyVolatility(closes, Math.floor(now / HOUR_MS));
}

/** Each once, that of the first leg first. */
export function instrumentsOf({ legs }: Pick<WorkedOrder, 'legs'>): readonly Instrument[] {
  return [...new Map(legs.map((leg) => [instrumentKey(leg), { venue: leg.venue, symbol: leg.symbol }])).values()];
}

function remember<T>(known: Map<string, T>, key: string, value: T): void {
  known.delete(key);
  known.set(key, value);
  const oldest = known.size > MOST_KNOWN ? known.keys().next() : null;
  if (oldest?.done === false) known.delete(oldest.value);
}
