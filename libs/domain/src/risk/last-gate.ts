import type { Instrument } from '../instrument/instrument.js';
import { floorTo, type Decimal } from '../numeric/decimal.js';
import { checkExposure, checkList, checkMessages, checkNotional, checkQuantityMax } from './account-controls.js';
import { checkParentQuantity } from './conservation.js';
import { fault, type ControlCode, type Denial } from './denial.js';
import type { GateInput, GateParent } from './gate-input.js';
import { checkCollar, checkReference } from './reference-controls.js';

/**
 * Version of what a row of `child_orders` means. It rises when an older gateway would misread a newer scheduler's rows, or
 * the other way round; then the gate refuses them instead of guessing.
 */
export const CHILD_SCHEMA_VERSION = 1;

/**
 * Longest time from the decision on an immediate-or-cancel child to its claim: a market order is over by then
 * (algorithms.md 4.10), and any other is priced on a book that is long gone. What rests may wait: its price is its own.
 */
const TAKER_MAX_AGE_MS = 10_000;

/** `denial` null lets the child through; `reports` are the limits it passed that are only watched for this account. */
export interface GateVerdict {
  readonly denial: Denial | null;
  readonly reports: readonly Denial[];
}

/** Controls that an account in report-only mode is measured by and not stopped by (reliability.md 5.1). */
const ONLY_REPORTED: ReadonlySet<ControlCode> = new Set<ControlCode>([
  'QUANTITY_ABOVE_MAX',
  'NOTIONAL_ABOVE_MAX',
  'NOTIONAL_PRICE_MISSING',
  'PRICE_OUTSIDE_COLLAR',
  'PRICE_DRIFT_EXCEEDED',
  'REFERENCE_JUMPED',
  'RATE_MESSAGES_EXCEEDED',
  'EXPOSURE_ABOVE_LIMIT',
  'LIST_NOT_ALLOWED',
]);

type Check = (input: GateInput, parent: GateParent, instrument: Instrument) => Denial | null;

/** In the order in which a denial is worth telling: what is wrong with the order before what is wrong with its size. */
const CHECKS: readonly Check[] = [
  checkState,
  checkAge,
  checkList,
  checkInstrument,
  checkReference,
  checkParentPrice,
  checkCollar,
  checkParentQuantity,
  checkQuantityMax,
  checkNotional,
  checkExposure,
  checkMessages,
];

/**
 * The last check before a child order leaves (venues.md A9), on rows read inside the claim's transaction. It shares no
 * code with the scheduler: a scheduler gone wrong must not get past it.
 */
export function lastGate(input: GateInput): GateVerdict {
  const { parent, instrument } = input;
  const misfit = checkOrigin(input);
  if (misfit !== null) return { denial: misfit, reports: [] };
  if (parent === null || instrument === null)
    return { denial: fault('INSTRUMENT_RULE', 'the venue no longer lists the instrument'), reports: [] };
  const reports: Denial[] = [];
  for (const check of CHECKS) {
    const denial = check(input, parent, instrument);
    if (denial === null) continue;
    if (input.limits.enforcement === 'strict' || !ONLY_REPORTED.has(denial.code)) return { denial, reports };
    reports.push(denial);
  }
  return { denial: null, reports };
}

/** Whether the child is one of this version, of a parent that lives, and of that parent's account, symbol and side. */
function checkOrigin({ parent, child, now }: GateInput): Denial | null {
  if (child.schemaVersion !== CHILD_SCHEMA_VERSION)
    return fault(
      'SCHEMA_VERSION',
      `schema version must be ${CHILD_SCHEMA_VERSION}, was ${child.schemaVersion}`,
      String(CHILD_SCHEMA_VERSION),
      String(child.schemaVersion),
    );
  if (parent === null) return fault('PARENT_NOT_ACTIVE', 'there is no such parent order');
  if (parent.status !== 'ACTIVE' && parent.status !== 'FINISHER')
    return fault('PARENT_NOT_ACTIVE', `parent must be ACTIVE or FINISHER, was ${parent.status}`);
  const isOtherSide = parent.side !== null && parent.side !== child.side;
  if (isOtherSide || parent.symbol !== child.symbol || !parent.accountIds.includes(child.accountId))
    return fault('PARENT_MISMATCH', 'account, symbol and side must be the parent order’s');
  if (parent.endsAt !== null && now >= parent.endsAt)
    return fault(
      'PARENT_EXPIRED',
      `parent order ended at ${parent.endsAt}, now ${now}`,
      String(parent.endsAt),
      String(now),
    );
  return null;
}

/** RC-15. */
function checkState({ state, child }: GateInput): Denial | null {
  if (state === 'HALTED') return fault('STATE_HALTED', 'trading is halted');
  if (state === 'REDUCING' && !child.isReducing)
    return fault('STATE_REDUCING', 'only orders that shrink a position may leave');
  return null;
}

/** The engine takes such a child back long before (algorithms.md 4.11), unless no scheduler runs. */
function checkAge({ child, now }: GateInput): Denial | null {
  const ageMs = now - child.decidedAt;
  if (child.timeInForce !== 'ioc' || ageMs <= TAKER_MAX_AGE_MS) return null;
  return fault(
    'DECISION_STALE',
    `an immediate-or-cancel order must be sent within ${TAKER_MAX_AGE_MS} ms, was decided ${ageMs} ms ago`,
    String(TAKER_MAX_AGE_MS),
    String(ageMs),
  );
}

function checkInstrument({ child }: GateInput, _: GateParent, instrument: Instrument): Denial | null {
  const { price, orderQty } = child;
  const { tick, lot, minQty, minNotional } = instrument;
  const against = (text: string, limit: Decimal, value: Decimal): Denial =>
    fault('INSTRUMENT_RULE', `${text} ${limit.toFixed()}, was ${value.toFixed()}`, limit.toFixed(), value.toFixed());
  if (!floorTo(price, tick).eq(price)) return against('price must be a multiple of', tick, price);
  if (!floorTo(orderQty, lot).eq(orderQty)) return against('quantity must be a multiple of', lot, orderQty);
  if (orderQty.lt(minQty)) return against('quantity must be at least', minQty, orderQty);
  const value = price.mul(orderQty);
  if (value.lt(minNotional)) return against('notional must be at least', minNotional, value);
  return null;
}

function checkParentPrice({ child }: GateInput, { limitPrice }: GateParent): Denial | null {
  if (limitPrice === null) return null;
  const isBeyond = child.side === 'buy' ? child.price.gt(limitPrice) : child.price.lt(limitPrice);
  if (!isBeyond) return null;
  const [limit, value] = [limitPrice.toFixed(), child.price.toFixed()];
  return fault('PARENT_PRICE_EXCEEDED', `price must not be worse than ${limit}, was ${value}`, limit, value);
}
