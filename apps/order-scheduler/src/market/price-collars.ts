import { priceBounds, type PriceBounds, type TenantId } from '#domain';
import type { OrderLeg, Tx } from '#persistence';
import type { ReferencePrices } from '#venues';
import type { KnownLimits } from './known-limits.js';

/** The price collar of each account and instrument (reliability.md RC-03), which the engine's prices stay within. */
export class PriceCollars {
  constructor(
    private readonly references: Pick<ReferencePrices, 'of'>,
    private readonly limits: Pick<KnownLimits, 'of'>,
  ) {}

  /** Null where nothing bounds a price. */
  async of(tx: Tx, tenantId: TenantId, leg: OrderLeg): Promise<PriceBounds | null> {
    return priceBounds(await this.limits.of(tx, tenantId, leg), this.references.of(leg.venue, leg.symbol));
  }
}
