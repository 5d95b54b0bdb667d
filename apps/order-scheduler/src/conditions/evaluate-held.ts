import {
  HOLD_TIMES,
  judgeHold,
  ZERO,
  type Decimal,
  type EpochMs,
  type HoldVerdict,
  type MarketSnapshot,
} from '#domain';
import type { Held } from './held-book.js';

/** A condition is evaluated at least so often, whatever the market does. */
const AT_LEAST_EVERY_MS = 1_000;

/** The market at one instant: each instrument's price is looked up once, however many conditions ask for it. */
export class PricesNow {
  private readonly known = new Map<string, Decimal | null>();

  constructor(
    private readonly snapshotOf: (instrument: string) => MarketSnapshot | null,
    readonly now: EpochMs,
  ) {}

  /** The mid; null when it is not known or too old. */
  of(instrument: string): Decimal | null {
    const known = this.known.get(instrument);
    if (known !== undefined) return known;
    const snapshot = this.snapshotOf(instrument);
    const age = snapshot?.at === undefined || snapshot.at === null ? Infinity : this.now - snapshot.at;
    const price = age <= HOLD_TIMES.priceMaxAge ? (snapshot?.mid ?? null) : null;
    this.known.set(instrument, price);
    return price;
  }
}

/** True when the condition is to be evaluated now: its start time has come, and it was not just done. */
export function isDue(held: Held, now: EpochMs, monotonicMs: number): boolean {
  if (held.isSettling || now < held.startAt) return false;
  return held.hasNews || monotonicMs - held.evaluatedAt >= AT_LEAST_EVERY_MS;
}

export function hasExpired(held: Held, now: EpochMs): boolean {
  return held.expiresAt !== null && held.expiresAt <= now;
}

/** Evaluates the condition and keeps what follows from it in memory. */
export function evaluateHeld(held: Held, prices: PricesNow, monotonicMs: number): HoldVerdict {
  const inputs = {
    now: prices.now,
    prices: held.instruments.map((instrument) => prices.of(instrument)),
    builtIns: { ':qty': held.qty, ':current_target': ZERO, ':filled': ZERO },
  };
  const verdict = judgeHold(held.condition, held.state, inputs, monotonicMs - held.lookingSince);
  held.evaluatedAt = monotonicMs;
  held.hasNews = false;
  held.state = { ...held.state, vars: verdict.vars, missing: verdict.missing };
  return verdict;
}
