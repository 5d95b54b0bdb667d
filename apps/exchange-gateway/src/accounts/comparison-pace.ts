import { backoffMs, type Random } from '#venues';

/** How often what is compared (venues.md A7); ms. */
export interface AccountPeriods {
  readonly doubtsMs: number;
  readonly openOrdersMs: number;
  readonly everythingMs: number;
}

/** `poll` is what stands in for a user stream: everything but settings and fees. */
export type Due = 'everything' | 'poll' | 'open_orders';

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;
/** The next whole comparison serves as a poll where it comes within this share of the time between two. */
const POLL_NEAR = 0.5;

/** When an account's comparisons are due: the periodic ones, polls, and those that are tried again. */
export class ComparisonPace {
  private lastDoubts = -Infinity;
  private lastOpenOrders = -Infinity;
  private lastAllSymbols = -Infinity;
  private lastEverything = -Infinity;
  private lastHoldings = -Infinity;
  private pollWanted = false;
  private pollEveryMs = 0;
  private retryAt = -Infinity;
  private failures = 0;

  constructor(
    private readonly periods: AccountPeriods,
    private readonly random: Random = Math.random,
    /** Monotonic, ms. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The venue has no stream, or none that is enough: it should be asked, as soon as its limits allow. */
  wantPoll(): void {
    this.pollWanted = true;
  }

  /** Everything should be compared at the next opportunity, though nothing is in doubt. */
  wantEverything(): void {
    this.lastEverything = -Infinity;
  }

  /** True while a comparison that was refused or failed waits to be tried again. */
  get isWaiting(): boolean {
    return this.now() < this.retryAt;
  }

  /** True once per period. */
  takeDoubts(): boolean {
    const now = this.now();
    if (now - this.lastDoubts <= this.periods.doubtsMs) return false;
    this.lastDoubts = now;
    return true;
  }

  /** What is due; null when nothing is. @param isUrgent something is in doubt, or begun and not finished */
  due(isUrgent: boolean): Due | null {
    const now = this.now();
    const { openOrdersMs, everythingMs } = this.periods;
    if (isUrgent || now - this.lastEverything > everythingMs) return 'everything';
    if (this.isPollDue(now)) return 'poll';
    return now - this.lastOpenOrders > openOrdersMs ? 'open_orders' : null;
  }

  /** Open orders are listed of all symbols as seldom as everything is compared, else of those in which we have orders. */
  get ofAllSymbols(): boolean {
    return this.now() - this.lastAllSymbols > this.periods.everythingMs;
  }

  /** @param pollEveryMs how long the next poll should be away by the venue's limits */
  finished(what: Due, ofAllSymbols: boolean, pollEveryMs = this.pollEveryMs): void {
    const now = this.now();
    this.failures = 0;
    this.retryAt = -Infinity;
    this.lastOpenOrders = now;
    if (ofAllSymbols) this.lastAllSymbols = now;
    if (what === 'open_orders') return;
    this.lastHoldings = now;
    this.pollWanted = false;
    this.pollEveryMs = pollEveryMs;
    if (what === 'everything') this.lastEverything = now;
  }

  /** A poll that has nothing to ask for. */
  skipPoll(): void {
    this.lastHoldings = this.now();
    this.pollWanted = false;
  }

  /** The budget was refused: nothing is wrong. @param retryInMs when the venue's limit has room again */
  waits(retryInMs: number): void {
    const wait = Math.min(LONGEST_RETRY_MS, Math.max(FIRST_RETRY_MS, retryInMs));
    this.retryAt = this.now() + wait * (1 + this.random() / 4);
  }

  /** The venue did not answer, or not readably: each time in turn the next try is further away, up to 30 s. */
  failed(): void {
    this.retryAt = this.now() + backoffMs(this.failures, this.random, FIRST_RETRY_MS, LONGEST_RETRY_MS);
    this.failures += 1;
  }

  /** The venue is there again: what failed is tried at once. */
  retryNow(): void {
    if (this.failures === 0) return; // it waits for its budget, which is not there any sooner
    this.failures = 0;
    this.retryAt = -Infinity;
  }

  private isPollDue(now: number): boolean {
    if (!this.pollWanted || now - this.lastHoldings < this.pollEveryMs) return false;
    return this.lastEverything + this.periods.everythingMs - now > this.pollEveryMs * POLL_NEAR;
  }
}
