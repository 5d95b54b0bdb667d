import { lnRatio, sideSign, ZERO, type AccountMarket, type Decimal, type TenantId } from '#domain';
import { AccountHabitsRepository, type Database, type JudgedFill, type OrderLeg } from '#persistence';

/** What is assumed of cancels until enough of them are known. */
const ASSUMED_CANCEL_MS = 500;
const LEAST_CANCELS = 20;
const SHORTEST_CANCEL_MS = 50;
const LONGEST_CANCEL_MS = 10_000;
const FILLS_LOOKED_AT = 200;
const FRESH_MS = 60_000;
/** Accounts and instruments that are remembered; the one asked for longest ago goes first. */
const MOST_KNOWN = 2_000;

/** What our orders have met at one account and instrument. */
export interface Habits {
  readonly makerMarkout: AccountMarket['makerMarkout'];
  readonly cancelP99Ms: number;
}

/** Before anything is known. */
export const NOTHING_MET: Habits = { makerMarkout: { fills: 0, meanLossBps: ZERO }, cancelP99Ms: ASSUMED_CANCEL_MS };

interface Known {
  readonly habits: Habits;
  readonly at: number;
}

/**
 * Markouts of our maker fills and times of our cancels, read again every minute while they are asked for. They are
 * statistics: whoever asks takes what is known and waits for nothing.
 */
export class AccountHabits {
  private readonly known = new Map<string, Known>();
  private readonly reading = new Set<Promise<void>>();

  constructor(
    private readonly db: Pick<Database, 'inTenant'>,
    private readonly monotonic: () => number = () => performance.now(),
  ) {}

  of(tenantId: TenantId, leg: OrderLeg): Habits {
    const key = `${leg.accountId} ${leg.symbol}`;
    const found = this.known.get(key);
    if (found !== undefined && this.monotonic() - found.at < FRESH_MS) return found.habits;
    const habits = found?.habits ?? NOTHING_MET;
    this.keep(key, habits);
    const reading = this.read(tenantId, leg)
      .then((fresh) => this.keep(key, fresh))
      .catch(() => undefined) // the last ones serve for another minute
      .finally(() => this.reading.delete(reading));
    this.reading.add(reading);
    return habits;
  }

  /** Once nothing is being read. */
  async settled(): Promise<void> {
    await Promise.all(this.reading);
  }

  private async read(tenantId: TenantId, { accountId, venue, symbol }: OrderLeg): Promise<Habits> {
    return this.db.inTenant(tenantId, async (tx) => {
      const repository = new AccountHabitsRepository(tx);
      const fills = await repository.makerFills(accountId, venue, symbol, FILLS_LOOKED_AT);
      const { count, p99Ms } = await repository.cancelTimes(accountId);
      return {
        makerMarkout: { fills: fills.length, meanLossBps: meanLoss(fills) },
        cancelP99Ms:
          p99Ms === null || count < LEAST_CANCELS
            ? ASSUMED_CANCEL_MS
            : Math.min(LONGEST_CANCEL_MS, Math.max(SHORTEST_CANCEL_MS, Math.ceil(p99Ms))),
      };
    });
  }

  private keep(key: string, habits: Habits): void {
    this.known.delete(key);
    this.known.set(key, { habits, at: this.monotonic() });
    const oldest = this.known.size > MOST_KNOWN ? this.known.keys().next() : null;
    if (oldest?.done === false) this.known.delete(oldest.value);
  }
}

/** Mean of s * ln(p / mid five seconds later), in bps: what informed flow took from our maker fills. */
function meanLoss(fills: readonly JudgedFill[]): Decimal {
  if (fills.length === 0) return ZERO;
  const sum = fills.reduce<Decimal>(
    (total, { side, price, midAfter }) => total.add(lnRatio(price, midAfter).mul(sideSign(side))),
    ZERO,
  );
  return sum.mul(10_000).div(fills.length).toDecimalPlaces(6);
}
