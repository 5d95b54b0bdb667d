import type { ParentOrderId, Quantity } from '#domain';

/** Which child order. */
interface ChildPlace {
  readonly parentOrderId: ParentOrderId;
  readonly sequence: number;
}

/** What a venue said of it: how much was filled when, and which fills. */
interface ToldEnd {
  readonly view: { readonly cumQty: Quantity } | null;
  readonly fills: readonly unknown[];
}

const REMEMBERED = 10_000;

/**
 * Orders whose end this process has booked, and how much of each was filled by then. Most ends are told twice, by the
 * stream and as an answer: the second telling needs no look into the database. Never asked whether an order is open.
 */
export class EndedOrders {
  private readonly filled = new Map<string, Quantity>();

  note(key: ChildPlace, { view }: ToldEnd): void {
    if (view === null) return;
    this.filled.set(nameOf(key), view.cumQty);
    const [oldest] = this.filled.keys();
    if (this.filled.size > REMEMBERED && oldest !== undefined) this.filled.delete(oldest);
  }

  /** True when these facts say nothing beyond what was booked. */
  covers(key: ChildPlace, { view, fills }: ToldEnd): boolean {
    const filled = this.filled.get(nameOf(key));
    return filled !== undefined && fills.length === 0 && view !== null && view.cumQty.lte(filled);
  }

  /** What was booked of it has changed. */
  forget(key: ChildPlace): void {
    this.filled.delete(nameOf(key));
  }
}

function nameOf({ parentOrderId, sequence }: ChildPlace): string {
  return `${parentOrderId} ${sequence}`;
}
