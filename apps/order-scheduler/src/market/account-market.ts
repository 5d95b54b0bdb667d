import {
  Dec,
  minimumChild,
  sigmaOrZero,
  ZERO,
  ZERO_QUANTITY,
  type AccountId,
  type AccountMarket,
  type Decimal,
  type Instrument,
  type MarketSnapshot,
  type PriceBounds,
  type Quantity,
  type Side,
} from '#domain';
import type { AccountState, ReduciblePosition, StoredBalance } from '#persistence';
import type { VenueTraits } from '#venues';
import type { Habits } from './account-habits.js';

export interface AccountMarketInputs {
  readonly accountId: AccountId;
  readonly instrument: Instrument;
  readonly snapshot: MarketSnapshot | null;
  readonly state: AccountState | null;
  /** Why the venue takes no key of the account; null while it may take one. */
  readonly keyRefused: string | null;
  readonly balances: readonly StoredBalance[];
  readonly side: Side;
  /** Unused fraction of the place ceiling of the tightest budget, 0..1. */
  readonly budgetFree: number;
  readonly habits: Habits;
  /** Public base volume that was counted five minutes ago; null when nobody knows. */
  readonly countedBefore: Decimal | null;
  /** Null where nothing bounds a price. */
  readonly priceCollar: PriceBounds | null;
  /** What the venue can change of a working order. */
  readonly amend: VenueTraits['amend'];
  /** Null on spot. */
  readonly reducible: ReduciblePosition | null;
  /** Where the account holds both sides, the one that the order is for. */
  readonly positionSide: 'long' | 'short' | null;
}

/**
 * What the engine may ask for in place. Where quantity or price can be changed, but not both in one call, the gateway
 * cancels what it cannot do.
 */
const AMENDS: Readonly<Record<VenueTraits['amend'], AccountMarket['amends']>> = {
  none: 'none',
  quantity_down: 'shrink',
  price_and_quantity: 'move',
  size_or_price: 'move',
  replace: 'move',
};

/** What the engine is told of one account: its market, what it may do there and what it can pay. Pure. */
export function accountMarket(inputs: AccountMarketInputs): AccountMarket {
  const { accountId, instrument, snapshot, state } = inputs;
  // a position is paid for with margin, whichever side opens it
  const spends = inputs.side === 'buy' || instrument.marketType !== 'spot' ? instrument.quote : instrument.base;
  const placing = state?.status === 'trading' || state?.status === 'degraded';
  return {
    accountId,
    venue: instrument.venue,
    instrument,
    bids: snapshot?.bids ?? [],
    asks: snapshot?.asks ?? [],
    bookAt: snapshot?.at ?? null,
    feedLive: snapshot?.status === 'live',
    keyRefused: inputs.keyRefused,
    mayPlace: placing && state.held && instrument.status === 'trading',
    sigmaBps: {
      s1: sigmaOrZero(snapshot?.sigma1Bps ?? null),
      s5: sigmaOrZero(snapshot?.sigma5Bps ?? null),
      s10: sigmaOrZero(snapshot?.sigma10Bps ?? null),
    },
    medianMid: snapshot?.medianMid60 ?? null,
    fees: state?.fees ?? null,
    budgetFree: inputs.budgetFree,
    freeBalance: inputs.balances.length === 0 ? null : freeOf(inputs.balances, spends),
    cancelP99Ms: inputs.habits.cancelP99Ms,
    totalBalance: inputs.balances.length === 0 ? null : totalOf(inputs.balances, spends),
    tradedBase: snapshot?.cumBaseVolume ?? null,
    fiveMinuteVolume: tradedSince(snapshot, inputs.countedBefore),
    position: positionOf(inputs),
    otherReducing: reducingOf(inputs),
    amends: AMENDS[inputs.amend],
    priceCollar: inputs.priceCollar,
    makerMarkout: inputs.habits.makerMarkout,
  };
}

function freeOf(balances: readonly StoredBalance[], asset: string): Decimal {
  return balances.find((b) => b.asset === asset)?.free ?? ZERO;
}

function totalOf(balances: readonly StoredBalance[], asset: string): Decimal {
  const found = balances.find((b) => b.asset === asset);
  return found === undefined ? ZERO : found.free.add(found.locked);
}

function tradedSince(snapshot: MarketSnapshot | null, before: Decimal | null): Quantity {
  if (snapshot === null || before === null) return ZERO_QUANTITY;
  return Dec.max(ZERO, snapshot.cumBaseVolume.sub(before)) as Quantity;
}

/**
 * The position that the order would reduce. One that is too small to be reduced is not known while a trade is newer than
 * what the venue told of it: fills and positions come each on their own, and the order would end with the position open.
 */
function positionOf(inputs: AccountMarketInputs): Decimal | null {
  const { reducible, side, instrument, snapshot } = inputs;
  const position = toldPosition(inputs);
  if (position === null || reducible?.isBehind !== true) return position;
  const size = side === 'sell' ? position : position.neg();
  return size.lt(minimumChild(instrument, snapshot?.mid ?? null)) ? null : position;
}

/** Sums of both sides where the order names none. */
function toldPosition({ reducible, positionSide }: AccountMarketInputs): Decimal | null {
  if (reducible === null) return null;
  const { both, long, short } = reducible;
  if (positionSide === 'long') return long;
  if (positionSide === 'short') return short;
  return both === null ? null : both.add(long ?? ZERO).add(short ?? ZERO);
}

function reducingOf({ reducible, side }: AccountMarketInputs): Quantity {
  if (reducible === null) return ZERO_QUANTITY;
  return (side === 'buy' ? reducible.reducingBuys : reducible.reducingSells) as Quantity;
}
