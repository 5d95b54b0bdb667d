import { audit, type Database, type HeldAccount } from '#persistence';
import type { GatewayMetrics } from '../gateway-metrics.js';

export const DRIFT_KINDS = ['order', 'fill', 'balance', 'position'] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** A difference between our rows and the venue's. */
export interface Mismatch {
  readonly kind: DriftKind;
  /** Which order, asset or symbol. */
  readonly subject: string;
  readonly ours: string;
  readonly theirs: string;
}

/** A venue gone wrong must not fill the audit trail; the gauge has the whole number. */
const MOST_AUDITED = 100;

/** The differences that one comparison found. */
export class Drift {
  private readonly found: Mismatch[] = [];
  private readonly unsaid: Mismatch[] = [];
  private audited = 0;

  /** @param isSaid it is in the audit trail from an earlier comparison: it is counted alone */
  add(mismatch: Mismatch, isSaid = false): void {
    this.found.push(mismatch);
    if (!isSaid && this.audited + this.unsaid.length < MOST_AUDITED) this.unsaid.push(mismatch);
  }

  /** Leaves those in the audit trail that are not there yet (venues.md A7). @param when what the comparison was made for */
  async audit(db: Pick<Database, 'inTenant'>, account: HeldAccount, when: string): Promise<void> {
    const unsaid = [...this.unsaid];
    if (unsaid.length === 0) return;
    await db.inTenant(account.tenantId, (tx) =>
      audit(
        tx,
        account.tenantId,
        unsaid.map((mismatch) => ({
          entity: 'account' as const,
          entityId: account.accountId,
          event: 'RECONCILE_MISMATCH',
          data: { ...mismatch, when, venue: account.venue },
        })),
      ),
    );
    this.unsaid.splice(0, unsaid.length);
    this.audited += unsaid.length;
  }

  /** @param kinds those that were compared */
  show(metrics: Pick<GatewayMetrics, 'reconcileDrift'>, account: HeldAccount, kinds: readonly DriftKind[]): void {
    for (const kind of kinds)
      metrics.reconcileDrift.set(
        { venue: account.venue, account: account.accountId, kind },
        this.found.filter((one) => one.kind === kind).length,
      );
  }
}
