import {
  sigmaOrZero,
  ZERO,
  ZERO_QUANTITY,
  type AccountId,
  type AccountMarket,
  type Decimal,
  type Instrument,
  type MarketSnapshot,
  type Side,
} from '#domain';
import type { AccountState, StoredBalance } from '#persistence';

/** 99th percentile of cancel round trips, assumed until it is measured per venue. */
const CANCEL_P99_MS = 500;

export interface AccountMarketInputs {
  readonly accountId: AccountId;
  readonly instrument: Instrument;
  readonly snapshot: MarketSnapshot | null;
  readonly state: AccountState | null;
  readonly balances: readonly StoredBalance[];
  readonly side: Side;
  /** Unused fraction of the place ceiling of the tightest budget, 0..1. */
  readonly budgetFree: number;
}

/** What the engine is told of one account: its market, what it may do there and what it can pay. Pure. */
export function accountMarket(inputs: AccountMarketInputs): AccountMarket {
  const { accountId, instrument, snapshot, state } = inputs;
  const spends = inputs.side === 'buy' ? instrument.quote : instrument.base;
  const placing = state?.status === 'trading' || state?.status === 'degraded';
  return {
    accountId,
    venue: instrument.venue,
    instrument,
    bids: snapshot?.bids ?? [],
    asks: snapshot?.asks ?? [],
    bookAt: snapshot?.at ?? null,
    feedLive: snapshot?.status === 'live',
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
    cancelP99Ms: CANCEL_P99_MS,
    totalBalance: inputs.balances.length === 0 ? null : totalOf(inputs.balances, spends),
    tradedBase: snapshot?.cumBaseVolume ?? null,
    fiveMinuteVolume: ZERO_QUANTITY,
    position: null,
    otherReducing: ZERO_QUANTITY,
    amends: 'none',
    priceCollar: null,
    makerMarkout: { fills: 0, meanLossBps: ZERO },
  };
}

function freeOf(balances: readonly StoredBalance[], asset: string): Decimal {
  return balances.find((b) => b.asset === asset)?.free ?? ZERO;
}

function totalOf(balances: readonly StoredBalance[], asset: string): Decimal {
  const found = balances.find((b) => b.asset === asset);
  return found === undefined ? ZERO : found.free.add(found.locked);
}
