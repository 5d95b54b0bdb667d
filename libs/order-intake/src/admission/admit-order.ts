import {
  Dec,
  err,
  NO_VARS,
  ok,
  type Decimal,
  type Instrument,
  type Notional,
  type ParentOrderId,
  type Price,
  type Quantity,
  type Result,
  type TenantId,
  type UserId,
  ZERO,
  ZERO_NOTIONAL,
  ZERO_QUANTITY,
  type AccountId,
} from '#domain';
import type { AcceptedOrder, EpochMicros, OrderRecord, VenueAccount } from '#persistence';
import type { OrderRequest } from '../request/order-request.js';
import { toEpochMs } from '../request/read-values.js';
import { MIN_DISCRETION } from '../request/trajectory-fields.js';
import { freshMid } from './fresh-mid.js';
import type { MidPrices } from './mid-prices.js';
import { finestOf, leastPrice, toLots, toTick, whyTooLarge, type StepRefusal } from './round-to-steps.js';
import { writeEcho } from './request-echo.js';

/** What an order is checked against (order-api.md 3.6). */
export interface World {
  readonly now: EpochMicros;
  readonly instruments: readonly Instrument[];
  readonly mids: MidPrices;
}

/** Who the order is for and how it is known; decided outside, so that this stays pure. */
export interface OrderIdentity {
  readonly id: ParentOrderId;
  readonly tenantId: TenantId;
  readonly userId: UserId;
  readonly traceId: string;
  readonly settingsVersion: number;
}

export type AdmissionRefusal =
  { readonly code: 'pair_not_available' | 'no_market_data'; readonly text: string } | StepRefusal;

/** An account of the order with the row and the instrument by which it trades. */
interface Leg {
  readonly account: VenueAccount;
  readonly accountId: AccountId;
  readonly instrument: Instrument;
}

interface Usable {
  /** At least one; in the order of the request's accounts. */
  readonly legs: readonly [Leg, ...Leg[]];
  readonly warnings: readonly string[];
}

/**
 * Checks a well-formed order against instruments and market, rounds it to the venue's steps, and gives the rows to
 * store. Pure: time, prices and ids come in.
 * @param waitsForMarket true: without a price it is not refused, but begins once there is one
 */
export function admitOrder(
  request: OrderRequest,
  identity: OrderIdentity,
  world: World,
  waitsForMarket = false,
): Result<AcceptedOrder, AdmissionRefusal> {
  const usable = findUsable(request, world.instruments);
  if (!usable.ok) return usable;
  const { legs } = usable.value;
  const [{ instrument }, ...others] = legs;
  const warnings = [...request.warnings, ...usable.value.warnings];

  const startsLater = request.startAt !== null && request.startAt > world.now;
  const mid =
    legs.map((leg) => freshMid(world.mids, leg.instrument, toEpochMs(world.now))).find((m) => m !== null) ?? null;
  const isLater = startsLater || request.condition !== null || (waitsForMarket && mid === null);
  if (mid === null && !isLater) return err({ code: 'no_market_data', text: `no market data for ${instrument.pair}` });

  const limit = toTick(request, instrument, warnings);
  if (!limit.ok) return limit;
  const finest = finestOf([instrument, ...others.map((leg) => leg.instrument)]);
  const sized = toLots(request, finest, leastPrice({ ...request, limitPrice: limit.value }, mid), warnings);
  if (!sized.ok) return sized;
  const tooLarge = whyTooLarge({ sizing: request.sizing, orderQty: sized.value }, mid);
  if (tooLarge !== null) return err({ code: 'too_large', text: tooLarge });

  const { baseAmount, quoteAmount } = amountsOf(request, sized.value, mid);
  const { targetTime } = request.strategyParams;
  const record: OrderRecord = {
    id: identity.id,
    tenantId: identity.tenantId,
    userId: identity.userId,
    customOrderId: request.customOrderId,
    venue: instrument.venue,
    symbol: instrument.symbol,
    pair: instrument.pair,
    marketType: instrument.marketType,
    base: instrument.base,
    quote: instrument.quote,
    accountIds: legs.map((leg) => leg.accountId),
    side: request.side,
    algorithm: request.algorithm,
    sizing: request.sizing,
    orderQty: sized.value,
    baseAmount,
    quoteAmount,
    durationMs: request.durationMs,
    estimatedMs: null,
    targetTime: targetTime === null ? null : toEpochMs(targetTime),
    limitPrice: limit.value,
    requestJson: echoOf(
      request,
      legs.map((leg) => leg.account),
      warnings,
    ),
    status: isLater ? 'SCHEDULED' : 'ACTIVE',
    failureReason: '',
    completionReason: null,
    createdAt: world.now,
    updatedAt: world.now,
    startAt: startsLater ? request.startAt : world.now,
    activatedAt: null,
    arrivalPrice: mid,
    market: null,
    startVolume: null,
    endVolume: null,
    startNotional: null,
    endNotional: null,
    cumBase: ZERO_QUANTITY,
    cumQuote: ZERO_NOTIONAL,
    feeQuote: ZERO,
    lacksFee: false,
    liveChildOrders: 0,
    amendPending: null,
    inactive: [],
    multiOrderId: null,
    chainId: null,
    asOf: toEpochMs(world.now),
    condition:
      request.condition === null ? null : { ...request.condition, vars: NO_VARS, expiresAt: request.conditionExpiry },
    isHeldByFirstLeg: false,
  };
  const params = {
    passiveness: request.passiveness.toFixed(),
    discretion: Dec.max(request.discretion, MIN_DISCRETION).toFixed(),
    passiveOnly: request.strategyParams.passiveOnly,
    activeLimit: request.strategyParams.activeLimit,
    strictDuration: request.strategyParams.strictDuration,
    oolPause: request.strategyParams.oolPause,
    maxClipNotional: request.strategyParams.maxClipNotional?.toFixed() ?? null,
    alphaTilt: request.alphaTilt.toFixed(),
    povLimit: request.povLimit?.toFixed() ?? null,
    povTarget: request.povTarget?.toFixed() ?? null,
    isReverseLimit: request.isReverseLimit,
    reduceOnly: request.strategyParams.reduceOnly,
    orderSlices: request.orderSlices,
    targetTime: record.targetTime,
  };
  return ok({
    record,
    legs: legs.map((leg) => ({ accountId: leg.accountId, venue: leg.instrument.venue, symbol: leg.instrument.symbol })),
    params,
    positionSide: request.posSide,
    leverage: request.updatedLeverage,
    settingsVersion: identity.settingsVersion,
    traceId: identity.traceId,
  });
}

/** The instrument by exact pair, else whatever the case if that is unique, on the venues of the accounts. */
function findUsable(request: OrderRequest, all: readonly Instrument[]): Result<Usable, AdmissionRefusal> {
  if (all.length === 0) return err({ code: 'no_market_data', text: `no market data for ${request.pair}` });
  const exact = all.filter((i) => i.pair === request.pair);
  const loose = all.filter((i) => i.pair.toLowerCase() === request.pair.toLowerCase());
  const named = exact.length > 0 ? exact : new Set(loose.map((i) => i.pair)).size === 1 ? loose : [];
  const found = request.accounts.map((account) => ({ account, leg: legOf(account, named) }));
  const known = found.flatMap(({ leg }) => leg ?? []);
  const [first, ...others] = known.filter((leg) => leg.instrument.status === 'trading');
  if (first === undefined && known[0] !== undefined)
    return err({ code: 'pair_not_available', text: `${known[0].instrument.pair} does not trade at the moment` });
  if (first === undefined)
    return err({
      code: 'pair_not_available',
      text: `${request.pair} is not available on ${request.accounts.map((a) => `'${a.name}'`).join(', ')}`,
    });
  const legs = [first, ...others] as const;
  const { pair } = first.instrument;
  const leftOut = found.filter(({ leg }) => leg === null || !legs.includes(leg));
  return ok({
    legs: [...legs],
    warnings: leftOut.map(
      ({ account, leg }) =>
        `account '${account.name}' is left out: ${pair} ${leg === null ? 'is not available' : 'does not trade'} there`,
    ),
  });
}

/** How the account reaches one of the instruments; null when it reaches none. */
function legOf(account: VenueAccount, instruments: readonly Instrument[]): Leg | null {
  for (const { accountId, venue } of account.routes) {
    const instrument = instruments.find((i) => i.venue === venue);
    if (instrument !== undefined) return { account, accountId, instrument };
  }
  return null;
}

/** The amount that was not asked for is converted at the mid, cut to 18 decimals. */
function amountsOf(
  request: OrderRequest,
  orderQty: Decimal,
  mid: Price | null,
): Pick<OrderRecord, 'baseAmount' | 'quoteAmount'> {
  const cut = (value: Decimal): Decimal => value.toDecimalPlaces(18, Dec.ROUND_DOWN);
  return request.sizing === 'base'
    ? {
        baseAmount: orderQty as Quantity,
        quoteAmount: mid === null ? null : (cut(orderQty.mul(mid)) as Notional),
      }
    : {
        baseAmount: mid === null ? null : (cut(orderQty.div(mid)) as Quantity),
        quoteAmount: orderQty as Notional,
      };
}

function echoOf(request: OrderRequest, accounts: readonly VenueAccount[], warnings: readonly string[]): string {
  return writeEcho({
    accounts: accounts.map(({ id, name, exchange }) => ({ id, name, exchange })),
    super_strategy: request.chosen.superStrategy,
    strategy_params: request.strategyParams.echo,
    notes: request.notes,
    engine_passiveness: request.passiveness.toFixed(),
    schedule_discretion: request.discretion.toFixed(),
    alpha_tilt: request.alphaTilt.toFixed(),
    pov_limit: request.povLimit?.toFixed() ?? null,
    pov_target: request.povTarget?.toFixed() ?? null,
    is_reverse_limit_price: request.isReverseLimit,
    max_otc: request.maxOtc?.toFixed() ?? null,
    updated_leverage: request.updatedLeverage === null ? null : String(request.updatedLeverage),
    pos_side: request.posSide,
    warnings,
  });
}
