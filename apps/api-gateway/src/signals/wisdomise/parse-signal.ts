import { Dec, err, ok, type Decimal, type PositionSide, type Result, type SignalIntent } from '#domain';
import type { SignalFault } from '../common/fault.js';
import { rootField, type Field } from '../common/field.js';
import type { JsonFields } from '../common/json.js';
import { LEVERAGE } from '../common/ranges.js';
import { MAX_SYMBOL, resolvePair } from '../common/resolve-pair.js';
import type { StrategyTerms } from '../common/strategy-terms.js';
import { readCloseItems } from './close-items.js';
import { readOpenItems } from './open-items.js';

const ACTIONS = new Map([
  ['open', 'open'],
  ['update', 'update'],
  ['close', 'close'],
] as const);
const SIDES = new Map<string, PositionSide>([
  ['long', 'long'],
  ['short', 'short'],
]);

/** A signal of the Wisdomise dialect, right in itself; what is live has not been looked at yet. */
export interface WisdomiseSignal {
  readonly pair: string;
  readonly intent: Extract<SignalIntent, { action: 'open' | 'update' | 'close' }>;
  /** Accepted, and yet doubtful. */
  readonly warnings: readonly string[];
}

/**
 * Reads the body of a dispatch (signal-apis.md 1.1), older forms included. Expiries that have passed, prices
 * that look like mistakes, and on an update whatever hangs on the live position, are for `decideSignal`.
 */
export function parseWisdomiseSignal(body: JsonFields, terms: StrategyTerms): Result<WisdomiseSignal, SignalFault> {
  const root = rootField(body);
  const action = root.at('action').required()?.choice(ACTIONS, 'exact');
  const pair = readPair(root.at('pair'), terms);
  const intent = action === undefined ? undefined : readIntent(root, action, terms);
  const refusal = root.reading.refusal();
  if (refusal !== null) return err(refusal);
  if (!pair.ok) return pair;
  if (intent === undefined) throw new Error('A signal without a fault must have an intent');
  return ok({ pair: pair.value, intent, warnings: root.reading.warnings });
}

/** A symbol that is none of the strategy is refused after whatever is wrong with the body itself. */
function readPair(field: Field, terms: StrategyTerms): Result<string, SignalFault> {
  const symbol = field.required()?.text(MAX_SYMBOL);
  return symbol === undefined ? ok('') : resolvePair(symbol, terms);
}

function readIntent(
  root: Field,
  action: 'open' | 'update' | 'close',
  terms: StrategyTerms,
): WisdomiseSignal['intent'] | undefined {
  // Clients close with the whole of what they opened with: nothing else is looked at.
  if (action === 'close') return { action, side: null };
  const leverage = readLeverage(root, terms);
  const position = root.at('position');
  position.object();
  const side = readSide(position, action, terms);
  const orderExpiresAt = position.at('order_expires_at').instant() ?? null;
  const actionExpiresAt = position.at('suggested_action_expires_at').instant() ?? null;
  const openItems = readOpenItems(root);
  if (action === 'open' && openItems.length === 0) root.at('open_orders').complain('must have at least one item');
  const closeItems = [
    ...readCloseItems(root.at('take_profit'), 'take_profit', side ?? null),
    ...readCloseItems(root.at('stop_loss'), 'stop_loss', side ?? null),
  ];
  const lists = { openItems, closeItems, orderExpiresAt, actionExpiresAt };
  if (action === 'update') return { action, side: side ?? null, leverage: leverage ?? null, ...lists };
  if (side === undefined) return undefined;
  return { action, wanted: { side, leverage: leverage ?? new Dec(1), ...lists } };
}

function readLeverage(root: Field, { market }: StrategyTerms): Decimal | undefined {
  const field = root.at('leverage').valueOrBare();
  const leverage = field.decimal(LEVERAGE);
  if (market === 'SPOT' && leverage !== undefined && !leverage.eq(1)) return field.fail('must be 1 for SPOT');
  return leverage;
}

function readSide(position: Field, action: 'open' | 'update', { market }: StrategyTerms): PositionSide | undefined {
  const field = position.at('type');
  const side = (action === 'open' ? field.required() : field)?.choice(SIDES);
  if (market === 'SPOT' && side === 'short') return field.fail('must be long for SPOT', 'rejected_side');
  return side;
}
