import type { Decimal, Price } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import type { CloseItem, OpenItem, Position, PositionId } from './contract.js';

/** One item of a position: keys are unique within their list. */
export interface ItemRef {
  readonly list: 'open' | CloseItem['kind'];
  readonly key: string;
}

/** Which of a subscription's algorithms works an exit: `stop` is for stop-losses and for exits that failed before. */
export type ExitPurpose = 'exit' | 'stop';

/** What a change of a position asks of each of its legs, in this order; a position on paper asks nothing. */
export type LegAction =
  /** One exit of a share of what the leg holds; its working entries are cut by the same share. */
  | {
      readonly kind: 'exit';
      readonly ratio: Decimal;
      readonly purpose: ExitPurpose;
      /** What fired; none when a signal asked for it. */
      readonly items: readonly ItemRef[];
    }
  /** Ends the leg: entries are cancelled, all that is held is exited. */
  | { readonly kind: 'exit_all'; readonly purpose: ExitPurpose; readonly items: readonly ItemRef[] }
  | {
      readonly kind: 'enter';
      /** Key of the open item. */
      readonly item: string;
      /** Share of the subscription's capital, already less what closes of the same moment take of it. */
      readonly amount: Decimal;
      readonly orderType: OpenItem['orderType'];
      readonly limitPrice: Price | null;
      /** Of a limit order. */
      readonly expiresAt: EpochMs | null;
      /** Waits for the exit of this position's leg of the same subscription. */
      readonly after: PositionId | null;
    }
  /** Ends resting entries of the items with these keys; what is filled is kept. */
  | { readonly kind: 'cancel_entries'; readonly items: readonly string[] }
  /** A resting entry ends at another time; null: at none. */
  | { readonly kind: 'move_expiry'; readonly item: string; readonly expiresAt: EpochMs | null };

export type EnterAction = Extract<LegAction, { kind: 'enter' }>;

/** A position as it is after a decision, and what that asks of its legs. */
export interface PositionChange {
  readonly position: Position;
  readonly actions: readonly LegAction[];
}
