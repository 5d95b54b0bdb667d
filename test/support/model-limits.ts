/**
 * How a venue counts, by its own clock and written on its own: nothing here comes from the budget that is tested
 * against it. Every limit counts what we sent apart from what arrived in all, since only ours must fit.
 */
export interface ModelCall {
  readonly isForeign: boolean;
  readonly isCancel: boolean;
  /** A later grant has a higher number. */
  readonly grant: number;
}
export const FOREIGN: ModelCall = { isForeign: true, isCancel: false, grant: 0 };

export interface ModelLimit {
  /** A call arrives, at a time of the venue's clock. Foreign calls are no one's, and cost what they cost. */
  arrive(at: number, cost: number, call: ModelCall): void;
  /** How far our calls alone have gone beyond the limit so far; at most 0 when they never did. */
  readonly excess: number;
  /** What the venue would answer now: its count of everything. */
  told(at: number): { readonly used: number; readonly cap?: number; readonly height?: number };
  /** Whether everything together is beyond the limit, so that the venue refuses. */
  isOver(at: number): boolean;
  /** What of the limit our calls have used up to now, for measuring throughput. */
  readonly ours: number;
}

abstract class Counted implements ModelLimit {
  excess = -Infinity;
  ours = 0;
  abstract told(at: number): { used: number; cap?: number; height?: number };
  abstract isOver(at: number): boolean;
  /** Counts, and gives by how much ours are beyond the limit. */
  protected abstract count(at: number, cost: number, call: ModelCall): number;

  arrive(at: number, cost: number, call: ModelCall): void {
    if (!call.isForeign) this.ours += cost;
    const beyond = this.count(at, cost, call);
    if (!call.isForeign && cost > 0) this.excess = Math.max(this.excess, beyond);
  }
}

/** Windows by the wall clock. */
export class ModelFixedWindow extends Counted {
  private readonly windows = new Map<number, { mine: number; all: number }>();

  constructor(
    private readonly limit: number,
    private readonly windowMs: number,
  ) {
    super();
  }

  protected count(at: number, cost: number, { isForeign }: ModelCall): number {
    const window = this.at(at);
    window.all += cost;
    if (!isForeign) window.mine += cost;
    return window.mine - this.limit;
  }

  told(at: number) {
    return { used: this.at(at).all };
  }

  isOver(at: number): boolean {
    return this.at(at).all > this.limit;
  }

  /** Our calls of every window that is over. */
  get wholeWindows(): number[] {
    return [...this.windows.values()].map(({ mine }) => mine).slice(1, -1);
  }

  private at(time: number): { mine: number; all: number } {
    const number = Math.trunc(time / this.windowMs);
    const known = this.windows.get(number) ?? { mine: 0, all: 0 };
    this.windows.set(number, known);
    return known;
  }
}

/** Any stretch of a length: a list of arrivals, from which the old ones are taken. */
export class ModelRollingWindow extends Counted {
  private arrivals: { at: number; cost: number; isForeign: boolean }[] = [];

  constructor(
    private readonly limit: number,
    private readonly windowMs: number,
  ) {
    super();
  }

  protected count(at: number, cost: number, { isForeign }: ModelCall): number {
    this.arrivals = this.arrivals.filter((a) => at - a.at < this.windowMs);
    this.arrivals.push({ at, cost, isForeign });
    return this.sum(at, false) - this.limit;
  }

  told(at: number) {
    return { used: this.sum(at, true) };
  }

  isOver(at: number): boolean {
    return this.sum(at, true) > this.limit;
  }

  private sum(at: number, withForeign: boolean): number {
    let sum = 0;
    for (const a of this.arrivals) if (at - a.at < this.windowMs && (withForeign || !a.isForeign)) sum += a.cost;
    return sum;
  }
}

/** A bucket that calls empty and time fills; also a pool of credits. Whole microunits, so that nothing is rounded. */
export class ModelBucket extends Counted {
  private mine: number;
  private all: number;
  private last: number | null = null;

  /** @param perSecond with at most three decimals */
  constructor(
    private readonly size: number,
    private readonly perSecond: number,
  ) {
    super();
    this.mine = size * 1e6;
    this.all = size * 1e6;
  }

  protected count(at: number, cost: number, { isForeign }: ModelCall): number {
    this.fill(at);
    this.all = Math.max(0, this.all - cost * 1e6);
    if (!isForeign) this.mine -= cost * 1e6;
    return Math.ceil(-this.mine) / 1e6;
  }

  told(at: number) {
    this.fill(at);
    return { used: this.size - this.all / 1e6 };
  }

  isOver(at: number): boolean {
    this.fill(at);
    return this.all <= 0;
  }

  private fill(at: number): void {
    const gained = Math.max(0, at - (this.last ?? at)) * Math.round(this.perSecond * 1000);
    this.last = Math.max(at, this.last ?? at);
    this.mine = Math.min(this.size * 1e6, this.mine + gained);
    this.all = Math.min(this.size * 1e6, this.all + gained);
  }
}

/** A counter that calls raise and time lowers. */
export class ModelCounter extends Counted {
  private readonly levels = { mine: 0, all: 0 };
  private seenAt = -1;

  constructor(
    private readonly threshold: number,
    private readonly decayPerSecond: number,
  ) {
    super();
  }

  protected count(at: number, cost: number, { isForeign }: ModelCall): number {
    this.decay(at);
    this.levels.all += cost;
    if (!isForeign) this.levels.mine += cost;
    return this.levels.mine - this.threshold - 1e-6;
  }

  told(at: number) {
    this.decay(at);
    return { used: this.levels.all };
  }

  isOver(at: number): boolean {
    this.decay(at);
    return this.levels.all > this.threshold + 1e-6;
  }

  private decay(at: number): void {
    if (this.seenAt >= 0 && at > this.seenAt) {
      const down = ((at - this.seenAt) * this.decayPerSecond) / 1000;
      this.levels.mine = Math.max(0, this.levels.mine - down);
      this.levels.all = Math.max(0, this.levels.all - down);
    }
    this.seenAt = Math.max(this.seenAt, at);
  }
}

/**
 * So many actions in a life, more by trading, and beyond it one a while after the last. Cancels get as much again, so
 * that a call may find the cap reached, or the while begun anew, by cancels that were granted after it and overtook
 * it: no budget can know when it grants. It breaks the limit where it would have done so without those.
 */
export class ModelLifetime extends Counted {
  private all = 0;
  private readonly arrivals: { at: number; cost: number; isCancel: boolean; grant: number }[] = [];

  constructor(
    private cap: number,
    private readonly dripMs: number,
  ) {
    super();
  }

  /** Trading earns more actions. */
  earn(actions: number): void {
    this.cap += actions;
  }

  protected count(at: number, cost: number, { isForeign, isCancel, grant }: ModelCall): number {
    if (cost === 0) return -Infinity;
    this.all += cost;
    if (isForeign) return -Infinity;
    const foreseeable = this.arrivals.filter((other) => !other.isCancel || other.grant < grant);
    this.arrivals.push({ at, cost, isCancel, grant });
    const used = foreseeable.reduce((sum, other) => sum + other.cost, cost);
    const beyond = isCancel ? this.ours - Math.min(this.cap + 100_000, this.cap * 2) : used - this.cap;
    const isDrip = cost === 1 && this.dripMs > 0 && foreseeable.every((other) => at - other.at >= this.dripMs);
    return isDrip && beyond > 0 ? -Infinity : beyond;
  }

  told() {
    return { used: this.all, cap: this.cap };
  }

  isOver(): boolean {
    return false;
  }
}

/**
 * So much in any blocks in a row. A call is in the block that is being made when it arrives, and in the one after where that
 * is all but made: its answer tells the same height in both cases.
 */
export class ModelBlocks extends Counted {
  private readonly mine = new Map<number, number>();
  private readonly all = new Map<number, number>();

  constructor(
    private readonly cap: number,
    private readonly blocks: number,
    private readonly blockMs: number,
  ) {
    super();
  }

  protected count(at: number, cost: number, { isForeign }: ModelCall): number {
    const block = this.done(at) + (this.isLate(at) ? 2 : 1);
    this.all.set(block, (this.all.get(block) ?? 0) + cost);
    if (isForeign) return -Infinity;
    this.mine.set(block, (this.mine.get(block) ?? 0) + cost);
    return this.inRow(this.mine, block) - this.cap;
  }

  told(at: number) {
    return { used: this.inRow(this.all, this.done(at) + 1), height: this.done(at) };
  }

  isOver(at: number): boolean {
    return this.inRow(this.all, this.done(at) + 1) > this.cap;
  }

  /** In the last third of a block, which is proposed by then. */
  private isLate(at: number): boolean {
    return this.done(at + this.blockMs / 6) > this.done(at);
  }

  /** The last finished block. Blocks take from a half to the whole of their longest time. */
  private done(at: number): number {
    const pair = Math.trunc(at / (1.5 * this.blockMs));
    const into = at - pair * 1.5 * this.blockMs;
    return 2 * pair + (into >= this.blockMs ? 1 : 0);
  }

  private inRow(counts: ReadonlyMap<number, number>, last: number): number {
    let sum = 0;
    for (let block = last - this.blocks + 1; block <= last; block += 1) sum += counts.get(block) ?? 0;
    return sum;
  }
}

/** What an order costs that was made or changed so long ago: the venue looks at its age when the call arrives. */
export function modelAgeCost(steps: readonly (readonly [number, number])[], ageMs: number): number {
  for (const [seconds, cost] of steps) if (ageMs / 1000 < seconds) return cost;
  return 0;
}
