import type { Condition, ConditionVars, Decimal, EpochMs, HoldState, ParentOrderId, TenantId } from '#domain';
import type { HeldEntry, MissingPrices } from '#persistence';

/** A condition that is evaluated here. */
export interface Held {
  readonly orderId: ParentOrderId;
  readonly tenantId: TenantId;
  readonly condition: Condition;
  /** Names of the instruments that its prices are of, in the order of the condition's prices. */
  readonly instruments: readonly string[];
  readonly startAt: EpochMs;
  readonly expiresAt: EpochMs | null;
  readonly qty: Decimal;
  /** What Postgres holds. */
  saved: { readonly vars: ConditionVars; readonly missing: MissingPrices };
  state: HoldState;
  /** Monotonic: since when its prices are looked at here. */
  readonly lookingSince: number;
  /** Monotonic; when it was evaluated last. */
  evaluatedAt: number;
  /** The market of one of its prices has changed since. */
  hasNews: boolean;
  /** Something is being written that ends its waiting or must not happen twice: it is not evaluated meanwhile. */
  isSettling: boolean;
}

/** The conditions that this process evaluates, by the orders they hold and by the instruments they ask for. In memory only. */
export class HeldBook {
  private readonly held = new Map<ParentOrderId, Held>();
  private readonly revisions = new Map<ParentOrderId, number>();
  private readonly byInstrument = new Map<string, Set<ParentOrderId>>();

  get size(): number {
    return this.held.size;
  }

  all(): IterableIterator<Held> {
    return this.held.values();
  }

  get(orderId: ParentOrderId): Held | undefined {
    return this.held.get(orderId);
  }

  /** Conditions that ask for the price of an instrument. */
  *on(instrument: string): Generator<Held> {
    for (const id of this.byInstrument.get(instrument) ?? []) {
      const held = this.held.get(id);
      if (held !== undefined) yield held;
    }
  }

  /** Forgets what holds nothing any more, and gives back what must be read: it is new, has changed, or was lost. */
  compare(index: readonly HeldEntry[]): HeldEntry[] {
    const current = new Set(index.map((entry) => entry.orderId));
    for (const id of [...this.revisions.keys()]) if (!current.has(id)) this.drop(id);
    return index.filter((entry) => this.revisions.get(entry.orderId) !== entry.revision);
  }

  /** Takes a condition in as it was read; one that is paused is known and not evaluated. */
  put(entry: HeldEntry, held: Held | null): void {
    this.drop(entry.orderId);
    this.revisions.set(entry.orderId, entry.revision);
    if (held === null) return;
    this.held.set(entry.orderId, held);
    for (const instrument of held.instruments) {
      const ids = this.byInstrument.get(instrument) ?? new Set<ParentOrderId>();
      this.byInstrument.set(instrument, ids.add(entry.orderId));
    }
  }

  /** Its next comparison reads it again. */
  drop(orderId: ParentOrderId): void {
    this.revisions.delete(orderId);
    const held = this.held.get(orderId);
    if (held === undefined) return;
    this.held.delete(orderId);
    for (const instrument of held.instruments) {
      const ids = this.byInstrument.get(instrument);
      ids?.delete(orderId);
      if (ids?.size === 0) this.byInstrument.delete(instrument);
    }
  }

  clear(): void {
    this.held.clear();
    this.revisions.clear();
    this.byInstrument.clear();
  }
}
