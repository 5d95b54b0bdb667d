import type { Condition, ConditionVars, Decimal, EpochMs, HoldState, TenantId } from '#domain';
import type { ConditionHolderKind, HeldEntry, MissingPrices } from '#persistence';

/** A condition that is evaluated here. */
export interface Held {
  readonly holderId: string;
  readonly holder: ConditionHolderKind;
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
  /** Something is being written that ends its waiting or must not happen twice: it is not evaluated meanwhile. */
  isSettling: boolean;
}

/** The conditions that this process evaluates, by what they hold and by the instruments they ask for. In memory only. */
export class HeldBook {
  private readonly held = new Map<string, Held>();
  private readonly revisions = new Map<string, number>();
  private readonly byInstrument = new Map<string, Set<string>>();

  get size(): number {
    return this.held.size;
  }

  all(): IterableIterator<Held> {
    return this.held.values();
  }

  get(holderId: string): Held | undefined {
    return this.held.get(holderId);
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
    const current = new Set(index.map((entry) => entry.holderId));
    for (const id of [...this.revisions.keys()]) if (!current.has(id)) this.drop(id);
    return index.filter((entry) => this.revisions.get(entry.holderId) !== entry.revision);
  }

  /** Takes a condition in as it was read; one that is paused is known and not evaluated. */
  put(entry: HeldEntry, held: Held | null): void {
    this.drop(entry.holderId);
    this.revisions.set(entry.holderId, entry.revision);
    if (held === null) return;
    this.held.set(entry.holderId, held);
    for (const instrument of held.instruments) {
      const ids = this.byInstrument.get(instrument) ?? new Set();
      this.byInstrument.set(instrument, ids.add(entry.holderId));
    }
  }

  /** Its next comparison reads it again. */
  drop(holderId: string): void {
    this.revisions.delete(holderId);
    const held = this.held.get(holderId);
    if (held === undefined) return;
    this.held.delete(holderId);
    for (const instrument of held.instruments) {
      const ids = this.byInstrument.get(instrument);
      ids?.delete(holderId);
      if (ids?.size === 0) this.byInstrument.delete(instrument);
    }
  }

  clear(): void {
    this.held.clear();
    this.revisions.clear();
    this.byInstrument.clear();
  }
}
