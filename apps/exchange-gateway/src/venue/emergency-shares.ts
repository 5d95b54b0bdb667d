import type { AccountId, VenueId } from '#domain';
import type { Logger } from '#observability';
import { EmergencyShareRepository, RepeatingTask, type Database, type HeldLease } from '#persistence';
import type { EmergencyHoldings, EmergencyLedger } from '#venues';

/** As the leases of accounts (venues.md A8). */
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;

export interface EmergencySharesOptions {
  readonly owner: string;
  readonly egressId: string;
  /** `MAX_GATEWAY_PODS`. */
  readonly slots: number;
  readonly venues: readonly VenueId[];
}

/**
 * The portions of the emergency share that this process holds by lease, and the notes of what is spent of them
 * (venues.md B7). A lease counts from before it was asked for, by the monotonic clock: a process that was held up for
 * longer spends nothing.
 */
export class EmergencyShares {
  private slot: (HeldLease & { readonly slot: number }) | null = null;
  private venues: ReadonlyMap<VenueId, HeldLease> = new Map();
  private heldUntil = -Infinity;
  private accountOf: (accountId: AccountId) => HeldLease | null = () => null;
  private hadSlot: boolean | null = null;
  private readonly task: RepeatingTask;

  constructor(
    private readonly db: Database,
    private readonly options: EmergencySharesOptions,
    private readonly logger: Logger,
  ) {
    this.task = new RepeatingTask(
      () => this.renew(),
      RENEW_MS,
      (error) => this.logger.warn({ err: error }, 'emergency shares not renewed'),
    );
  }

  /** Shares of an account's own limits follow the account's lease, which somebody else keeps. */
  follow(accountOf: (accountId: AccountId) => HeldLease | null): void {
    this.accountOf = accountOf;
  }

  /** Resolves once the leases were asked for. */
  async start(): Promise<void> {
    await this.renew().catch((error: unknown) => this.logger.warn({ err: error }, 'emergency shares not asked for'));
    this.task.start();
  }

  async stop(): Promise<void> {
    await this.task.stop();
    this.heldUntil = -Infinity;
    await this.db
      .inSystem((tx) => new EmergencyShareRepository(tx).releaseAll(this.options.owner))
      .catch((error: unknown) => this.logger.warn({ err: error }, 'emergency shares not released, they run out'));
  }

  holdingsAt(venue: VenueId): EmergencyHoldings {
    const { egressId, slots } = this.options;
    const live = () => performance.now() < this.heldUntil;
    return {
      slots,
      slot: () =>
        live() && this.slot ? { id: `slot:${egressId}/${this.slot.slot}/${slots}`, epoch: this.slot.epoch } : null,
      venue: () => {
        const lease = live() ? this.venues.get(venue) : undefined;
        return lease ? { id: `venue:${venue}`, epoch: lease.epoch } : null;
      },
      account: (accountId) => {
        const lease = this.accountOf(accountId as AccountId);
        return lease && { id: `account:${accountId}`, epoch: lease.epoch };
      },
    };
  }

  ledgerAt(venue: VenueId): EmergencyLedger {
    const inSystem = <T>(work: (shares: EmergencyShareRepository) => Promise<T>): Promise<T> =>
      this.db.inSystem((tx) => work(new EmergencyShareRepository(tx)));
    return {
      useOf: (limitName, portion) => inSystem((shares) => shares.useOf(venue, limitName, portion)),
      noteUse: (limitName, portion, use) =>
        inSystem((shares) => shares.noteUse(this.options.owner, venue, limitName, portion, use)),
    };
  }

  private async renew(): Promise<void> {
    const { owner, egressId, slots, venues } = this.options;
    const askedAt = performance.now();
    const [slot, held] = await this.db.inSystem(async (tx) => {
      const shares = new EmergencyShareRepository(tx);
      await shares.forgetPast();
      return [
        await shares.acquireSlot(owner, egressId, slots, LEASE_MS),
        await shares.acquireVenues(owner, venues, LEASE_MS),
      ] as const;
    });
    this.slot = slot;
    this.venues = held;
    this.heldUntil = askedAt + LEASE_MS;
    if ((slot !== null) === this.hadSlot) return;
    this.hadSlot = slot !== null;
    if (slot === null)
      this.logger.warn(
        { egressId, slots },
        'no slot is free: without Redis this process sends nothing, not even cancels',
      );
    else this.logger.info({ egressId, slot: slot.slot, slots }, 'emergency slot taken');
  }
}
