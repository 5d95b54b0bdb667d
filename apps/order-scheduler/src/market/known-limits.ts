import { effectiveLimits, type RiskLimits, type TenantId, type VenueId } from '#domain';
import { RiskRepository, type OrderLeg, type Tx } from '#persistence';

/** The gate reads limits with every claim; the engine, which only stays inside them, this often. */
const FRESH_MS = 5_000;
/** Accounts and instruments that are remembered; the one read longest ago goes first. */
const MOST_KNOWN = 2_000;

/** What orders of an account in an instrument are measured by (reliability.md 5.1). */
export class KnownLimits {
  private readonly known = new Map<string, { readonly limits: RiskLimits; readonly at: number }>();

  constructor(
    private readonly isSimulated: (venue: VenueId) => boolean,
    private readonly monotonic: () => number = () => performance.now(),
  ) {}

  async of(tx: Tx, tenantId: TenantId, leg: OrderLeg): Promise<RiskLimits> {
    const key = `${leg.accountId} ${leg.symbol}`;
    const found = this.known.get(key);
    if (found !== undefined && this.monotonic() - found.at < FRESH_MS) return found.limits;
    const rows = await new RiskRepository(tx, tenantId).of(leg.accountId, leg);
    const limits = effectiveLimits(rows, {
      isSimulated: this.isSimulated(leg.venue),
      venueMessagesPerSecond: null,
    });
    this.known.delete(key);
    this.known.set(key, { limits, at: this.monotonic() });
    const oldest = this.known.size > MOST_KNOWN ? this.known.keys().next() : null;
    if (oldest?.done === false) this.known.delete(oldest.value);
    return limits;
  }
}
