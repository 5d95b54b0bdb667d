import {
  Dec,
  err,
  ok,
  type Decimal,
  type EpochMs,
  type PositionSide,
  type Result,
  type SignalIntent,
  type WantedOpenItem,
  type WantedPosition,
} from '#domain';
import type { SignalFault } from '../common/fault.js';
import { rootField, type Field } from '../common/field.js';
import type { JsonFields } from '../common/json.js';
import { LEVERAGE } from '../common/ranges.js';
import { MAX_SYMBOL, resolvePair } from '../common/resolve-pair.js';
import type { SignalBody } from '../common/signal-body.js';
import type { StrategyTerms } from '../common/strategy-terms.js';
import { readCloseItems } from './close-items.js';
import { judgeAge } from './judge-age.js';
import { readGoal, type Goal } from './read-goal.js';
import { readOrder } from './read-order.js';
import { readSize } from './read-size.js';
import { readText } from './read-text.js';

const SYMBOL_NAMES = ['symbol', 'ticker', 'pair', 'tv_instrument', 'instrument'] as const;
const ALL = new Dec(1);

export interface AlertTerms extends StrategyTerms {
  /** So many contracts are all of the capital; null: contracts are ignored. */
  readonly fullContracts: Decimal | null;
  /** How old an alert may be that does not say so itself, in s; 120 unless set. */
  readonly maxLagS: number;
}

export type AlertIntent = Exclude<SignalIntent, { action: 'open' | 'open_lot' | 'update' | 'close_lot' }>;

/** An alert, right in itself and fresh; what is live has not been looked at yet. */
export interface Alert {
  /** Null: it is about all positions of the strategy. */
  readonly pair: string | null;
  readonly intent: AlertIntent;
  /** To be decided upon as any other, and then not done. */
  readonly isTest: boolean;
  /** Accepted, and yet doubtful. */
  readonly warnings: readonly string[];
}

/** The fields of an alert: those of its JSON that are not empty, or what its text says. */
export function alertFields(body: SignalBody): Result<JsonFields, SignalFault> {
  if (body.kind === 'json') return ok(Object.fromEntries(Object.entries(body.fields).filter(([, raw]) => raw !== '')));
  const read = readText(body.text);
  // What looks like JSON was meant to be some.
  if (!read.ok && /^\s*[{[]/.test(body.text)) return err({ ...read.error, message: `body: ${body.jsonFault}` });
  return read;
}

/**
 * Reads an alert to the generic webhook (signal-apis.md 4.2, 4.3).
 * @param now of the database: the age of the alert and the end of a limit order count from it
 */
export function parseAlert(body: SignalBody, terms: AlertTerms, now: EpochMs): Result<Alert, SignalFault> {
  const fields = alertFields(body);
  if (!fields.ok) return fields;
  const root = rootField(fields.value);
  const goal = readGoal(root, terms.market);
  const isAll = goal?.verb === 'exit-all';
  const pair = isAll ? ok(null) : readPair(root, terms);
  const intent = goal === undefined ? undefined : readIntent(root, goal, terms, now);
  const isTest = root.at('test').boolean() ?? false;
  if (isAll && !root.firstOf(SYMBOL_NAMES).isAbsent) root.firstOf(SYMBOL_NAMES).warn('is ignored, all positions end');
  const malformed = root.reading.refusal();
  if (malformed !== null) return err(malformed);
  if (!pair.ok) return pair;
  judgeAge(root, goal !== undefined && isExit(goal), terms.maxLagS, now);
  const expired = root.reading.refusal();
  if (expired !== null) return err(expired);
  if (intent === undefined) throw new Error('An alert without a fault must have an intent');
  return ok({ pair: pair.value, intent, isTest, warnings: root.reading.warnings });
}

/** A symbol may be missing where the strategy has but one. */
function readPair(root: Field, terms: StrategyTerms): Result<string | null, SignalFault> {
  const field = root.firstOf(SYMBOL_NAMES);
  const [only, ...others] = terms.symbols;
  if (field.isAbsent && only !== undefined && others.length === 0) return ok(`${only.base}-${only.quote}`);
  const symbol = field.required()?.text(MAX_SYMBOL);
  return symbol === undefined ? ok(null) : resolvePair(symbol, terms);
}

function readIntent(root: Field, goal: Goal, terms: AlertTerms, now: EpochMs): AlertIntent | undefined {
  switch (goal.verb) {
    case 'exit-all':
      return { action: 'exit_all' };
    case 'close':
      return { action: 'close', side: goal.side };
    case 'reduce':
      return readReduce(root, goal.side, terms);
    case 'increase':
      return { action: 'increase', side: goal.side, item: readItem(root, terms, now, 'add') };
    case 'enter': {
      const wanted = { side: goal.side, ...readWanted(root, goal.side, terms, now) };
      return { action: 'enter', againstLive: goal.againstLive, wanted };
    }
    case 'reverse':
      return { action: 'reverse', side: goal.side, wanted: readWanted(root, goal.side, terms, now) };
    case 'desired': {
      const { state, change } = goal;
      const side = state === 'flat' ? null : state;
      const wanted = side === null ? PLAIN_ENTRY : readWanted(root, side, terms, now);
      return { action: 'desired', state, change, wanted };
    }
  }
}

function readReduce(root: Field, side: PositionSide | null, terms: AlertTerms): AlertIntent | undefined {
  const ratio = readSize(root, terms.fullContracts);
  if (ratio !== undefined) return { action: 'reduce', side, ratio };
  const isSilent = root.reading.faults.length === 0;
  return isSilent ? root.at('size').complain('is required with reduce') : undefined;
}

function readItem(root: Field, terms: AlertTerms, now: EpochMs, key: string): WantedOpenItem {
  const amount = readSize(root, terms.fullContracts) ?? ALL;
  return { key, gate: null, amount, ...readOrder(root, now) };
}

function readWanted(
  root: Field,
  side: PositionSide | null,
  terms: AlertTerms,
  now: EpochMs,
): Omit<WantedPosition, 'side'> {
  const leverage = readLeverage(root.firstOf(['leverage', 'lev']), terms) ?? null;
  const openItems = [readItem(root, terms, now, 'open')];
  const closeItems = [
    ...readCloseItems(root.firstOf(['take_profit', 'tp']), 'take_profit', side),
    ...readCloseItems(root.firstOf(['stop_loss', 'sl']), 'stop_loss', side),
  ];
  return { leverage, openItems, closeItems, orderExpiresAt: null, actionExpiresAt: null };
}

/** Of an exit, whatever the alert says beside. */
const PLAIN_ENTRY: Omit<WantedPosition, 'side'> = {
  leverage: null,
  openItems: [{ key: 'open', gate: null, amount: ALL, orderType: 'market', limitPrice: null, expiresAt: null }],
  closeItems: [],
  orderExpiresAt: null,
  actionExpiresAt: null,
};

function readLeverage(field: Field, { market }: StrategyTerms): Decimal | undefined {
  const leverage = field.decimal(LEVERAGE);
  return market === 'SPOT' && leverage?.eq(1) === false ? field.fail('must be 1 for SPOT') : leverage;
}

/** These are sent however late, unless the alert says otherwise. */
function isExit(goal: Goal): boolean {
  return ['close', 'reduce', 'exit-all'].includes(goal.verb) || (goal.verb === 'desired' && goal.state === 'flat');
}
