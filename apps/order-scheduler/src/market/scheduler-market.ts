import type { AccountId, AccountMarket, Instrument, MarketSnapshot, TenantId, VenueId } from '#domain';
import {
  AccountStateRepository,
  InstrumentRepository,
  RepeatingTask,
  type AccountState,
  type Database,
  type StoredBalance,
  type Tx,
  type WorkedOrder,
} from '#persistence';
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
  readonly balances: readonly StoredBalance[];
}

/** Gathers what `decide` is told: instruments and shares of budget from memory, accounts from the transaction. */
export class SchedulerMarket {
  private instruments = new Map<string, Instrument>();
  private readonly task: RepeatingTask;

  constructor(
    private readonly db: Database,
    private readonly data: MarketData,
    private readonly budgets: BudgetShares,
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

  snapshot(order: Pick<WorkedOrder, 'venue' | 'symbol'>): MarketSnapshot | null {
    return this.data.get(order.venue, order.symbol);
  }

  /** What the transaction says of the accounts; asked for together with the order's lock. */
  readAccounts(tx: Tx, tenantId: TenantId, accountIds: readonly AccountId[]): Promise<KnownAccount[]> {
    const states = new AccountStateRepository(tx, tenantId);
    return Promise.all(
      accountIds.map(async (accountId) => {
        const [state, balances] = await Promise.all([states.read(accountId), states.balances(accountId)]);
        return { accountId, state, balances };
      }),
    );
  }

  /** @throws Error when the order's instrument is not known, which an accepted order's always is */
  accounts(
    order: WorkedOrder,
    known: readonly KnownAccount[],
    budgetFree: ReadonlyMap<AccountId, number>,
  ): AccountMarket[] {
    return order.legs.flatMap((leg) => {
      const instrument = this.instruments.get(`${leg.symbol}.${leg.venue}`);
      if (instrument === undefined) throw new Error(`Instrument ${leg.symbol}.${leg.venue} is not loaded`);
      const account = known.find(({ accountId }) => accountId === leg.accountId);
      if (account === undefined) return [];
      const { accountId, state, balances } = account;
      return accountMarket({
        accountId,
        instrument,
        snapshot: this.snapshot(leg),
        state,
        balances,
        side: order.side,
        budgetFree: budgetFree.get(accountId) ?? 0,
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

  private async refresh(): Promise<void> {
    const all = await this.db.inSystem((tx) => new InstrumentRepository(tx).all());
    this.instruments = new Map(all.map((i) => [`${i.symbol}.${i.venue}`, i]));
  }
}
