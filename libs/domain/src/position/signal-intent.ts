import type { Decimal } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import type { CloseItem, OpenItem, PositionSide } from './contract.js';

export type WantedOpenItem = Pick<OpenItem, 'key' | 'gate' | 'amount' | 'orderType' | 'limitPrice' | 'expiresAt'>;
export type WantedCloseItem = Pick<CloseItem, 'key' | 'kind' | 'ratio' | 'trigger'>;

/** A position as a signal describes it. */
export interface WantedPosition {
  readonly side: PositionSide;
  /** Null: where the dialect has none, the subscription's own. */
  readonly leverage: Decimal | null;
  /** Not empty; the first gates the others. */
  readonly openItems: readonly WantedOpenItem[];
  readonly closeItems: readonly WantedCloseItem[];
  /** Resting entries are cancelled then. */
  readonly orderExpiresAt: EpochMs | null;
  /** Entries that have not fired by then never do. */
  readonly actionExpiresAt: EpochMs | null;
}

/** What a signal asks for, whatever dialect it came in; see the tables of signal-apis.md 1.2, 2.2 and 4.3. */
export type SignalIntent =
  /** Wisdomise `open`: refused, or in place of the live one, where one is live. */
  | { readonly action: 'open'; readonly wanted: WantedPosition }
  /** Mizar `open-position`: a lot of its own. */
  | { readonly action: 'open_lot'; readonly wanted: WantedPosition }
  /** Wisdomise `update`: items are replaced as a whole; null side, leverage, expiry: as they are. */
  | {
      readonly action: 'update';
      readonly side: PositionSide | null;
      readonly leverage: Decimal | null;
      readonly openItems: readonly WantedOpenItem[];
      readonly closeItems: readonly WantedCloseItem[];
      readonly orderExpiresAt: EpochMs | null;
      readonly actionExpiresAt: EpochMs | null;
      /** The client's own copies of items that have triggered are among the lists above, and must be unchanged. */
    }
  /** Ends what is live in the pair; with a side only a position of that side. */
  | { readonly action: 'close'; readonly side: PositionSide | null }
  /** Mizar `close-position`. */
  | { readonly action: 'close_lot'; readonly number: number }
  /** Everything of the strategy, in one pair where one is named. */
  | { readonly action: 'exit_all' }
  /** Webhook entries: open; on the live side nothing or more of it; against the other side turn, or only close. */
  | { readonly action: 'enter'; readonly wanted: WantedPosition; readonly againstLive: 'reverse' | 'close' }
  /** Adds to the live position; the total is capped at 1. */
  | { readonly action: 'increase'; readonly side: PositionSide | null; readonly item: WantedOpenItem }
  /** Takes a share of the live position away; 1 closes it. */
  | { readonly action: 'reduce'; readonly side: PositionSide | null; readonly ratio: Decimal }
  /** Turns the live position; `side` is the side wanted, null: the other one. */
  | {
      readonly action: 'reverse';
      readonly side: PositionSide | null;
      readonly wanted: Omit<WantedPosition, 'side'>;
    }
  /** Webhook `market_position`: the state that is wanted, so that a missed alert heals on the next one. */
  | {
      readonly action: 'desired';
      readonly state: PositionSide | 'flat';
      /** Size now over size before, of the sender's own position; null when not both are told. */
      readonly change: { readonly now: Decimal; readonly before: Decimal } | null;
      readonly wanted: Omit<WantedPosition, 'side'>;
    };
