import type { Instrument } from '../instrument/instrument.js';
import { Dec, floorTo, ZERO, type Decimal, type Notional, type Price, type Quantity } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import type { EnterAction } from './leg-action.js';
import type { Leg, PendingEntry } from './leg.js';
import type { LegSkip } from './reason-codes.js';
import { ONE } from './size.js';

/** How long an entry waits for the exit of the position before (signal-apis.md 6.3). */
const LONGEST_WAIT_MS = 60_000;

/** What of a subscription decides about its entries. */
export interface EntryTerms {
  readonly status: 'active' | 'limited' | 'paused';
  /** Quote committed to a size of 1, before leverage. */
  readonly capital: Notional;
  /** Where the signal has none. */
  readonly leverage: Decimal;
  readonly maxLeverage: Decimal;
  readonly maxPositions: number;
  readonly onLowBalance: 'skip' | 'scale';
}

/** One entry of a leg, at its fan-out. */
export interface EntryRequest {
  readonly action: Pick<EnterAction, 'amount' | 'orderType' | 'limitPrice'>;
  /** Of the position; null: the subscription's own. */
  readonly leverage: Decimal | null;
  readonly terms: EntryTerms;
  /** The leg has no order yet: limits on positions and the venue's leverage are looked at. */
  readonly isFirst: boolean;
  /** Of the subscription, not ended, without this one. */
  readonly otherLegs: number;
  /** Null: the venue has none of that pair. */
  readonly instrument: Instrument | null;
  /** At the leg's venue; null: not known. */
  readonly mid: Price | null;
  /** Quote that is free at the account; null: not known, and left to the venue. */
  readonly free: Decimal | null;
  /** A one-way futures account has a live leg of the other side on the instrument. */
  readonly isOppositeLive: boolean;
  /** Of a futures account; null on spot. */
  readonly venue: { readonly leverage: Decimal | null; readonly holdsPosition: boolean } | null;
  /** When the signal was accepted, or the item fired. */
  readonly acceptedAt: EpochMs;
  readonly at: EpochMs;
  readonly maxDelayMs: number;
}

export type EntryVerdict =
  | {
      readonly kind: 'enter';
      /** Whole lots. */
      readonly qty: Quantity;
      readonly leverage: Decimal;
      /** What the venue's setting is changed to before; null: it stays. */
      readonly setLeverage: Decimal | null;
      /** The balance allowed less than was asked for. */
      readonly isScaled: boolean;
    }
  | {
      readonly kind: 'skip';
      readonly reason: LegSkip;
      readonly message: string;
      /** The subscription takes no entries until its balance is there again. */
      readonly limits: boolean;
    };

/** How much an entry buys or sells, or why it is left out: floor to lot of capital x amount x leverage / p (signal-apis.md 6.3). */
export function sizeEntry(request: EntryRequest): EntryVerdict {
  const problem = standing(request);
  if (problem !== null) return problem;
  const { instrument, action, terms, free } = request;
  const price = action.orderType === 'limit' ? action.limitPrice : request.mid;
  if (instrument === null || instrument.status !== 'trading' || price === null)
    return skip('instrument_unavailable', unavailable(instrument));
  const leverage = entryLeverage(request);
  const margin = terms.capital.mul(action.amount);
  const qtyFor = (quote: Decimal): Quantity => floorTo(quote.mul(leverage).div(price) as Quantity, instrument.lot);
  const wanted = qtyFor(margin);
  const least = minimumProblem(instrument, wanted, price);
  if (least !== null) return skip('below_minimum', least);
  const isShort = free !== null && free.lt(margin);
  const qty = isShort ? qtyFor(Dec.max(ZERO, free)) : wanted;
  if (isShort && (terms.onLowBalance === 'skip' || minimumProblem(instrument, qty, price) !== null)) {
    const message = `free balance must be ${margin.toFixed()} ${instrument.quote}, was ${free.toFixed()}`;
    return { kind: 'skip', reason: 'insufficient_balance', message, limits: true };
  }
  return { kind: 'enter', qty, leverage, setLeverage: leverageToSet(request, leverage), isScaled: isShort };
}

const skip = (reason: LegSkip, message: string): EntryVerdict => ({ kind: 'skip', reason, message, limits: false });

/** What keeps the subscription out, whatever the market. */
function standing(request: EntryRequest): EntryVerdict | null {
  const { terms, at, acceptedAt, maxDelayMs, isFirst, otherLegs, isOppositeLive } = request;
  const delay = at - acceptedAt;
  if (delay > maxDelayMs) return skip('stale_entry', `entry must leave within ${maxDelayMs} ms, was ${delay} ms late`);
  if (terms.status !== 'active') return skip(terms.status, `subscription must be active, was ${terms.status}`);
  if (isFirst && otherLegs >= terms.maxPositions)
    return skip('max_positions', `positions must be at most ${terms.maxPositions}, ${otherLegs} have not ended`);
  if (isOppositeLive) return skip('opposite_side_live', 'the account holds the other side of the instrument for a leg');
  return null;
}

function unavailable(instrument: Instrument | null): string {
  if (instrument === null) return 'the venue has no such instrument';
  return instrument.status === 'trading' ? `no price for ${instrument.symbol}` : `${instrument.symbol} does not trade`;
}

/** Of the signal as far as the subscription allows, else the subscription's own; 1 on spot. */
function entryLeverage({ leverage, terms, venue }: EntryRequest): Decimal {
  return venue === null ? ONE : Dec.min(leverage ?? terms.leverage, terms.maxLeverage);
}

/** Changed before the first entry only, and only while the account holds nothing there. */
function leverageToSet({ venue, isFirst }: EntryRequest, leverage: Decimal): Decimal | null {
  if (venue === null || !isFirst || venue.holdsPosition || venue.leverage?.eq(leverage) === true) return null;
  return leverage;
}

function minimumProblem({ lot, minQty, minNotional, quote }: Instrument, qty: Quantity, price: Price): string | null {
  const least = Dec.max(minQty, lot);
  if (qty.lt(least)) return `quantity must be at least ${least.toFixed()}, was ${qty.toFixed()}`;
  const notional = qty.mul(price);
  if (notional.gte(minNotional)) return null;
  return `notional must be at least ${minNotional.toFixed()} ${quote}, was ${notional.toFixed()} at ${price.toFixed()}`;
}

export type WaitVerdict =
  | { readonly kind: 'go' }
  /** Judge again then, or when the other leg ends. */
  | { readonly kind: 'wait'; readonly until: EpochMs }
  /** `exit_stuck`. */
  | { readonly kind: 'drop' };

/**
 * Whether an entry may leave that waits for the exit of the position before.
 *
 * @param before the leg of that position of the same subscription; null: it had none
 */
export function judgeWait({ since }: Pick<PendingEntry, 'since'>, before: Leg | null, at: EpochMs): WaitVerdict {
  if (before === null || before.outcome !== null) return { kind: 'go' };
  const until = (since + LONGEST_WAIT_MS) as EpochMs;
  return at < until ? { kind: 'wait', until } : { kind: 'drop' };
}
