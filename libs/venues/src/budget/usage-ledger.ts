/**
 * Usage booked ahead in Postgres, for limits whose count the venue never tells: rebuilt from here after
 * Redis has lost its state (venues.md B4). Windows are by their start in venue time; of a limit without windows of the
 * clock they are stretches of {@link bookedSpanMs}.
 */
export interface UsageLedger {
  /** Sum booked by all processes; 0 when there is no row. */
  bookedInWindow(limitId: string, scope: string, windowStart: number): Promise<number>;
  /** Adds to it; must be durable before it resolves. */
  book(limitId: string, scope: string, windowStart: number, amount: number): Promise<void>;
}

/** A process books this share of a limit at a time, in thousandths. */
const BLOCK = 10;

/** Keeps this process's bookings ahead of what it uses. */
export class BookedAhead {
  private readonly allowances = new Map<string, { left: number; endsAt: number }>();
  private pending: Promise<void> = Promise.resolve();

  constructor(private readonly ledger: UsageLedger) {}

  /** Returns once `cost` is covered in each of the windows. One booking at a time, so that none is made twice. */
  cover(
    draw: { readonly id: string; readonly scope: string; readonly limit: number; readonly spanMs: number },
    cost: number,
    starts: readonly number[],
  ): Promise<void> {
    const covered = this.pending.then(async () => {
      for (const start of starts) await this.coverOne(draw, cost, start);
    });
    this.pending = covered.catch(() => undefined);
    return covered;
  }

  private async coverOne(
    draw: { readonly id: string; readonly scope: string; readonly limit: number; readonly spanMs: number },
    cost: number,
    start: number,
  ): Promise<void> {
    const key = `${draw.id}|${draw.scope}|${start}`;
    const known = this.allowances.get(key);
    if (known && known.left >= cost) {
      known.left -= cost;
      return;
    }
    const block = Math.max(cost, Math.ceil((draw.limit * BLOCK) / 1000));
    await this.ledger.book(draw.id, draw.scope, start, block);
    this.forgetBefore(start - draw.spanMs);
    this.allowances.set(key, { left: (known?.left ?? 0) + block - cost, endsAt: start + draw.spanMs });
  }

  private forgetBefore(time: number): void {
    for (const [key, { endsAt }] of this.allowances) if (endsAt < time) this.allowances.delete(key);
  }
}
