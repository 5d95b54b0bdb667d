import type { FeeRates, Instrument, Side } from '../instrument/instrument.js';
import type { Decimal, Notional, Price, Quantity } from '../numeric/decimal.js';
import type { AccountId, ParentOrderId, VenueId } from '../parent-order/ids.js';
import type { Algorithm, CompletionReason, FailureReason, Sizing } from '../parent-order/parent-order.js';
import type { EpochMs } from '../time/clock.js';
import type { PlanShape } from '../trajectory/shape.js';
import type { VolumeProfile } from '../trajectory/volume-profile.js';
import type { ChildOrderStatus, CloseReason } from '../child-order/child-order.js';
import type { Role } from './role.js';
import type { ExecutionSettings } from './settings.js';

/** The client's wishes that shape the working of an order; see order-api.md 3.2 and 3.5. */
export interface ExecutionParams {
  /** Planned active time; null for orders without a trajectory. */
  readonly durationMs: number | null;
  /** pi of algorithms.md 1, in [0, 1]. */
  readonly passiveness: Decimal;
  /** d, already raised to its minimum of 0.02. */
  readonly discretion: Decimal;
  readonly limitPrice: Price | null;
  readonly maxClipNotional: Notional | null;
  readonly passiveOnly: boolean;
  readonly activeLimit: boolean;
  readonly strictDuration: boolean;
  readonly oolPause: boolean;
  /** a of algorithms.md 2.6, in [-1, 1]. */
  readonly alphaTilt: Decimal;
  /** p of algorithms.md 2.8, in (0, 1]; null is no cap. */
  readonly povLimit: Decimal | null;
  /** Share of public volume to keep, in (0, 1]; null unless the order follows volume (algorithms.md 2.5). */
  readonly povTarget: Decimal | null;
  /** True: only prices no better than `limitPrice` (algorithms.md 4.6). */
  readonly isReverseLimit: boolean;
  readonly reduceOnly: boolean;
  /** Number of slices of an Iceberg; null for other algorithms. */
  readonly orderSlices: number | null;
  /** Centre of a Target Time order's window, which is `durationMs` long; null for other algorithms. */
  readonly targetTime: EpochMs | null;
}

/**
 * From `u0` on the target is X0 + (Q - X0) * (F(u) - F(u0)) / (1 - F(u0)) (algorithms.md 2.7).
 * Replaced, never edited; stored in the transaction that stores the intents.
 */
export interface PlanVersion {
  readonly version: number;
  readonly u0: number;
  /** In the target token, like `orderQty`. */
  readonly x0: Decimal;
  readonly orderQty: Decimal;
  readonly durationMs: number;
  readonly shape: PlanShape;
  readonly reason: 'activated' | 'resumed' | 'amended' | 'outage' | 'out_of_limit';
  readonly createdAt: EpochMs;
}

/** Half-open interval of wall time; null while it still lasts. */
export interface Interval {
  readonly from: EpochMs;
  readonly to: EpochMs | null;
}

/** How a child was meant when it was placed; the venue does not know it. */
export type ChildPurpose = 'clip' | 'catch_up' | 'timed' | 'finisher' | 'market' | 'limit' | 'ioc' | 'slice';
export type ChildTimeInForce = 'gtc' | 'gtx' | 'ioc';

/** What the engine needs to know of one child order. */
export interface ExecutionChild {
  readonly sequence: number;
  readonly accountId: AccountId;
  readonly purpose: ChildPurpose;
  /** `gtx` is post-only. */
  readonly timeInForce: ChildTimeInForce;
  readonly price: Price;
  readonly orderQty: Quantity;
  readonly cumQty: Quantity;
  /** Sum of price times quantity of its fills. */
  readonly cumNotional: Notional;
  readonly status: ChildOrderStatus;
  readonly closeReason: CloseReason | null;
  readonly closeCode: string;
  readonly cancelRequestedAt: EpochMs | null;
  readonly createdAt: EpochMs;
  readonly closedAt: EpochMs | null;
  readonly reduceOnly: boolean;
  /** A change that was asked for and not answered yet; null without one. */
  readonly amending: { readonly price: Price; readonly orderQty: Quantity } | null;
  /** When a change of it was last sent; its minimum rest counts anew from then. */
  readonly amendedAt?: EpochMs | null;
  /** The venue refused the last change of it: no other is asked for, it is cancelled instead. Default false. */
  readonly amendRefused?: boolean;
}

/** One order of a client as the engine sees it. */
export interface ExecutionParent {
  readonly id: ParentOrderId;
  readonly algorithm: Algorithm;
  readonly side: Side;
  readonly sizing: Sizing;
  /** Q, in the target token. */
  readonly orderQty: Decimal;
  readonly params: ExecutionParams;
  /** Of an ended order only the open children are still cancelled. */
  readonly status: 'ACTIVE' | 'PAUSED' | 'FINISHER' | 'COMPLETE' | 'CANCELED';
  /** t0: wall time of activation. */
  readonly activatedAt: EpochMs;
  /** A lower quantity that takes effect once no child is open; until then nothing is placed or moved (algorithms.md 2.7). */
  readonly amendPending?: Decimal | null;
  /** Oldest first; empty before the first decision of an order with a trajectory. */
  readonly plans: readonly PlanVersion[];
  readonly paused: readonly Interval[];
  readonly outOfLimit: readonly Interval[];
  /** When FINISHER began; null before. */
  readonly finisherFrom: EpochMs | null;
  /** X at that moment, in the target token. */
  readonly finisherX0: Decimal | null;
  readonly accounts: readonly AccountId[];
  readonly children: readonly ExecutionChild[];
  readonly nextSequence: number;
  readonly lastDecisionAt: EpochMs | null;
  /**
   * Since when nothing could be placed for want of a live feed, a usable account or budget: `since` of the
   * newest `blocked` annotation. Without it the end of a long blockage is not seen as an outage.
   */
  readonly blockedSince?: EpochMs | null;
  /** For how much of it nobody looked after the order, or it waited for budget: from the newest `blocked` annotation. */
  readonly unseenMs?: number;
  /** When a jump of the price was first seen, for which takers wait: `since` of the newest `jumped` annotation. */
  readonly jumpedSince?: EpochMs | null;
  /** Of the newest plan version, 0..1: the highest F before its tilt that VWAP reached, the highest T/Q of POV. */
  readonly highestShare: number;
  /** Role of the newest `role` annotation (algorithms.md 4.3); null before the first. */
  readonly role?: Role | null;
  readonly settings: ExecutionSettings;
}

export interface BookLevel {
  readonly price: Price;
  readonly qty: Quantity;
}

/** Market and account state at one venue account the order may trade on. */
export interface AccountMarket {
  readonly accountId: AccountId;
  readonly venue: VenueId;
  readonly instrument: Instrument;
  /** Best first; may be empty on one side. */
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  /** When the book was last known to be right; null when it never was. */
  readonly bookAt: EpochMs | null;
  readonly feedLive: boolean;
  /** False while the gateway may not place on the account (status of venues.md A8). */
  readonly mayPlace: boolean;
  /** Why the venue takes no key of the account, so that nothing but another key helps; null or absent while it may. */
  readonly keyRefused?: string | null;
  /** Standard deviation of k-second log returns of the mid over 15 minutes, in bps (sigma_k). */
  readonly sigmaBps: { readonly s1: Decimal; readonly s5: Decimal; readonly s10: Decimal };
  /** Median of the mid over the last 60 s; null without data. */
  readonly medianMid: Price | null;
  readonly fees: FeeRates | null;
  /** Unused fraction of the `place` ceiling of the tightest budget of the account, 0..1. */
  readonly budgetFree: number;
  /** Free balance of the asset the order spends; null when unknown. */
  readonly freeBalance: Decimal | null;
  /** 99th percentile of cancel round trips at this venue, in ms. */
  readonly cancelP99Ms: number;
  /** What the account has of the asset the order spends, free or held by orders; null when unknown. */
  readonly totalBalance: Decimal | null;
  /** Public base volume since the feed's count began; null when unknown. */
  readonly tradedBase: Quantity | null;
  /** Public base volume of the last five minutes. */
  readonly fiveMinuteVolume: Quantity;
  /** Open position in base, negative when short; null on spot and while it is unknown. */
  readonly position: Decimal | null;
  /** Unfilled remainder, in base, of reduce-only children of other orders on this position. */
  readonly otherReducing: Quantity;
  /** What a change in place can do here without losing more than it must: nothing, shrink, or move as well. */
  readonly amends: 'none' | 'shrink' | 'move';
  /** Prices outside are refused by the account's own controls (reliability.md RC-03); null without. */
  readonly priceCollar: { readonly lowest: Price; readonly highest: Price } | null;
  /** Our newest maker fills on this instrument, at most 200, and their mean loss after 5 s in bps. */
  readonly makerMarkout: { readonly fills: number; readonly meanLossBps: Decimal };
}

/** How far a leg of a multi order may go now (algorithms.md 7). */
export interface LegExposure {
  /** g, in [0, 1]: the leg's target is X + g * max(0, T - X). */
  readonly scale: Decimal;
  /** Quote notional, at the leg's reference price, that new children may add on its side; negative: what works is too much. */
  readonly room: Decimal;
  /** Notional by which what works on its side passes the side's room, children on their way out left aside. */
  readonly excess: Notional;
  /** The leg's mid at activation. */
  readonly referencePrice: Price;
  /**
   * The bid of a sell leg below which, or the ask of a buy leg above which, the spread of the legs may have fallen below
   * its limit; null without a limit, and while it is below.
   */
  readonly spreadWatch: Price | null;
}

export interface ExecutionMarket {
  readonly accounts: readonly AccountMarket[];
  /** At least 1; grows with the timer lag (algorithms.md 5). */
  readonly loadFactor: number;
  /** V_o: public base volume without our own, in the order's active time, at its venues; null when unknown. */
  readonly othersVolume: Quantity | null;
  /** Mean base volume of others per millisecond over the last 15 minutes; null when unknown. */
  readonly othersPerMs: number | null;
  /** Public base volume, our own included, in the order's active time, at its venues; null when unknown. */
  readonly marketVolume: Quantity | null;
  /** The profile of the newest plan, else the newest one; null without any. */
  readonly profile: VolumeProfile | null;
  /** Standard deviation of hourly returns over 24 h, in bps; null below 12 h of data. */
  readonly hourlyVolatilityBps: number | null;
  /** Null unless the order is a leg of a multi order. */
  readonly exposure: LegExposure | null;
}

export type Intent =
  | {
      readonly kind: 'place';
      readonly sequence: number;
      readonly accountId: AccountId;
      readonly purpose: ChildPurpose;
      readonly timeInForce: ChildTimeInForce;
      readonly side: Side;
      readonly price: Price;
      readonly orderQty: Quantity;
      readonly reduceOnly: boolean;
    }
  | { readonly kind: 'amend'; readonly sequence: number; readonly price: Price; readonly orderQty: Quantity }
  | { readonly kind: 'cancel'; readonly sequence: number; readonly reason: CancelReason; readonly necessary: boolean };

export type CancelReason =
  | 're_peg'
  | 'role'
  | 'imbalance'
  | 'ceiling'
  | 'catch_up'
  | 'limit'
  | 'paused'
  | 'stale_data'
  | 'exposure'
  | 'pov_limit'
  | 'plan_end'
  | 'order_ended'
  | 'finisher'
  /** A taker that did not leave us in time. */
  | 'unsent';

/** Why nothing was placed, or which cap bound. */
export type HoldReason =
  | 'BAND'
  | 'UNFAVOURABLE'
  | 'THINNING'
  | 'CEILING'
  | 'BELOW_MINIMUM'
  | 'LIVE_CHILD'
  | 'STALE_DATA'
  | 'BUDGET'
  | 'PRICE_JUMP'
  | 'OUT_OF_LIMIT'
  | 'COLLAR'
  | 'DEPTH'
  | 'PACE'
  | 'PASSIVE_ONLY'
  | 'POST_ONLY_BACKOFF'
  | 'NO_ACCOUNT'
  | 'PAUSED'
  | 'PLAN_END'
  | 'VENUE_BACKOFF'
  | 'NO_BALANCE'
  | 'REDUCE_ONLY'
  | 'WAITING_FOR_CANCEL'
  /** A lower quantity takes effect first. */
  | 'AMEND_PENDING'
  /** The other side of the multi order has to come first. */
  | 'EXPOSURE'
  /** `pov_limit` leaves no room. */
  | 'POV_LIMITED'
  /** What others traded is not known. */
  | 'NO_VOLUME';

export type Annotation =
  | { readonly kind: 'plan'; readonly plan: PlanVersion }
  | { readonly kind: 'hold'; readonly reason: HoldReason; readonly detail?: string }
  /**
   * `begin` opens an interval of `outOfLimit`; `end` closes the open one at `at`, which lies up to a second
   * ahead: the market counts as inside only then, and a new `begin` may come before. Intervals may overlap.
   */
  | { readonly kind: 'out_of_limit'; readonly edge: 'begin' | 'end'; readonly at: EpochMs }
  /** To be kept as `blockedSince`, null clears it, and as `unseenMs`. */
  | { readonly kind: 'blocked'; readonly since: EpochMs | null; readonly unseenMs?: number }
  /** To be kept as `jumpedSince`; null clears it. */
  | { readonly kind: 'jumped'; readonly since: EpochMs | null }
  | { readonly kind: 'finisher'; readonly x0: Decimal; readonly at: EpochMs }
  | { readonly kind: 'complete'; readonly reason: CompletionReason }
  | { readonly kind: 'fail'; readonly reason: FailureReason; readonly text: string }
  /** How long an order that follows volume is expected to take, in active time; for its owner to see, it ends nothing. */
  | { readonly kind: 'estimate'; readonly durationMs: number }
  /** The highest F so far rose: to be kept as `highestShare`. */
  | { readonly kind: 'share'; readonly highest: number }
  /** VWAP goes on as TWAP under this plan version (algorithms.md 2.2): `bars` distinct minutes are too few. */
  | { readonly kind: 'fallback'; readonly reason: 'VWAP_FALLBACK_TWAP'; readonly bars: number }
  | { readonly kind: 'respread'; readonly deficit: Decimal }
  | { readonly kind: 'clip_raised'; readonly from: Quantity; readonly to: Quantity }
  /** The role changed: to be kept as `role`. */
  | { readonly kind: 'role'; readonly role: Role }
  /** Under a reverse limit a child was filled at `price` on average, better than the limit allows to ask for. */
  | { readonly kind: 'price_improved'; readonly sequence: number; readonly price: Price }
  /** A quote-sized sell brought this much more than Q, by the price improvement of fills in flight (algorithms.md 1). */
  | { readonly kind: 'quantity_passed'; readonly by: Decimal }
  | ({ readonly kind: 'watch' } & MarketWatch);

export interface OwnLevel extends BookLevel {
  readonly side: Side;
}

/** What on an account's market should wake the order before `nextWakeAt` (algorithms.md 5). */
export interface MarketWatch {
  readonly accountId: AccountId;
  readonly bidBelow: Price | null;
  readonly askAbove: Price | null;
  /** Bounds of the mid of the touch. */
  readonly midBelow: Price | null;
  readonly midAbove: Price | null;
  /** Sides whose queue at the touch, when it outweighs the other by as much as is favourable, is worth a look. */
  readonly imbalance: readonly Side[];
  /** What rests of the order itself in that book: no part of the queues that are compared, nor of the mid. */
  readonly own: readonly OwnLevel[];
  /** `tradedBase` of the account's market. */
  readonly volumeAtLeast: Quantity | null;
}

export interface Decision {
  readonly intents: readonly Intent[];
  /** Null only when the order has ended and nothing of it is left to wait for. */
  readonly nextWakeAt: EpochMs | null;
  readonly annotations: readonly Annotation[];
}
