import type { EpochMs } from '#domain';
import type { Logger } from '#observability';
import type { Database, DatabaseClock, HeldAccount } from '#persistence';
import type { CallPriority, Cause, Read } from '#venues';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { Booking } from '../orders/booking.js';
import type { AccountSession } from './account-sessions.js';
import type { Due } from './comparison-pace.js';
import { ComparisonSteps } from './comparison-steps.js';
import { Drift } from './drift.js';
import type { ExternalOrders } from './external-orders.js';
import type { Suspects } from './taken-back.js';

/** What an event changed in the last seconds is left to the next round: lists lag behind streams (venues.md A7). */
export const SETTLE_MS = 5_000;

/** What every part of a comparison works with. */
export interface ReconciliationParts {
  readonly account: HeldAccount;
  readonly session: AccountSession;
  readonly db: Database;
  readonly clock: DatabaseClock;
  readonly booking: Booking;
  readonly external: ExternalOrders;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
  /** Orders of others that were asked for before, so that each is asked for once. */
  readonly foreign: Set<string>;
  /** What could not be read and was told: it is not told again. */
  readonly toldUnreadable: Set<string>;
  /** Fills that one comparison proved to be taken back: the next decides. */
  readonly suspects: Suspects;
}

/** What is asked of the venue in a whole comparison. */
export interface Scope {
  /** What it is made for; null for the periodic one and for polls. */
  readonly doubt: string | null;
  /** How far before the last confirmation orders and fills are asked for again. */
  readonly backMs: number;
  readonly withSettings: boolean;
  readonly withFees: boolean;
  /** Polls come after whatever else wants the budget. */
  readonly priority: CallPriority;
}

/** Before the last confirmation: what is asked for again after a doubt, and each time. */
const BACK_AFTER_DOUBT_MS = 600_000;
export const BACK_MS = 60_000;

/** @param settingsMatter they are compared with everything else, not after a doubt alone */
export function scopeOf(due: Due, doubt: string | null, settingsMatter: boolean): Scope {
  const isWhole = due === 'everything';
  return {
    doubt: isWhole ? doubt : null,
    backMs: isWhole && doubt !== null ? BACK_AFTER_DOUBT_MS : BACK_MS,
    withSettings: isWhole && (doubt !== null || settingsMatter),
    withFees: isWhole,
    priority: due === 'poll' ? 'query' : 'reduce',
  };
}

/** A comparison under way: what it has done so far, so that it can go on after it was cut off. */
export class Begun {
  readonly steps = new ComparisonSteps();
  readonly drift = new Drift();

  constructor(
    readonly scope: Scope,
    readonly beganAt: EpochMs,
  ) {}
}

/** A comparison that was begun so long ago is begun anew: what it has read is too old. */
const BEGUN_KEPT_MS = 600_000;

/** A comparison under way, and what it was begun as. */
export interface UnderWay {
  readonly of: Due;
  readonly comparison: Begun;
}

/**
 * What was cut off goes on, unless something else is wanted by now that covers it. One that is begun in its place is for
 * the doubt of before where there is no new one: nothing has settled it.
 */
export function goOn(
  before: UnderWay | null,
  due: Due,
  doubt: string | null,
  { now, settingsMatter }: { readonly now: EpochMs; readonly settingsMatter: boolean },
): UnderWay {
  const unsettled = before?.comparison.scope.doubt ?? null;
  const isNew = before !== null && now - before.comparison.beganAt < BEGUN_KEPT_MS;
  if (isNew && before.of === due && (unsettled !== null || doubt === null)) return before;
  return { of: due, comparison: new Begun(scopeOf(due, doubt ?? unsettled, settingsMatter), now) };
}

/** What could not be read of the venue, and when asking again makes sense. */
export class CouldNotRead extends Error {
  constructor(
    what: string,
    readonly why: Cause,
    readonly retryAt?: EpochMs,
  ) {
    super(`${what}: ${why.text}`);
  }

  /** Nothing is wrong, only the budget is short. */
  get waits(): boolean {
    return this.why.code === 'BUDGET';
  }
}

/** @throws CouldNotRead */
export async function read<T>(what: string, asked: Promise<Read<T>>): Promise<T> {
  const told = await asked;
  if (told.kind === 'failed') throw new CouldNotRead(what, told.why, told.retryAt);
  return told.value;
}
