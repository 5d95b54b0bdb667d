import type { Decimal } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import type { Condition } from './condition.js';
import { evaluateCondition, type ConditionInputs, type ConditionVars } from './evaluate-condition.js';

/** Times that a condition is held by, in ms (order-api.md 5.5 and 6). */
export const HOLD_TIMES = {
  /** An older price is no price. */
  priceMaxAge: 10_000,
  /** Between two messages that there is no value. */
  tellEvery: 3_600_000,
  /** A price that is missing for so long ends what the condition holds. */
  missingLimit: 86_400_000,
  /** Whoever has just begun to look knows of no price: it looks for so long before it takes one for missing all the time. */
  lookBefore: 60_000,
} as const;

/** What is kept of a held condition between two evaluations. */
export interface HoldState {
  readonly vars: ConditionVars;
  /** Since when which prices are missing, by `pair@exchange`, in ms since the epoch. */
  readonly missing: Readonly<Record<string, number>>;
  /** When it was last told that there is no value. */
  readonly toldAt: EpochMs | null;
}

/** What one evaluation comes to. `vars` and `missing` are the state's own where they did not change. */
export interface HoldVerdict {
  readonly action: 'wait' | 'release' | 'tell' | 'fail';
  /** Why, for people; empty while there is nothing to say. */
  readonly text: string;
  readonly vars: ConditionVars;
  readonly missing: HoldState['missing'];
}

/**
 * Evaluates a held condition and says what follows from it. Pure.
 * @param lookedFor how long whoever asks has looked at the market without a break, in ms
 */
export function judgeHold(
  condition: Condition,
  state: HoldState,
  inputs: Omit<ConditionInputs, 'vars'>,
  lookedFor: number,
): HoldVerdict {
  const { now } = inputs;
  const missing = missingAfter(condition, inputs.prices, state.missing, now);
  const wait = { action: 'wait', text: '', vars: state.vars, missing } as const;
  const lost = Object.entries(missing).find(([, since]) => now - since >= HOLD_TIMES.missingLimit);
  if (lost !== undefined && lookedFor >= HOLD_TIMES.lookBefore)
    return { ...wait, action: 'fail', text: `${lost[0]} had no price for ${HOLD_TIMES.missingLimit / 3_600_000} h` };
  const outcome = evaluateCondition(condition, { ...inputs, vars: state.vars });
  if (outcome.kind === 'value') return { ...wait, action: outcome.holds ? 'release' : 'wait', vars: outcome.vars };
  const isTold = state.toldAt !== null && now - state.toldAt < HOLD_TIMES.tellEvery;
  return isTold ? wait : { ...wait, action: 'tell', text: outcome.text };
}

function missingAfter(
  condition: Condition,
  prices: readonly (Decimal | null)[],
  before: HoldState['missing'],
  now: EpochMs,
): HoldState['missing'] {
  const names = condition.prices
    .filter((_, i) => prices[i] === null)
    .map(({ pair, exchange }) => `${pair}@${exchange}`);
  const isSame = names.length === Object.keys(before).length && names.every((name) => before[name] !== undefined);
  return isSame ? before : Object.fromEntries(names.map((name) => [name, before[name] ?? now]));
}
