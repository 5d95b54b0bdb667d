import type { Position, PositionEnd, PositionSide } from './contract.js';
import { exitPosition } from './end-position.js';
import { orderExpiry } from './fire-item.js';
import type { PositionChange } from './leg-action.js';
import { newPosition } from './new-position.js';
import { ignored, momentOfSignal, nameOf, refused, type SignalDecision, type SignalInput } from './signal-decision.js';
import type { WantedPosition } from './signal-intent.js';
import { wantedProblem } from './wanted-problem.js';
import { closeWarnings, expectedEntry } from './wanted-warnings.js';

/** Why no entry is made now; null: one may be. */
export function entryProblem(
  { strategy, entryRefusal, mid, pair }: SignalInput,
  isNow: boolean,
): SignalDecision | null {
  if (!strategy.isActive) return refused('rejected_disabled', 'the strategy must be active to enter, was disabled');
  if (entryRefusal !== null) return refused('rejected_risk', entryRefusal);
  if (isNow && mid === null) return refused('rejected_no_price', `no market price for ${pair}`);
  return null;
}

/** Why the position cannot be opened now, as described; null: it can. */
export function openingProblem(input: SignalInput, wanted: WantedPosition): SignalDecision | null {
  return wantedProblem(wanted, input.strategy) ?? expiryProblem(input, wanted);
}

function expiryProblem({ at }: SignalInput, wanted: WantedPosition): SignalDecision | null {
  const { actionExpiresAt, orderExpiresAt } = wanted;
  if (actionExpiresAt !== null && actionExpiresAt <= at)
    return refused('expired', `suggested_action_expires_at must be after ${at}, was ${actionExpiresAt}`);
  const [first] = wanted.openItems;
  if (first?.gate !== null || first.orderType !== 'limit') return null;
  const expiry = first.expiresAt ?? orderExpiresAt;
  if (expiry === null || expiry > at) return null;
  return refused('expired', `the limit order of ${first.key} must end after ${at}, was ${expiry}`);
}

/** Opens a position, nothing being in its way. */
export function open(input: SignalInput, wanted: WantedPosition): SignalDecision {
  const problem = openingProblem(input, wanted) ?? entryProblem(input, entersNow(wanted));
  return problem ?? opened(input, wanted, []);
}

/** Wisdomise `open`: what is live is in the way, or gives way (signal-apis.md 1.2). */
export function openUnlessLive(input: SignalInput, wanted: WantedPosition, live: readonly Position[]): SignalDecision {
  const problem = disabledProblem(input) ?? openingProblem(input, wanted);
  if (problem !== null) return problem;
  const [first] = live;
  if (first !== undefined && input.strategy.onOpenWhileLive === 'reject')
    return refused('rejected_live_position', `no position may be live in ${input.pair}, was ${nameOf(first)}`);
  return entryProblem(input, entersNow(wanted)) ?? opened(input, wanted, endAll(input, live, 'replaced'));
}

/**
 * Ends what is live and opens the other side, whose entries wait for those exits. Where no entry may be made the exit is
 * made all the same: exits are accepted in every trading state.
 */
export function turn(input: SignalInput, wanted: WantedPosition, live: readonly Position[]): SignalDecision {
  const problem = openingProblem(input, wanted);
  if (problem !== null) return problem;
  const ends = endAll(input, live, 'signal_close');
  const refusal = entryProblem(input, entersNow(wanted));
  if (refusal === null) return { ...opened(input, wanted, ends), reason: 'reversed' };
  return {
    reason: 'closed',
    message: `closed ${live.map(nameOf).join(', ')}`,
    warnings: [`no ${wanted.side} was opened, ${refusal.reason}: ${refusal.message}`],
    changes: ends,
  };
}

/** Ends every one of them; none: there is nothing to end. */
export function closeAll(input: SignalInput, live: readonly Position[], side: PositionSide | null): SignalDecision {
  const chosen = live.filter((position) => side === null || position.side === side);
  if (chosen.length === 0) {
    const found = live.map(nameOf).join(', ');
    const message = `no ${side ?? ''}${side === null ? '' : ' '}position is live${input.pair === '' ? '' : ` in ${input.pair}`}`;
    return ignored('ignored_no_position', found === '' ? message : `${message}, found ${found}`);
  }
  return {
    reason: 'closed',
    message: `closed ${chosen.map(nameOf).join(', ')}`,
    warnings: [],
    changes: endAll(input, chosen, 'signal_close'),
  };
}

export function disabledProblem({ strategy }: SignalInput): SignalDecision | null {
  return strategy.isActive ? null : refused('rejected_disabled', 'the strategy must be active, was disabled');
}

function opened(input: SignalInput, wanted: WantedPosition, ends: readonly PositionChange[]): SignalDecision {
  const replaced = ends.map(({ position }) => position).find(({ state }) => state === 'closing') ?? null;
  const made = newPosition(input, wanted, replaced);
  const late = made.position.openItems.filter((item) => {
    const expiry = orderExpiry(made.position, item);
    return item.state === 'armed' && item.orderType === 'limit' && expiry !== null && expiry <= input.at;
  });
  const reason = made.position.state === 'armed' ? 'armed' : 'opened';
  return {
    reason,
    message: `${reason} ${nameOf(made.position)}`,
    warnings: [
      ...closeWarnings(wanted.side, wanted.closeItems, expectedEntry(wanted.openItems, input.mid)),
      ...late.map(({ key }) => `open_orders ${key}: its limit order has expired already and will not be placed`),
    ],
    changes: [...ends, made],
  };
}

/** Ends positions by a signal or in favour of another. */
export function endAll(input: SignalInput, live: readonly Position[], reason: PositionEnd): PositionChange[] {
  return live.map((position) => exitPosition(position, reason, momentOfSignal(input)));
}

const entersNow = ({ openItems }: WantedPosition): boolean => openItems[0]?.gate === null;
