import { Dec, type Decimal } from '../numeric/decimal.js';
import type { Position } from './contract.js';
import { closeAll, entryProblem } from './decide-opening.js';
import { takeShare } from './fire-item.js';
import type { LegAction } from './leg-action.js';
import { armedOpenItem, fireNow } from './new-position.js';
import { ignored, momentOfSignal, nameOf, refused, type SignalDecision, type SignalInput } from './signal-decision.js';
import type { WantedOpenItem } from './signal-intent.js';
import { isNothing, ONE, sizeToCome, SIZE_TOLERANCE } from './size.js';
import { openItemProblem, ratioProblem } from './wanted-problem.js';

/** Adds an entry; with what may still come of others the total is capped at 1 (signal-apis.md 4.3). */
export function increase(input: SignalInput, position: Position, wanted: WantedOpenItem): SignalDecision {
  const problem = openItemProblem(wanted, '[0]');
  if (problem !== null) return refused('rejected_schema', problem);
  const room = ONE.sub(position.size).sub(sizeToCome(position.openItems));
  if (isNothing(room))
    return ignored('ignored_already_in_state', `the size is 1 at most, ${nameOf(position)} has no room for more`);
  if (isNothing(wanted.amount))
    return ignored('ignored_already_in_state', `nothing is added to ${nameOf(position)}, size was 0`);
  const isNow = wanted.gate === null && position.state !== 'armed';
  const refusal = entryProblem(input, isNow) ?? expiryProblem(input, wanted);
  if (refusal !== null) return refusal;
  const amount = Dec.min(wanted.amount, room);
  const item = armedOpenItem({ ...wanted, amount, key: freeKey(position, wanted.key) });
  const larger = { ...position, openItems: [...position.openItems, item] };
  const change = isNow ? fireNow(input, larger, position.openItems.length) : { position: larger, actions: [] };
  const capped = `size ${wanted.amount.toFixed()} was capped to ${amount.toFixed()}, which makes the total 1`;
  return {
    reason: 'increased',
    message: `increased ${nameOf(change.position)}`,
    warnings: amount.lt(wanted.amount) ? [capped] : [],
    changes: [change],
  };
}

/** Takes a share of the size away, and of what entries that rest may still add; all of it closes the position. */
export function reduce(input: SignalInput, position: Position, ratio: Decimal): SignalDecision {
  const problem = ratioProblem(ratio);
  if (problem !== null) return problem;
  if (ratio.gte(ONE.sub(SIZE_TOLERANCE))) return closeAll(input, [position], null);
  const rests = position.openItems.some(({ state }) => state === 'placed');
  if (position.size.isZero() && !rests)
    return ignored('ignored_already_in_state', `nothing to reduce, found ${nameOf(position)}`);
  const reduced = takeShare(position, ratio, momentOfSignal(input));
  const isEnding = reduced.state === 'closing';
  const action: LegAction = isEnding
    ? { kind: 'exit_all', purpose: 'exit', items: [] }
    : { kind: 'exit', ratio, purpose: 'exit', items: [] };
  return {
    reason: 'reduced',
    message: `reduced to ${nameOf(reduced)}`,
    warnings: [],
    changes: [{ position: reduced, actions: reduced.legs === 0 ? [] : [action] }],
  };
}

/**
 * Desired state of the live side: min(1, size x now / before), when both are told (signal-apis.md 4.3).
 *
 * @param entry what an increase is made of
 */
export function resize(
  input: SignalInput,
  position: Position,
  change: { readonly now: Decimal; readonly before: Decimal } | null,
  entry: WantedOpenItem | undefined,
): SignalDecision {
  const same = ignored('ignored_already_in_state', `wanted is what is live, ${nameOf(position)}`);
  if (change === null || change.before.isZero()) return same;
  const target = Dec.min(ONE, position.size.mul(change.now.abs()).div(change.before.abs()));
  const difference = target.sub(position.size);
  if (isNothing(difference.abs())) return same;
  if (difference.isNegative()) return reduce(input, position, difference.neg().div(position.size));
  return entry === undefined ? same : increase(input, position, { ...entry, amount: difference });
}

function expiryProblem({ at }: SignalInput, { orderType, expiresAt, key }: WantedOpenItem): SignalDecision | null {
  if (orderType !== 'limit' || expiresAt === null || expiresAt > at) return null;
  return refused('expired', `the limit order of ${key} must end after ${at}, was ${expiresAt}`);
}

/** The key, or the key with the lowest number from 2 on that no item has. */
function freeKey({ openItems }: Position, key: string): string {
  const taken = new Set(openItems.map((item) => item.key));
  let free = key;
  for (let n = 2; taken.has(free); n += 1) free = `${key}-${n}`;
  return free;
}
