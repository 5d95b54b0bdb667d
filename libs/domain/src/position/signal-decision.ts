import type { Decimal, Price } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import type { Position, PositionId, StrategyId } from './contract.js';
import type { FireMoment } from './fire-item.js';
import type { PositionChange } from './leg-action.js';
import type { SignalReason, SignalRefusal } from './reason-codes.js';
import type { SignalIntent } from './signal-intent.js';

/** What of a strategy decides about its signals. */
export interface SignalStrategy {
  readonly id: StrategyId;
  readonly market: 'SPOT' | 'FUTURES';
  /** A disabled one takes only what ends or shrinks positions. */
  readonly isActive: boolean;
  readonly onOpenWhileLive: 'reject' | 'replace';
  /** An entry on the live side adds to it. */
  readonly pyramiding: boolean;
}

/** All that the decision about one signal is made of. */
export interface SignalInput {
  readonly intent: SignalIntent;
  readonly strategy: SignalStrategy;
  /** Of the signal, `BTC-USDT`; '' only of an exit-all of every pair and of lots, which their number names. */
  readonly pair: string;
  /**
   * Positions of the strategy and pair, ended ones may be among them; every one of the strategy for an exit-all without a
   * pair, the lot of that number, ended or not, for `close_lot`.
   */
  readonly positions: readonly Position[];
  /** Enabled now. */
  readonly subscriptions: number;
  /** Of the reference exchange, null when none is younger than 60 s. */
  readonly mid: Price | null;
  /** The newest price however old: the reference of a close without a mid; null when there was never one. */
  readonly lastPrice: Price | null;
  /** By the database. */
  readonly at: EpochMs;
  /** Why the trading state or a risk limit lets no entry through; null: it does. */
  readonly entryRefusal: string | null;
  /** Identity of the position that the signal may make. */
  readonly fresh: { readonly id: PositionId; readonly number: number };
  /** Everything is checked and nothing changes: `test_ok`. */
  readonly isTest: boolean;
}

export interface SignalDecision {
  readonly reason: SignalReason;
  /** What was found and what was expected; for the sender. */
  readonly message: string;
  /** What was accepted and is likely a mistake. */
  readonly warnings: readonly string[];
  /** Positions as they are afterwards, those that end before those that take their place. */
  readonly changes: readonly PositionChange[];
}

export const refused = (reason: SignalRefusal, message: string): SignalDecision => ({
  reason,
  message,
  warnings: [],
  changes: [],
});

export const ignored = (
  reason: 'ignored_no_position' | 'ignored_already_closed' | 'ignored_already_in_state',
  message: string,
): SignalDecision => ({ reason, message, warnings: [], changes: [] });

/** What the market is to a signal: paper trades at the mid, closes at what was last known if there is none. */
export function momentOfSignal({ at, mid, lastPrice, subscriptions }: SignalInput): FireMoment {
  return { at, quote: mid ?? lastPrice, subscriptions };
}

/** `position 44 (long 0.5 BTC-USDT, open)`. */
export function nameOf({ number, side, size, pair, state }: Position): string {
  return `position ${number} (${side} ${size.toFixed()} ${pair}, ${state})`;
}

export const textOf = (value: Decimal | null): string => value?.toFixed() ?? 'none';
