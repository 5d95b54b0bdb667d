import {
  ZERO,
  type CloseItem,
  type Decimal,
  type EpochMs,
  type OpenItem,
  type Position,
  type PositionState,
  type Price,
} from '#domain';
import type { JsonFields } from '../common/json.js';
import { showNumber } from '../common/show-number.js';

const STATUS: Readonly<Record<PositionState, string>> = {
  armed: 'OPENING',
  opening: 'OPENING',
  open: 'OPEN',
  closing: 'CLOSING',
  closed: 'CLOSED',
  cancelled: 'CANCELLED',
};
/** Averages do not end. */
const AVERAGE_DECIMALS = 12;
const PERCENT_DECIMALS = 2;

/** What fills made of a position: base quantities over all legs, or shares of the capital of one on paper. */
export interface Holding {
  readonly entered: Decimal;
  /** Null before the first entry. */
  readonly averageEntry: Price | null;
  readonly exited: Decimal;
  /** Null before the first exit. */
  readonly averageExit: Price | null;
}

export interface ShownWith {
  readonly holding: Holding;
  /** The last accepted body, without secrets. */
  readonly signal: JsonFields;
  /** What the rest would be sold at; null when not known. */
  readonly mark: Price | null;
  /** Of the instrument's tick. */
  readonly priceDecimals: number;
}

/** A position as it is read back (signal-apis.md 1.3), keys in the order of the contract. */
export function showPosition(position: Position, shown: ShownWith): Readonly<Record<string, unknown>> {
  const { holding, signal, mark, priceDecimals } = shown;
  const { state, side, pair, leverage, size, paper, openedAt, closedAt, openItems, closeItems } = position;
  const hasEnded = state === 'closed' || state === 'cancelled';
  const meanOf = (kind: CloseItem['kind']) =>
    orNull(meanTrigger(closeItems, kind, holding.averageEntry), priceDecimals);
  return {
    status: STATUS[state],
    position_side: side.toUpperCase(),
    pair_name: pair.replace('-', ''),
    leverage: leverage === null ? 1 : showNumber(leverage),
    amount: showNumber(hasEnded ? paper.entered : size),
    entry_time: showTime(openedAt),
    exit_time: showTime(closedAt),
    entry_price: orNull(holding.averageEntry, AVERAGE_DECIMALS),
    exit_price: orNull(holding.averageExit, AVERAGE_DECIMALS),
    pnl: orNull(profitPercent(position, holding, mark), PERCENT_DECIMALS),
    stop_loss: meanOf('stop_loss'),
    take_profit: meanOf('take_profit'),
    signal,
    manager: {
      open_orders: openItems.map(showOpenItem),
      take_profit: closeItems.filter(({ kind }) => kind === 'take_profit').map(showCloseItem),
      stop_loss: closeItems.filter(({ kind }) => kind === 'stop_loss').map(showCloseItem),
    },
  };
}

function showOpenItem({ key, gate, amount, orderType, limitPrice, state, appliedAt }: OpenItem) {
  return {
    key,
    condition:
      gate === null ? { type: 'true' } : { type: 'compare', op: gate.op, left: 'price', right: showNumber(gate.price) },
    amount: showNumber(amount),
    order_type: orderType,
    price: limitPrice === null ? null : showNumber(limitPrice),
    applied: state === 'fired' || state === 'placed',
    applied_at: showTime(appliedAt),
  };
}

function showCloseItem({ key, ratio, trigger, state, appliedAt }: CloseItem) {
  return {
    key,
    amount_ratio: showNumber(ratio),
    ...(trigger.kind === 'exact'
      ? { price_exact: showNumber(trigger.price) }
      : { price_ratio: showNumber(trigger.ratio) }),
    applied: state === 'fired',
    applied_at: showTime(appliedAt),
  };
}

/** Ratio-weighted mean of the triggers of armed items; null when there is none, or none with a price yet. */
function meanTrigger(items: readonly CloseItem[], kind: CloseItem['kind'], averageEntry: Price | null): Decimal | null {
  let [weights, sum] = [ZERO, ZERO];
  for (const { kind: own, state, ratio, trigger } of items) {
    if (own !== kind || state !== 'armed') continue;
    const price = trigger.kind === 'exact' ? trigger.price : averageEntry?.mul(trigger.ratio);
    if (price === undefined) continue;
    weights = weights.add(ratio);
    sum = sum.add(price.mul(ratio));
  }
  return weights.isZero() ? null : sum.div(weights);
}

/** (exits + the rest at its mark - entries) / entries, in percent, times the leverage; shorts the other way round. */
function profitPercent({ side, leverage }: Position, holding: Holding, mark: Price | null): Decimal | null {
  const { entered, averageEntry, exited, averageExit } = holding;
  if (averageEntry === null || entered.isZero()) return null;
  const rest = entered.sub(exited);
  if (rest.gt(ZERO) && mark === null) return null;
  const back = exited.mul(averageExit ?? ZERO).add(rest.mul(mark ?? ZERO));
  const paid = entered.mul(averageEntry);
  const gain = back.sub(paid).div(paid).mul(100);
  return (side === 'long' ? gain : gain.neg()).mul(leverage ?? 1);
}

const orNull = (value: Decimal | null, decimals: number) => (value === null ? null : showNumber(value, decimals));

/** `2026-03-02T09:01:00.412Z`. */
const showTime = (at: EpochMs | null): string | null => (at === null ? null : new Date(at).toISOString());
