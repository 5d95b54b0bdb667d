import type { AccountId } from '#domain';
import { AccountLeaseRepository, RepeatingTask, type Database, type HeldAccount } from '#persistence';
import type { Logger } from '#observability';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { AccountRunner } from './account-runner.js';
import type { AccountSessions } from './account-sessions.js';

/** Lease length and renewal (venues.md A8). */
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;

/** Takes the leases of accounts that nobody looks after, and runs one {@link AccountRunner} for each that it holds. */
export class AccountKeeper {
  private readonly runners = new Map<AccountId, { readonly account: HeldAccount; readonly runner: AccountRunner }>();
  private readonly task: RepeatingTask;
  private renewedOnce = false;
  /** By the monotonic clock: our leases are ours for their length from before we asked. */
  private renewedAt = -Infinity;

  constructor(
    private readonly db: Database,
    private readonly sessions: AccountSessions,
    private readonly newRunner: (account: HeldAccount) => AccountRunner,
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
    return this.runners.get(accountId)?.account ?? null;
  }

  /** Null once every account that this process holds was compared with its venue. */
  notReady(): string | null {
    if (!this.renewedOnce) return 'leases not asked for yet';
    const waiting = [...this.runners.values()].filter(({ runner }) => !runner.wasCompared).length;
    return waiting === 0 ? null : `${waiting} account(s) not compared with their venue yet`;
  }

  /** Stops looking after accounts and lets another process take over at once. */
  async stop(): Promise<void> {
    await this.task.stop();
    await Promise.all([...this.runners.values()].map(({ runner }) => runner.stop()));
    this.runners.clear();
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
    for (const [accountId, { account, runner }] of this.runners) {
      if (byId.get(accountId)?.epoch === account.epoch) continue;
      this.runners.delete(accountId);
      await runner.stop();
      this.metrics.staleEpochs.inc({ service: 'exchange-gateway' });
      this.logger.warn({ accountId }, 'another process looks after the account now');
    }
    for (const account of held)
      if (!this.runners.has(account.accountId)) {
        const runner = this.newRunner(account);
        await runner.begin();
        this.runners.set(account.accountId, { account, runner: runner.start() });
      }
    this.metrics.accountsHeld.set({}, this.runners.size);
    this.renewedOnce = true;
  }
}
