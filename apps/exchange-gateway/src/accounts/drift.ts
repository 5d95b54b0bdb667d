import { audit, type HeldAccount, type Tx } from '#persistence';
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

  add(mismatch: Mismatch): void {
    this.found.push(mismatch);
  }

  get size(): number {
    return this.found.length;
  }

  /** Leaves them in the audit trail (venues.md A7). @param when what the comparison was made for */
  audit(tx: Tx, account: HeldAccount, when: string): Promise<void> {
    return audit(
      tx,
      account.tenantId,
      this.found.slice(0, MOST_AUDITED).map((mismatch) => ({
        entity: 'account' as const,
        entityId: account.accountId,
        event: 'RECONCILE_MISMATCH',
        data: { ...mismatch, when, venue: account.venue },
      })),
    );
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
