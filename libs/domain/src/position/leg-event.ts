import type { Decimal, Notional, Price, Quantity } from '../numeric/decimal.js';
import type { ParentOrderId } from '../parent-order/ids.js';
import type { Side } from '../instrument/instrument.js';
import type { EpochMs } from '../time/clock.js';
import type { OpenItem } from './contract.js';
import type { ExitPurpose } from './leg-action.js';
import type { LegCause, LegOrder, LegOrderEnd, PendingEntry } from './leg.js';
import type { LegFailure, LegSkip } from './reason-codes.js';

/** All figures since the order was made, so that a report may come twice or out of order. */
export interface LegOrderReport {
  readonly id: ParentOrderId;
  readonly filled: Quantity;
  readonly notional: Notional;
  /** Taken in the base asset. */
  readonly fees: Quantity;
  readonly end: LegOrderEnd | null;
}

/** What happens to a leg. */
export type LegEvent =
  /** An entry of a quantity that `sizeEntry` gave. */
  | {
      readonly kind: 'enter';
      readonly item: string;
      readonly qty: Quantity;
      readonly orderType: OpenItem['orderType'];
      readonly limitPrice: Price | null;
      readonly expiresAt: EpochMs | null;
      readonly cause: LegCause;
    }
  /** An entry waits for the exit of the position before. */
  | { readonly kind: 'wait'; readonly entry: PendingEntry }
  /** An entry is not made. */
  | { readonly kind: 'pass'; readonly item: string; readonly reason: LegSkip | LegFailure }
  | { readonly kind: 'exit'; readonly ratio: Decimal; readonly purpose: ExitPurpose; readonly cause: LegCause }
  | { readonly kind: 'exit_all'; readonly purpose: ExitPurpose; readonly cause: LegCause }
  | { readonly kind: 'cancel_entries'; readonly items: readonly string[] }
  | { readonly kind: 'move_expiry'; readonly item: string; readonly expiresAt: EpochMs | null }
  | { readonly kind: 'report'; readonly report: LegOrderReport }
  /** The venue took so much of it; `id` names the fill, which is booked once. */
  | { readonly kind: 'liquidated'; readonly id: string; readonly qty: Quantity }
  /** Reconciliation finds so much at the venue for it. */
  | { readonly kind: 'found'; readonly held: Quantity }
  /** The operator owns what is held from now on. */
  | { readonly kind: 'abandon' }
  /** An exit may be due. */
  | { readonly kind: 'wake' };

/** What is to be done with the parent orders of a leg. */
export type LegIntent =
  | {
      readonly kind: 'create';
      readonly id: ParentOrderId;
      readonly purpose: LegOrder['purpose'];
      readonly side: Side;
      readonly qty: Quantity;
      /** `limit` becomes a Limit order, everything else what the subscription says for the purpose. */
      readonly orderType: OpenItem['orderType'];
      readonly limitPrice: Price | null;
      readonly expiresAt: EpochMs | null;
      /** Of exits of futures. */
      readonly reduceOnly: boolean;
    }
  /** Takes the order's quantity down to this, fills so far included. */
  | { readonly kind: 'cut'; readonly id: ParentOrderId; readonly qty: Quantity }
  | { readonly kind: 'cancel'; readonly id: ParentOrderId }
  | { readonly kind: 'move_expiry'; readonly id: ParentOrderId; readonly expiresAt: EpochMs | null };
