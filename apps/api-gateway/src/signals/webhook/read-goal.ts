import { Dec, type Decimal, type PositionSide } from '#domain';
import type { Field } from '../common/field.js';
import { ANY_NUMBER } from '../common/ranges.js';
import type { StrategyMarket } from '../common/strategy-terms.js';
import { actionNamed, KNOWN_WORDS, type ActionWord } from './action-words.js';

const SIDES = new Map<string, PositionSide>([
  ['long', 'long'],
  ['buy', 'long'],
  ['short', 'short'],
  ['sell', 'short'],
]);
const STATES = new Map<string, PositionSide | 'flat'>([
  ['long', 'long'],
  ['short', 'short'],
  ['flat', 'flat'],
]);

/** What an alert wants, its side included. */
export type Goal =
  | { readonly verb: 'enter'; readonly side: PositionSide; readonly againstLive: 'reverse' | 'close' }
  | { readonly verb: 'close' | 'increase' | 'reduce' | 'reverse'; readonly side: PositionSide | null }
  | { readonly verb: 'exit-all' }
  | {
      readonly verb: 'desired';
      readonly state: PositionSide | 'flat';
      readonly change: { readonly now: Decimal; readonly before: Decimal } | null;
    };

/** The state that is wanted counts for more than the action, except for `exit-all` (signal-apis.md 4.2). */
export function readGoal(root: Field, market: StrategyMarket): Goal | undefined {
  const action = root.firstOf(['action', 'order', 'signal']);
  const said = typeof action.raw === 'string' ? action.raw : '';
  const word = actionNamed(said);
  if (word?.verb === 'exit-all') return { verb: 'exit-all' };
  const state = root.firstOf(['market_position', 'sentiment']);
  if (!state.isAbsent) return readDesired(root, state, market);
  if (action.required() === undefined) return undefined;
  if (word === undefined) return action.fail(`must be one of ${KNOWN_WORDS}`);
  return readAction(root, { field: action, said: said.trim(), word }, market);
}

function readAction(
  root: Field,
  action: { readonly field: Field; readonly said: string; readonly word: Exclude<ActionWord, { verb: 'exit-all' }> },
  market: StrategyMarket,
): Goal | undefined {
  const { word, said } = action;
  const field = root.firstOf(['side', 'position', 'direction']);
  const told = field.choice(SIDES);
  const own = 'side' in word ? word.side : null;
  if (own !== null && told !== undefined && own !== told) return field.fail(`must be ${own}, as ${said} says`);
  const side = own ?? told ?? null;
  // What sells may close a long; anything else that wants a short wants what spot has not.
  const isSell = word.verb === 'enter' && word.againstLive === 'close';
  const mayBeShort = isSell || word.verb === 'close' || word.verb === 'reduce';
  if (market === 'SPOT' && side === 'short' && !mayBeShort)
    return (own === null ? field : action.field).fail('must not be short for SPOT', 'rejected_side');
  if (word.verb !== 'enter') return { verb: word.verb, side };
  if (side !== null) return { verb: 'enter', side, againstLive: word.againstLive };
  // A faulty side has its fault already.
  return field.isAbsent ? field.complain(`is required with ${said}`) : undefined;
}

function readDesired(root: Field, field: Field, market: StrategyMarket): Goal | undefined {
  const state = field.choice(STATES);
  if (state === undefined) return undefined;
  if (market === 'SPOT' && state === 'short') return field.fail('must be long or flat for SPOT', 'rejected_side');
  const change = state === 'flat' ? null : readChange(root, state);
  return { verb: 'desired', state, change };
}

/** How the sender's own position changed: none told when it was of the other side, or nothing, before. */
function readChange(root: Field, state: PositionSide): { now: Decimal; before: Decimal } | null {
  const size = root.at('market_position_size');
  const now = size.decimal(ANY_NUMBER)?.abs();
  const before = root.at('prev_market_position_size').decimal(ANY_NUMBER)?.abs();
  if (now?.isZero() === true) size.fail(`must not be 0 when market_position is ${state}`);
  const previous = root.at('prev_market_position').raw;
  const wasOther = typeof previous === 'string' && previous.trim().toLowerCase() !== state;
  if (now === undefined || before === undefined || before.isZero() || wasOther) return null;
  return { now: new Dec(now), before: new Dec(before) };
}
