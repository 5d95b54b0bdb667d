import type { AccountId } from '#domain';
import { AccountLeaseRepository, RepeatingTask, type Database, type HeldAccount } from '#persistence';
import type { Logger } from '#observability';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { AccountRunner } from './account-runner.js';
import type { AccountSessions } from './account-sessions.js';

/** Lease length and renewal (venues.md A8). */
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;
/** An account that cannot be compared for so long keeps the others from work no longer: it blocks only itself. */
const COMPARE_PATIENCE_MS = 20_000;
/** A runner that hangs in a call to its venue is not waited for longer than this at the end. */
const STOP_PATIENCE_MS = 15_000;

interface Tended {
  readonly account: HeldAccount;
  readonly runner: Pick<AccountRunner, 'begin' | 'start' | 'stop' | 'wasCompared' | 'isPutAway'>;
  readonly since: number;
}

/**
 * Takes the leases of accounts that nobody looks after, and runs one {@link AccountRunner} for each that it holds. What
 * goes wrong with one never holds up the leases of the others.
 */
export class AccountKeeper {
  private readonly tended = new Map<AccountId, Tended>();
  /** Runners that were told to stop and have not ended yet. */
  private readonly leaving = new Set<Promise<void>>();
  private readonly task: RepeatingTask;
  private renewedOnce = false;
  /** By the monotonic clock: our leases are ours for their length from before we asked. */
  private renewedAt = -Infinity;

  constructor(
    private readonly db: Database,
    private readonly sessions: Pick<AccountSessions, 'venues' | 'forget' | 'forgetIdle'>,
    private readonly newRunner: (account: HeldAccount) => Tended['runner'],
    private readonly instanceId: string,
    private readonly metrics: Pick<GatewayMetrics, 'accountsHeld' | 'staleEpochs'>,
    private readonly logger: Logger,
  ) {
    this.task = new RepeatingTask(
      () => this.renew(),
      RENEW_MS,
      (error) => this.logger.error({ err: error }, 'leases not renewed'),
    );
  }

  start(): this {
    this.task.start();
    return this;
  }

  /** Null where another process looks after the account, or may by now: we were held up for longer than a lease. */
  heldAccount(accountId: AccountId): HeldAccount | null {
    if (performance.now() - this.renewedAt > LEASE_MS) return null;
    return this.tended.get(accountId)?.account ?? null;
  }

  /** Accounts for which {@link heldAccount} has an answer. */
  heldAccounts(): HeldAccount[] {
    return performance.now() - this.renewedAt > LEASE_MS ? [] : [...this.tended.values()].map(({ account }) => account);
  }

  /** Number of the account's next private call; null where the lease is not ours, by our count or by the database's. */
  async nextNonce(accountId: AccountId, least: number): Promise<number | null> {
    const account = this.heldAccount(accountId);
    if (account === null) return null;
    return this.db.inSystem((tx) => new AccountLeaseRepository(tx).nextNonce(this.instanceId, account, least));
  }

  /** Null once every account that this process holds was compared with its venue, or has had its time. */
  notReady(): string | null {
    if (!this.renewedOnce) return 'leases not asked for yet';
    const now = performance.now();
    const waiting = [...this.tended.values()].filter(
      ({ runner, since }) => !runner.wasCompared && now - since < COMPARE_PATIENCE_MS,
    ).length;
    return waiting === 0 ? null : `${waiting} account(s) not compared with their venue yet`;
  }

  /** Stops looking after accounts and lets another process take over at once. */
  async stop(): Promise<void> {
    await this.task.stop();
    for (const [accountId] of this.tended) this.letGo(accountId);
    let patience: NodeJS.Timeout | undefined;
    await Promise.race([
      Promise.all(this.leaving),
      new Promise((resolve) => (patience = setTimeout(resolve, STOP_PATIENCE_MS))),
    ]);
    clearTimeout(patience);
    await this.db
      .inSystem((tx) => new AccountLeaseRepository(tx).releaseAll(this.instanceId))
      .catch((error: unknown) => this.logger.warn({ err: error }, 'leases not released, they run out by themselves'));
  }

  private async renew(): Promise<void> {
    const askedAt = performance.now();
    const held = await this.db.inSystem((tx) =>
      new AccountLeaseRepository(tx).acquire(this.instanceId, this.sessions.venues, LEASE_MS),
    );
    this.renewedAt = askedAt;
    const byId = new Map(held.map((account) => [account.accountId, account]));
    for (const [accountId, { account }] of this.tended) {
      if (byId.get(accountId)?.epoch === account.epoch) continue;
      this.letGo(accountId);
      this.metrics.staleEpochs.inc({ service: 'exchange-gateway' });
      this.logger.warn({ accountId }, 'another process looks after the account now');
    }
    await Promise.all(
      held.filter(({ accountId }) => !this.tended.has(accountId)).map((account) => this.takeOn(account)),
    );
    const accounts = [...this.tended.values()].map(({ account }) => account);
    for (const venue of this.sessions.venues)
      this.metrics.accountsHeld.set({ venue }, accounts.filter((account) => account.venue === venue).length);
    this.renewedOnce = true;
    await this.retire();
    await this.sessions.forgetIdle(new Set(this.tended.keys()));
  }

  /** Lets go for good of accounts that were archived, once nothing of theirs is under way. */
  private async retire(): Promise<void> {
    const away = [...this.tended.values()].filter(({ runner }) => runner.isPutAway).map(({ account }) => account);
    for (const account of away) {
      await this.db.inSystem((tx) => new AccountLeaseRepository(tx).retire(this.instanceId, account));
      this.letGo(account.accountId);
      this.logger.info({ accountId: account.accountId }, 'account archived: nobody looks after it any more');
    }
  }

  /** One that cannot begin is tried again with the next renewal. */
  private async takeOn(account: HeldAccount): Promise<void> {
    const runner = this.newRunner(account);
    try {
      await runner.begin();
    } catch (error) {
      this.logger.error({ accountId: account.accountId, err: error }, 'account not taken on');
      return;
    }
    this.tended.set(account.accountId, { account, runner, since: performance.now() });
    runner.start();
  }

  private letGo(accountId: AccountId): void {
    const gone = this.tended.get(accountId);
    this.tended.delete(accountId);
    if (gone === undefined) return;
    const leaving = gone.runner
      .stop()
      .then(() => (this.tended.has(accountId) ? undefined : this.sessions.forget(accountId)))
      .catch((error: unknown) => this.logger.error({ accountId, err: error }, 'account not let go in order'))
      .finally(() => this.leaving.delete(leaving));
    this.leaving.add(leaving);
  }
}
