import type {
  AccountId,
  AccountMarket,
  Decimal,
  Instrument,
  MarketSnapshot,
  ParentOrderId,
  PriceBounds,
  TenantId,
  VenueId,
} from '#domain';
import {
  AccountStateRepository,
  InstrumentRepository,
  PositionRepository,
  RepeatingTask,
  type AccountState,
  type Database,
  type OrderLeg,
  type ReduciblePosition,
  type StoredBalance,
  type Tx,
  type WorkedOrder,
} from '#persistence';
import type { VenueTraits } from '#venues';
import type { Habits } from './account-habits.js';
import type { BudgetShares } from './budget-shares.js';
import { accountMarket } from './account-market.js';

const REFRESH_MS = 10_000;

/** The last known market of an instrument. */
export interface MarketData {
  get(venue: VenueId, symbol: string): MarketSnapshot | null;
}

/** An account as the transaction found it. */
export interface KnownAccount {
  readonly accountId: AccountId;
  readonly state: AccountState | null;
  readonly keyRefused: string | null;
  readonly balances: readonly StoredBalance[];
  /** Null on spot. */
  readonly reducible: ReduciblePosition | null;
}

/** What is known of an account or an instrument beside its rows. */
export interface MarketLore {
  habits(leg: OrderLeg): Habits;
  /** Public base volume that was counted five minutes ago; null when nobody knows. */
  countedBefore(leg: OrderLeg): Decimal | null;
  priceCollar(leg: OrderLeg): PriceBounds | null;
}

/** Gathers what `decide` is told: instruments and shares of budget from memory, accounts from the transaction. */
export class SchedulerMarket {
  private instruments = new Map<string, Instrument>();
  private readonly task: RepeatingTask;
  private refreshing: Promise<void> | null = null;

  constructor(
    private readonly db: Pick<Database, 'inSystem'>,
    private readonly data: MarketData,
    private readonly budgets: BudgetShares,
    private readonly traits: ReadonlyMap<VenueId, Pick<VenueTraits, 'amend'>>,
  ) {
    this.task = new RepeatingTask(
      () => this.refresh(),
      REFRESH_MS,
      () => undefined,
    );
  }

  async start(): Promise<void> {
    await this.refresh();
    this.task.start();
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  snapshot(order: { readonly venue: VenueId; readonly symbol: string }): MarketSnapshot | null {
    return this.data.get(order.venue, order.symbol);
  }

  /** Null while it is not known, as when the venue has taken it off. */
  instrument(place: Pick<WorkedOrder, 'venue' | 'symbol'>): Instrument | null {
    return this.instruments.get(`${place.symbol}.${place.venue}`) ?? null;
  }

  /** Reads instruments that were listed since the last look, so that the first order on one need not wait for the next. */
  async learn(places: readonly Pick<WorkedOrder, 'venue' | 'symbol'>[]): Promise<void> {
    if (places.some((place) => this.instrument(place) === null)) await this.refresh();
  }

  /** What the transaction says of the accounts; asked for together with the order's lock. */
  readAccounts(
    tx: Tx,
    tenantId: TenantId,
    id: ParentOrderId,
    legs: readonly OrderLeg[],
  ): Promise<readonly KnownAccount[]> {
    const states = new AccountStateRepository(tx, tenantId);
    const positions = new PositionRepository(tx, tenantId);
    return Promise.all(
      legs.map(async ({ accountId, venue, symbol }) => {
        const hasPositions = (this.instrument({ venue, symbol })?.marketType ?? 'spot') !== 'spot';
        const [{ state, balances, keyRefused }, reducible] = await Promise.all([
          states.readWithBalances(accountId),
          hasPositions ? positions.reducible(accountId, symbol, id) : null,
        ]);
        return { accountId, state, balances, keyRefused, reducible };
      }),
    );
  }

  /** @throws Error when the order's instrument is not known, which an accepted order's always is */
  accounts(
    order: WorkedOrder,
    known: readonly KnownAccount[],
    budgetFree: ReadonlyMap<AccountId, number>,
    lore: MarketLore,
  ): AccountMarket[] {
    return order.legs.flatMap((leg) => {
      const instrument = this.instrument(leg);
      if (instrument === null) throw new Error(`Instrument ${leg.symbol}.${leg.venue} is not loaded`);
      const account = known.find(({ accountId }) => accountId === leg.accountId);
      if (account === undefined) return [];
      const { accountId, state, balances, keyRefused, reducible } = account;
      return accountMarket({
        accountId,
        instrument,
        snapshot: this.snapshot(leg),
        state,
        balances,
        keyRefused,
        side: order.side,
        budgetFree: budgetFree.get(accountId) ?? 0,
        habits: lore.habits(leg),
        countedBefore: lore.countedBefore(leg),
        priceCollar: lore.priceCollar(leg),
        amend: this.traits.get(leg.venue)?.amend ?? 'none',
        reducible,
        positionSide: order.positionSide,
      });
    });
  }

  /** Asked before a transaction is open: it reads Redis. */
  async budgetFree({ legs }: Pick<WorkedOrder, 'legs'>): Promise<ReadonlyMap<AccountId, number>> {
    const shares = await Promise.all(
      legs.map(
        async ({ accountId, venue, symbol }) =>
          [accountId, await this.budgets.freeShare(venue, accountId, symbol)] as const,
      ),
    );
    return new Map(shares);
  }

  /** One look serves all who wait for it. */
  private refresh(): Promise<void> {
    return (this.refreshing ??= this.read().finally(() => (this.refreshing = null)));
  }

  private async read(): Promise<void> {
    const all = await this.db.inSystem((tx) => new InstrumentRepository(tx).all());
    this.instruments = new Map(all.map((i) => [`${i.symbol}.${i.venue}`, i]));
  }
}
