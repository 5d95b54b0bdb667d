import {
  decide,
  Dec,
  decimal,
  epochMs,
  EXECUTION_SETTINGS,
  notional,
  price,
  quantity,
  ZERO,
  ZERO_NOTIONAL,
  ZERO_QUANTITY,
  type AccountId,
  type AccountMarket,
  type Annotation,
  type CloseReason,
  type Decision,
  type EpochMs,
  type ExecutionChild,
  type ExecutionMarket,
  type ExecutionParams,
  type ExecutionParent,
  type Instrument,
  type Interval,
  type Notional,
  type ParentOrderId,
  type Price,
  type Quantity,
  type VenueId,
} from '#domain';

export const ACCOUNT = 'account-1' as AccountId;
export const START = epochMs(1_700_000_000_000);
export const SEED = '018f4f5e-7d2a-7c31-9b52-8a6f0c1d2e3f' as ParentOrderId;

export const INSTRUMENT: Instrument = {
  venue: 'sim' as VenueId,
  symbol: 'BTCUSDT',
  pair: 'BTC-USDT',
  marketType: 'spot',
  base: 'BTC',
  quote: 'USDT',
  tick: price('0.01'),
  lot: quantity('0.001'),
  minQty: quantity('0.001'),
  minNotional: notional('5'),
  status: 'trading',
};

const PARAMS: ExecutionParams = {
  durationMs: 120_000,
  passiveness: decimal('0.02'),
  discretion: decimal('0.08'),
  limitPrice: null,
  maxClipNotional: null,
  passiveOnly: false,
  activeLimit: false,
  strictDuration: false,
  oolPause: false,
  alphaTilt: ZERO,
  povLimit: null,
  povTarget: null,
  isReverseLimit: false,
  reduceOnly: false,
  orderSlices: null,
  targetTime: null,
};

/** An order of ten base units over two minutes, just activated; parts replaced as told. */
export function parentOrder(
  change: Partial<Omit<ExecutionParent, 'params'>> = {},
  params: Partial<ExecutionParams> = {},
): ExecutionParent {
  return {
    id: SEED,
    algorithm: 'twap',
    side: 'buy',
    sizing: 'base',
    orderQty: decimal('10'),
    params: { ...PARAMS, ...params },
    status: 'ACTIVE',
    activatedAt: START,
    plans: [],
    paused: [],
    outOfLimit: [],
    finisherFrom: null,
    finisherX0: null,
    accounts: [ACCOUNT],
    children: [],
    nextSequence: 0,
    lastDecisionAt: null,
    highestShare: 0,
    settings: EXECUTION_SETTINGS,
    ...change,
  };
}

/** A live account market around 100.00 with a spread of one tick. */
export function accountMarket(now: EpochMs, change: Partial<AccountMarket> = {}): AccountMarket {
  return {
    accountId: ACCOUNT,
    venue: INSTRUMENT.venue,
    instrument: INSTRUMENT,
    bids: [level('99.99', '50'), level('99.98', '50'), level('99.97', '50')],
    asks: [level('100', '50'), level('100.01', '50'), level('100.02', '50')],
    bookAt: now,
    feedLive: true,
    mayPlace: true,
    sigmaBps: { s1: decimal('1.2'), s5: decimal('2.5'), s10: decimal('3.5') },
    medianMid: price('100'),
    fees: { makerBps: decimal('2'), takerBps: decimal('5') },
    budgetFree: 1,
    freeBalance: null,
    cancelP99Ms: 200,
    totalBalance: null,
    tradedBase: null,
    fiveMinuteVolume: ZERO_QUANTITY,
    position: null,
    otherReducing: ZERO_QUANTITY,
    amends: 'none',
    priceCollar: null,
    makerMarkout: { fills: 0, meanLossBps: ZERO },
    ...change,
  };
}

/** A market of these accounts about whose volume nothing is known; parts replaced as told. */
export function marketOf(
  accounts: readonly AccountMarket[],
  change: Partial<Omit<ExecutionMarket, 'accounts'>> = {},
): ExecutionMarket {
  return {
    accounts,
    loadFactor: 1,
    othersVolume: null,
    othersPerMs: null,
    marketVolume: null,
    profile: null,
    hourlyVolatilityBps: null,
    exposure: null,
    ...change,
  };
}

export const level = (px: string, qty: string) => ({ price: price(px), qty: quantity(qty) });

export function market(now: EpochMs, change: Partial<AccountMarket> = {}): ExecutionMarket {
  return marketOf([accountMarket(now, change)]);
}

export function childOrder(change: Partial<ExecutionChild> = {}): ExecutionChild {
  return {
    sequence: 0,
    accountId: ACCOUNT,
    purpose: 'clip',
    timeInForce: 'gtx',
    price: price('99.99'),
    orderQty: quantity('0.25'),
    cumQty: ZERO_QUANTITY,
    cumNotional: ZERO_NOTIONAL,
    status: 'working',
    closeReason: null,
    closeCode: '',
    cancelRequestedAt: null,
    createdAt: START,
    closedAt: null,
    reduceOnly: false,
    amending: null,
    ...change,
  };
}

/** What the scheduler does with a decision: intents become children and cancel requests, annotations are kept. */
export function applyDecision(parent: ExecutionParent, decision: Decision, now: EpochMs): ExecutionParent {
  let next: ExecutionParent = { ...parent, lastDecisionAt: now };
  for (const intent of decision.intents) {
    if (intent.kind === 'cancel') {
      next = changeChild(next, intent.sequence, (child) => ({ ...child, cancelRequestedAt: now }));
      continue;
    }
    if (intent.kind === 'amend') {
      const { price: px, orderQty } = intent;
      next = changeChild(next, intent.sequence, (child) => ({ ...child, amending: { price: px, orderQty } }));
      continue;
    }
    const { sequence, accountId, purpose, timeInForce, orderQty, reduceOnly } = intent;
    const child = childOrder({ sequence, accountId, purpose, timeInForce, orderQty, reduceOnly, price: intent.price });
    next = {
      ...next,
      children: [...next.children, { ...child, status: 'pending', createdAt: now }],
      nextSequence: sequence + 1,
    };
  }
  for (const annotation of decision.annotations) next = keep(next, annotation);
  return next;
}

function keep(parent: ExecutionParent, annotation: Annotation): ExecutionParent {
  switch (annotation.kind) {
    case 'plan':
      return { ...parent, plans: [...parent.plans, annotation.plan] };
    case 'finisher':
      return { ...parent, status: 'FINISHER', finisherFrom: annotation.at, finisherX0: annotation.x0 };
    case 'complete':
      return { ...parent, status: 'COMPLETE' };
    case 'fail':
      return { ...parent, status: 'CANCELED' };
    case 'role':
      return { ...parent, role: annotation.role };
    case 'share':
      return { ...parent, highestShare: annotation.highest };
    case 'blocked':
      return { ...parent, blockedSince: annotation.since, unseenMs: annotation.unseenMs ?? 0 };
    case 'jumped':
      return { ...parent, jumpedSince: annotation.since };
    case 'out_of_limit':
      return {
        ...parent,
        outOfLimit:
          annotation.edge === 'begin'
            ? [...parent.outOfLimit, { from: annotation.at, to: null }]
            : parent.outOfLimit.map((one): Interval => (one.to === null ? { ...one, to: annotation.at } : one)),
      };
    default:
      return parent;
  }
}

export function changeChild(
  parent: ExecutionParent,
  sequence: number,
  change: (child: ExecutionChild) => ExecutionChild,
): ExecutionParent {
  return { ...parent, children: parent.children.map((child) => (child.sequence === sequence ? change(child) : child)) };
}

/** Books a fill; the child closes once it is full. */
export function fill(child: ExecutionChild, qty: Quantity, px: Price, now: EpochMs): ExecutionChild {
  const cumQty = child.cumQty.add(qty) as Quantity;
  const next = { ...child, cumQty, cumNotional: child.cumNotional.add(qty.mul(px)) as Notional };
  if (cumQty.gte(child.orderQty) && child.status !== 'closed') return close(next, 'filled', '', now);
  return child.status === 'closed' ? next : { ...next, status: 'working' };
}

export function close(child: ExecutionChild, reason: CloseReason, code: string, now: EpochMs): ExecutionChild {
  return { ...child, status: 'closed', closeReason: reason, closeCode: code, closedAt: now };
}

/** What is left of a child at its venue. */
export function leaves(child: ExecutionChild): Quantity {
  return (child.status === 'closed' ? ZERO_QUANTITY : Dec.max(0, child.orderQty.sub(child.cumQty))) as Quantity;
}

export interface Step {
  readonly before: ExecutionParent;
  readonly after: ExecutionParent;
  readonly market: ExecutionMarket;
  readonly now: EpochMs;
  readonly decision: Decision;
}

/** Decides and applies the decision. */
export function step(parent: ExecutionParent, marketNow: ExecutionMarket, now: EpochMs): Step {
  const decision = decide(parent, marketNow, now, parent.id);
  return { before: parent, after: applyDecision(parent, decision, now), market: marketNow, now, decision };
}

/** A small repeatable generator of numbers in [0, 1); the runs of a property start from its seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
