import { assertNever } from '../errors/result.js';
import { isLive, type Position, type PositionSide } from './contract.js';
import { closeAll, disabledProblem, open, openUnlessLive, turn, endAll } from './decide-opening.js';
import { increase, reduce, resize } from './decide-resize.js';
import { update } from './decide-update.js';
import { SIGNAL_REASONS } from './reason-codes.js';
import { ignored, nameOf, refused, type SignalDecision, type SignalInput } from './signal-decision.js';
import type { SignalIntent } from './signal-intent.js';

type Intent<A extends SignalIntent['action']> = Extract<SignalIntent, { action: A }>;

/**
 * Decides what a signal does to the positions that are live: the tables of signal-apis.md 1.2, 2.2, 2.3, 4.3 and 6.1.
 * Exactly one reason; the changes are all there is to store, and empty unless the signal took effect.
 */
export function decideSignal(input: SignalInput): SignalDecision {
  const decision = decide(input);
  const isRefused = SIGNAL_REASONS.refused.some((reason) => reason === decision.reason);
  if (!input.isTest || isRefused) return decision;
  return {
    ...decision,
    reason: 'test_ok',
    message: `test, would be ${decision.reason}: ${decision.message}`,
    changes: [],
  };
}

function decide(input: SignalInput): SignalDecision {
  const { intent } = input;
  const live = input.positions.filter(({ state }) => isLive(state));
  switch (intent.action) {
    case 'open':
      return openUnlessLive(input, intent.wanted, live);
    case 'open_lot':
      return disabledProblem(input) ?? open(input, intent.wanted);
    case 'update':
      return live[0] === undefined ? closeAll(input, live, null) : update(input, intent, live[0]);
    case 'close':
      return closeAll(input, live, intent.side);
    case 'close_lot':
      return closeLot(input, intent);
    case 'exit_all':
      return exitAll(input, live);
    case 'enter':
      return enter(input, intent, live);
    case 'increase':
      return increaseLive(input, intent, live[0]);
    case 'reduce':
      return live[0] === undefined ? closeAll(input, live, null) : reduce(input, live[0], intent.ratio);
    case 'reverse':
      return reverse(input, intent, live);
    case 'desired':
      return reach(input, intent, live);
    default:
      return assertNever(intent);
  }
}

/** Closing is idempotent: a lot that is on its way out, or gone, is answered for as it stands. */
function closeLot(input: SignalInput, { number }: Intent<'close_lot'>): SignalDecision {
  const lot = input.positions.find((position) => position.number === number);
  if (lot === undefined) return refused('rejected_position_unknown', `position ${number} not found`);
  if (!isLive(lot.state)) return ignored('ignored_already_closed', `already ended, found ${nameOf(lot)}`);
  return closeAll(input, [lot], null);
}

function exitAll(input: SignalInput, live: readonly Position[]): SignalDecision {
  if (live.length === 0) return closeAll(input, live, null);
  const sorted = live.toSorted((a, b) => a.number - b.number);
  return {
    reason: 'exited_all',
    message: `closed ${sorted.map(nameOf).join(', ')}`,
    warnings: [],
    changes: endAll(input, sorted, 'signal_close'),
  };
}

function enter(input: SignalInput, intent: Intent<'enter'>, live: readonly Position[]): SignalDecision {
  const { wanted, againstLive } = intent;
  const [position] = live;
  if (position === undefined) return disabledProblem(input) ?? open(input, wanted);
  if (position.side !== wanted.side)
    return againstLive === 'close' ? closeAll(input, live, null) : turn(input, wanted, live);
  const [item] = wanted.openItems;
  if (!input.strategy.pyramiding || item === undefined) return inState(position);
  const added = increase(input, position, item);
  const unused = wanted.closeItems.length > 0 && added.reason === 'increased';
  return unused
    ? {
        ...added,
        warnings: [...added.warnings, 'stop_loss and take_profit stay as they are when a position is increased'],
      }
    : added;
}

function increaseLive(
  input: SignalInput,
  { side, item }: Intent<'increase'>,
  position: Position | undefined,
): SignalDecision {
  if (position === undefined) return closeAll(input, [], null);
  if (side !== null && side !== position.side)
    return refused('rejected_side', `side must be that of ${nameOf(position)}, was ${side}`);
  return increase(input, position, item);
}

function reverse(input: SignalInput, { side, wanted }: Intent<'reverse'>, live: readonly Position[]): SignalDecision {
  const [position] = live;
  if (position === undefined) {
    if (side === null) return closeAll(input, live, null);
    return disabledProblem(input) ?? open(input, { ...wanted, side });
  }
  if (side === position.side) return inState(position);
  return turn(input, { ...wanted, side: otherSide(position.side) }, live);
}

function reach(input: SignalInput, intent: Intent<'desired'>, live: readonly Position[]): SignalDecision {
  const { state, change, wanted } = intent;
  const [position] = live;
  if (state === 'flat') return closeAll(input, live, null);
  if (position === undefined) return disabledProblem(input) ?? open(input, { ...wanted, side: state });
  if (position.side !== state) return turn(input, { ...wanted, side: state }, live);
  return resize(input, position, change, wanted.openItems[0]);
}

const inState = (position: Position): SignalDecision =>
  ignored('ignored_already_in_state', `wanted is what is live, ${nameOf(position)}`);

const otherSide = (side: PositionSide): PositionSide => (side === 'long' ? 'short' : 'long');
