import { randomBytes } from 'node:crypto';
import { accountStatus, type AccountFacts } from '#domain';
import {
  AccountStateRepository,
  wakeParentsOf,
  type Database,
  type DatabaseClock,
  type HeldAccount,
} from '#persistence';
import type { Logger } from '#observability';
import { accountStatusBroadcast, type QueryClient } from '#queues';
import type { GatewayMetrics } from '../gateway-metrics.js';

export interface AccountStatusReportParts {
  readonly db: Database;
  readonly clock: DatabaseClock;
  readonly broadcasts: Pick<QueryClient, 'say'>;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
}

type Word = ReturnType<typeof accountStatus> & { readonly ban: AccountFacts['ban']; readonly key: string };

/** Says each transition of one account's status as one row and one broadcast, in the order they came (venues.md A8). */
export class AccountStatusReport {
  private said = '';
  /** What is on its way; the same again is not said twice. */
  private latest = '';
  private latestWritten: Promise<void> = Promise.resolve();
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly account: HeldAccount,
    private readonly parts: AccountStatusReportParts,
  ) {}

  /** Takes the status from the facts as they are now, also where those of before are still being written. */
  say(facts: AccountFacts): Promise<void> {
    const { status, reason } = accountStatus(facts, this.parts.clock.now());
    const ban = status === 'banned' ? facts.ban : null;
    const key = `${status} ${reason} ${ban?.scope ?? ''} ${ban?.until ?? ''}`;
    if (key === this.latest) return this.latestWritten;
    this.latest = key;
    const written = this.last.then(() => this.write({ status, reason, ban, key }));
    this.latestWritten = written;
    this.last = written.catch(() => {
      this.said = ''; // its commit may have come through all the same
      if (this.latest === key) this.latest = ''; // said again with the next look
    });
    return written;
  }

  /** Said under our lease: one that was held up while another took the account changes nothing any more. */
  private async write({ status, reason, ban, key }: Word): Promise<void> {
    if (key === this.said) return;
    const { clock, db, broadcasts, logger, metrics } = this.parts;
    const { accountId, tenantId, epoch, venue } = this.account;
    const outcome = await db.inTenant(tenantId, async (tx) => {
      const done = await new AccountStateRepository(tx, tenantId).setStatus(accountId, status, reason, epoch, ban);
      if (done === 'changed') await wakeParentsOf(tx, tenantId, accountId);
      return done;
    });
    if (outcome === 'stale') {
      metrics.staleEpochs.inc({ service: 'exchange-gateway' });
      return;
    }
    this.said = key;
    if (outcome === 'unchanged') return;
    logger.info({ accountId, venue, status, reason }, 'account status');
    await broadcasts.say(
      accountStatusBroadcast,
      { tenantId, accountId, venue, status, reason, at: clock.now() },
      randomBytes(16).toString('hex'),
    );
  }
}
