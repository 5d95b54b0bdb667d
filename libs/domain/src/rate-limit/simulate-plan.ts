import { emptyBudget, type BudgetState } from './budget-state.js';
import type { Priority } from './limit-definition.js';
import type { LimitDraw } from './limit-draw.js';
import { reserve, type RefusalReason } from './reserve.js';
import { settle } from './settle.js';

/** What a plan is held against: nobody else is waiting. */
type KnownBudget = Pick<BudgetState, 'clock' | 'announced' | 'limits'>;

/** One call of a plan, in the order of time. */
export interface PlannedCall {
  /** From the start of the plan. */
  readonly afterMs: number;
  readonly priority: Priority;
  readonly draws: readonly LimitDraw[];
}

export interface PlanForecast {
  /** Started now, every call would be granted at its time. */
  readonly isFeasible: boolean;
  /** The earliest start from which it would be, by the clock of Redis; null when none was found in time. */
  readonly firstPossibleAt: number | null;
  /** What refuses first when it starts now; null when nothing does. */
  readonly refusal: { readonly call: number; readonly limit: string; readonly reason: RefusalReason } | null;
}

/** Starts, and calls in all of them, that are tried before a plan counts as impossible. */
const MAX_STARTS = 20;
const MAX_TRIES = 2_000;
/** A plan of more calls is not looked at. */
export const MAX_PLANNED_CALLS = 500;
/** How far ahead a start is looked for. */
export const PLAN_HORIZON_MS = 86_400_000;
/** An answer that comes at once: what a plan needs at the least. */
const HOLD_MS = 1;

/**
 * Whether a plan's calls would all be granted at their times, and from which start on. Pure: it spends a copy of the
 * state. Each call is taken as answered at once and successful, and nobody else as calling, so the truth can be later,
 * never earlier. The next start tried is the earliest at which the first refused call could pass: no start before it can
 * do, since every call of the plan before it only comes later then.
 */
export function simulatePlan(known: KnownBudget, calls: readonly PlannedCall[], now: number): PlanForecast {
  let startAt = now;
  let first: PlanForecast['refusal'] = null;
  let tries = 0;
  for (let starts = 0; starts < MAX_STARTS && tries < MAX_TRIES; starts += 1) {
    const refused = firstRefusal(known, calls, startAt);
    if (!refused) return { isFeasible: startAt === now, firstPossibleAt: startAt, refusal: first };
    const { call, limit, reason, retryAt } = refused;
    first ??= { call, limit, reason };
    tries += call + 1;
    startAt = Math.max(startAt + 1, retryAt - (calls[call]?.afterMs ?? 0));
    if (startAt > now + PLAN_HORIZON_MS) break;
  }
  return { isFeasible: false, firstPossibleAt: null, refusal: first };
}

function firstRefusal(
  known: KnownBudget,
  calls: readonly PlannedCall[],
  startAt: number,
): { call: number; limit: string; reason: RefusalReason; retryAt: number } | null {
  let state: BudgetState = { ...emptyBudget(), ...known };
  for (const [call, { afterMs, priority, draws }] of calls.entries()) {
    const at = startAt + afterMs;
    const token = 'plan';
    const taken = reserve(state, { token, priority, holdMs: HOLD_MS, mode: 'normal', at: 0, draws }, at);
    if (!taken.result.granted) {
      const { limit, reason, retryAt } = taken.result;
      return { call, limit, reason, retryAt };
    }
    const answer = { sentAt: at, repliedAt: at, venueMs: -1, venueSlackMs: 0, readings: [], closures: [] };
    const settled = settle(taken.state, { token, outcome: 'success', draws, ...answer }, at);
    state = { ...settled.state, tokens: {} };
  }
  return null;
}
