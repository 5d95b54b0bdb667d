import type { Decimal, Price } from '../numeric/decimal.js';
import type { Brand } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';

/** UUID of a position of a strategy, not of what an account holds at its venue. */
export type PositionId = Brand<string, 'PositionId'>;
export type StrategyId = Brand<string, 'StrategyId'>;
export type SubscriptionId = Brand<string, 'SubscriptionId'>;
export type LegId = Brand<string, 'LegId'>;

export type PositionSide = 'long' | 'short';

/** States of signal-apis.md 6.1; `armed`, `opening` and `open` are live. */
export const POSITION_STATES = ['armed', 'opening', 'open', 'closing', 'closed', 'cancelled'] as const;
export type PositionState = (typeof POSITION_STATES)[number];

export const isLive = (state: PositionState): boolean => state === 'armed' || state === 'opening' || state === 'open';

/** Why a position ended (signal-apis.md 5.3, a closed list). */
export type PositionEnd =
  | 'signal_close'
  | 'size_zero'
  | 'liquidated'
  | 'entry_expired'
  | 'no_entry_left'
  | 'no_execution'
  | 'replaced'
  | 'operator';

/** A price that must be reached; equality counts. */
export interface PriceGate {
  readonly op: '>=' | '<=';
  readonly price: Price;
}

/** `placed` is a limit item whose entry orders are out; `fired` and `placed` and `expired` can no longer be edited. */
export type OpenItemState = 'armed' | 'placed' | 'fired' | 'expired';

/** One entry of a position: a share of the capital, now or once a price is reached. */
export interface OpenItem {
  readonly key: string;
  /** Null fires at once. */
  readonly gate: PriceGate | null;
  /** Share of the subscriber's capital, 0..1; 0 opens the position without an order. */
  readonly amount: Decimal;
  readonly orderType: 'market' | 'limit';
  /** Of a limit item. */
  readonly limitPrice: Price | null;
  /** When its resting order ends; null: with the position's `orderExpiresAt`. */
  readonly expiresAt: EpochMs | null;
  readonly state: OpenItemState;
  readonly appliedAt: EpochMs | null;
  /** Share of `amount` that counts: 1 of a market item that fired, the filled share of a limit item; it never falls. */
  readonly filled: Decimal;
  /** Share of it that the closes since it fired have left: 1 before the first. It is in the size with amount x filled x kept. */
  readonly kept: Decimal;
}

/** At a price, or at a multiple of the average entry, which moves with it until it fires. */
export type CloseTrigger =
  { readonly kind: 'exact'; readonly price: Price } | { readonly kind: 'ratio'; readonly ratio: Decimal };

/** One exit of a position: a share of its size at that moment. Keys are unique among those of its kind. */
export interface CloseItem {
  readonly key: string;
  readonly kind: 'take_profit' | 'stop_loss';
  /** Share of the current size, 0 < r <= 1. */
  readonly ratio: Decimal;
  readonly trigger: CloseTrigger;
  readonly state: 'armed' | 'fired';
  readonly appliedAt: EpochMs | null;
  /** The trigger's price when it fired; null before. */
  readonly firedAt: Price | null;
}

/** What the position is worth by prices at fire time; the only holding of one without legs (signal-apis.md 6). */
export interface PaperRecord {
  /** Share of the capital held on paper: the position's size. */
  readonly size: Decimal;
  /** Size-weighted average of entries; null before the first. */
  readonly averageEntry: Price | null;
  /** Size-weighted average of exits; null before the first. */
  readonly averageExit: Price | null;
  /** Shares of the capital that were ever entered and exited. */
  readonly entered: Decimal;
  readonly exited: Decimal;
}

/** A position of a strategy in one pair, as stored; decisions give back a new one. */
export interface Position {
  readonly id: PositionId;
  /** Numeric id that the Mizar dialect shows, within 31 bits. */
  readonly number: number;
  readonly strategyId: StrategyId;
  /** `BTC-USDT`, whatever the market. */
  readonly pair: string;
  readonly side: PositionSide;
  /** Null: the subscription's own. */
  readonly leverage: Decimal | null;
  readonly state: PositionState;
  readonly endReason: PositionEnd | null;
  /** In the order of the signal; the first gates the others. */
  readonly openItems: readonly OpenItem[];
  readonly closeItems: readonly CloseItem[];
  /** Logical size, 0..1: the sum over the open items. */
  readonly size: Decimal;
  /** It has been above zero. */
  readonly wasHeld: boolean;
  /** Filled-quantity average over the legs, moved by entries only; of paper without legs; null before the first fill. */
  readonly averageEntry: Price | null;
  readonly paper: PaperRecord;
  /** Mid of the reference exchange when the opening was accepted; null while none was known. */
  readonly reference: Price | null;
  readonly orderExpiresAt: EpochMs | null;
  readonly actionExpiresAt: EpochMs | null;
  /** How many legs are opened, one per subscription that is enabled then; 0 is a position on paper, null before the first item fires. */
  readonly legs: number | null;
  /** The position that it was opened in place of: entries of a leg wait for the exit of that one's leg. */
  readonly follows: PositionId | null;
  readonly createdAt: EpochMs;
  readonly openedAt: EpochMs | null;
  readonly closedAt: EpochMs | null;
}
