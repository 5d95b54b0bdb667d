import type { Instrument } from '../instrument/instrument.js';
import { Dec, floorTo, type Decimal, type Price } from '../numeric/decimal.js';
import type { FailureReason, Sizing } from '../parent-order/parent-order.js';

/** A member of a chain whose turn has come, as far as the market decides whether it may begin. */
export interface TurnRequest {
  readonly sizing: Sizing;
  readonly orderQty: Decimal;
  /** Of every venue that it may trade on; none: no such instrument any more. */
  readonly instruments: readonly Instrument[];
  /** Null without a market that is fresh enough. */
  readonly mid: Price | null;
}

export type TurnVerdict =
  | { readonly kind: 'begin' }
  /** For a market. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'fail'; readonly reason: FailureReason; readonly text: string };

/** The market checks of order-api.md 3.6, run again at a member's turn (order-api.md 7; reasons in ADR 39). */
export function judgeTurn({ sizing, orderQty, instruments, mid }: TurnRequest): TurnVerdict {
  const open = instruments.filter((instrument) => instrument.status === 'trading');
  const [first] = open;
  if (first === undefined)
    return { kind: 'fail', reason: 'pair_suspended', text: 'the pair does not trade on any of its venues' };
  if (mid === null) return { kind: 'wait' };
  const reaches = open.some((instrument) => reachesMinimum(instrument, sizing, orderQty, mid));
  if (reaches) return { kind: 'begin' };
  const least = open.reduce(
    (lowest, { minNotional }) => (minNotional.lt(lowest) ? minNotional : lowest),
    first.minNotional,
  );
  const notional = sizing === 'quote' ? orderQty : orderQty.mul(mid);
  return {
    kind: 'fail',
    reason: 'venue_rejected',
    text: `notional must be at least the minimum of ${least.toFixed()} ${first.quote}, was ${notional.toFixed()} at ${mid.toFixed()}`,
  };
}

function reachesMinimum(
  { lot, minQty, minNotional }: Instrument,
  sizing: Sizing,
  orderQty: Decimal,
  mid: Price,
): boolean {
  const qty = floorTo(sizing === 'base' ? orderQty : orderQty.div(mid), lot);
  const notional = sizing === 'quote' ? orderQty : qty.mul(mid);
  return qty.gte(Dec.max(minQty, lot)) && notional.gte(minNotional);
}
