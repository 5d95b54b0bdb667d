import {
  CHILD_SCHEMA_VERSION,
  decimal,
  effectiveLimits,
  epochMs,
  notional,
  price,
  quantity,
  ZERO,
  ZERO_QUANTITY,
  type GateChild,
  type GateInput,
  type GateParent,
  type GateReference,
  type GateSibling,
  type Instrument,
  type RiskLimitRow,
  type VenueId,
} from '#domain';

export const NOW = epochMs(1_000_000);
export const LIVE = { isSimulated: false, venueMessagesPerSecond: null };
export const SIMULATED = { isSimulated: true, venueMessagesPerSecond: null };

export const instrument: Instrument = {
  venue: 'sim' as VenueId,
  symbol: 'ETHUSDT',
  pair: 'ETH-USDT',
  marketType: 'spot',
  base: 'ETH',
  quote: 'USDT',
  tick: price('0.01'),
  lot: quantity('0.001'),
  minQty: quantity('0.001'),
  minNotional: notional('5'),
  status: 'trading',
};

export const parent = (over: Partial<GateParent> = {}): GateParent => ({
  status: 'ACTIVE',
  side: 'buy',
  symbol: 'ETHUSDT',
  accountIds: ['a'],
  sizing: 'base',
  orderQty: decimal('10'),
  limitPrice: null,
  endsAt: null,
  ...over,
});

export const child = (over: Partial<GateChild> = {}): GateChild => ({
  sequence: 1,
  accountId: 'a',
  symbol: 'ETHUSDT',
  side: 'buy',
  timeInForce: 'gtx',
  price: price('3000'),
  orderQty: quantity('5'),
  schemaVersion: CHILD_SCHEMA_VERSION,
  decidedAt: NOW,
  isReducing: false,
  ...over,
});

export const sibling = (over: Partial<GateSibling> = {}): GateSibling => ({
  sequence: 0,
  open: true,
  price: price('3000'),
  orderQty: quantity('6'),
  cumQty: ZERO_QUANTITY,
  cumNotional: decimal('0'),
  ...over,
});

/** Around a mid of 3000. */
export const reference = (over: Partial<GateReference> = {}): GateReference => ({
  bid: price('2999.99'),
  ask: price('3000.01'),
  at: epochMs(NOW - 100),
  medianMid60: price('3000'),
  windowMid: price('3000'),
  ...over,
});

/** A row that sets nothing but what is given. */
export const row = (over: Partial<RiskLimitRow> = {}): RiskLimitRow => ({
  enforcement: null,
  maxQuantity: null,
  maxParentQuantity: null,
  maxNotional: null,
  maxParentNotional: null,
  maxBasketNotional: null,
  collarPct: null,
  driftPct: null,
  referenceMaxAgeMs: null,
  referenceJumpPct: null,
  messagesPerSecond: null,
  maxAccountExposure: null,
  maxTenantExposure: null,
  allowed: null,
  ...over,
});

/** A child of 5 that fits a parent of 10 on a simulated exchange. */
export const input = (over: Partial<GateInput> = {}): GateInput => ({
  parent: parent(),
  child: child(),
  siblings: [],
  instrument,
  limits: effectiveLimits([], SIMULATED),
  state: 'ACTIVE',
  reference: reference(),
  usage: { messages: 0, accountExposure: ZERO, tenantExposure: ZERO, quoteRate: decimal('1') },
  now: NOW,
  ...over,
});
