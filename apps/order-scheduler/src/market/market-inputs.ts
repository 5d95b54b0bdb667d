import {
  Dec,
  ZERO,
  type AccountId,
  type EpochMs,
  type ExecutionMarket,
  type ParentOrderId,
  type PriceBounds,
  type TenantId,
} from '#domain';
import { OwnVolumeRepository, type Database, type OwnVolume, type Tx, type WorkedOrder } from '#persistence';
import type { Whereabouts } from '../wake/order-whereabouts.js';
import { AccountHabits } from './account-habits.js';
import { Forecasts, instrumentsOf, type CountedBefore } from './forecasts.js';
import { countVolume, instrumentKey, type OrderVolume, type PublicReadings } from './order-volume.js';
import type { PriceCollars } from './price-collars.js';
import type { KnownAccount, SchedulerMarket } from './scheduler-market.js';

/** What is asked before a transaction is open: it reads Redis, and the public volume must be the older half. */
export interface AskedAhead {
  readonly budgetFree: ReadonlyMap<AccountId, number>;
  readonly seen: PublicReadings;
}

/** What is read together with the order's lock. */
export interface ReadUnderLock {
  readonly accounts: readonly KnownAccount[];
  readonly own: readonly OwnVolume[];
  readonly collars: ReadonlyMap<AccountId, PriceBounds | null>;
}

export interface Gathered {
  readonly market: Omit<ExecutionMarket, 'loadFactor' | 'exposure'>;
  readonly volume: OrderVolume;
}

/** What was traded in less time says nothing of a rate. */
const SHORTEST_RECORD_MS = 5_000;

/** Everything that `decide` is told of the market, and from where. */
export class MarketInputs {
  readonly forecasts = new Forecasts();
  private readonly habits: AccountHabits;

  constructor(
    private readonly market: SchedulerMarket,
    db: Pick<Database, 'inTenant'>,
    private readonly collars: PriceCollars,
  ) {
    this.habits = new AccountHabits(db);
  }

  async ask(ahead: Whereabouts): Promise<AskedAhead> {
    const [budgetFree] = await Promise.all([this.market.budgetFree(ahead), this.market.learn(ahead.legs)]);
    return { budgetFree, seen: this.see(ahead) };
  }

  /** The public volumes as they are told now. */
  see({ legs }: Pick<WorkedOrder, 'legs'>): PublicReadings {
    return new Map(legs.map((leg) => [instrumentKey(leg), this.market.snapshot(leg)]));
  }

  /** Statements of one round trip: none waits for another's answer. */
  async read(tx: Tx, tenantId: TenantId, id: ParentOrderId, ahead: Whereabouts): Promise<ReadUnderLock> {
    const [accounts, own, bounds] = await Promise.all([
      this.market.readAccounts(tx, tenantId, id, ahead.legs),
      new OwnVolumeRepository(tx, tenantId).read(id, ahead.legs),
      Promise.all(ahead.legs.map(async (leg) => [leg.accountId, await this.collars.of(tx, tenantId, leg)] as const)),
    ]);
    return { accounts, own, collars: new Map(bounds) };
  }

  async gather(tx: Tx, order: WorkedOrder, asked: AskedAhead, read: ReadUnderLock, now: EpochMs): Promise<Gathered> {
    const volume = await countVolume(tx, order, asked.seen, read.own, now);
    const before = await this.countedBefore(tx, order, now);
    const plansByVolume = order.algorithm === 'vwap' || order.algorithm === 'is' || order.params.povTarget !== null;
    const forecast = plansByVolume
      ? await this.forecasts.of(tx, order, now)
      : { profile: null, hourlyVolatilityBps: null };
    const accounts = this.market.accounts(order, read.accounts, asked.budgetFree, {
      habits: (leg) => this.habits.of(order.tenantId, leg),
      countedBefore: (leg) => before.get(instrumentKey(leg))?.fiveMinutes ?? null,
      priceCollar: ({ accountId }) => read.collars.get(accountId) ?? null,
    });
    return {
      market: {
        accounts,
        othersVolume: volume.others,
        marketVolume: volume.all,
        othersPerMs: this.othersPerMs(order, volume, before, now),
        ...forecast,
      },
      volume,
    };
  }

  /** Only where it says anything: which of several accounts trades, and when the volume will have come. */
  private async countedBefore(tx: Tx, order: WorkedOrder, now: EpochMs): Promise<ReadonlyMap<string, CountedBefore>> {
    const { povLimit, povTarget } = order.params;
    const counted = new Map<string, CountedBefore>();
    if (order.legs.length === 1 && povLimit === null && povTarget === null) return counted;
    for (const instrument of instrumentsOf(order))
      counted.set(instrumentKey(instrument), await this.forecasts.counted(tx, instrument, now));
    return counted;
  }

  /**
   * The public rate of fifteen minutes, or of what is recorded of them, in the share that was others' while the order was
   * active.
   */
  private othersPerMs(
    order: WorkedOrder,
    { others, all }: OrderVolume,
    before: ReadonlyMap<string, CountedBefore>,
    now: EpochMs,
  ): number | null {
    let rate = 0;
    for (const instrument of instrumentsOf(order)) {
      const from = before.get(instrumentKey(instrument))?.fifteenMinutes ?? null;
      const snapshot = this.market.snapshot(instrument);
      if (from === null || snapshot === null || now - from.at < SHORTEST_RECORD_MS) return null;
      rate += Dec.max(ZERO, snapshot.cumBaseVolume.sub(from.cumBase)).toNumber() / (now - from.at);
    }
    const share = others === null || all === null || all.isZero() ? 1 : Math.min(1, others.div(all).toNumber());
    return rate * share;
  }
}
