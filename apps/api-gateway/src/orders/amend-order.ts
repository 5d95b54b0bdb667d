import { Inject, Injectable } from '@nestjs/common';
import { amendQuantity, Dec, whyNotAmendable, type Decimal, type Instrument, type ParentOrderId } from '#domain';
import {
  assertUnrestricted,
  estimateMs,
  finestOf,
  freshMid,
  isJsonObject,
  leastPrice,
  MIN_DISCRETION,
  priceSources,
  readEcho,
  refuseDenied,
  shown,
  toEpochMs,
  toLots,
  toTick,
  whyTooLarge,
  writeEcho,
  type JsonObject,
  type JsonValue,
  type JudgedOrder,
  type MidPrices,
  type OrderReading,
  type ParseContext,
  type RestrictedOrder,
} from '#order-intake';
import {
  GroupIntakeRepository,
  OrderAmendRepository,
  OrderViewRepository,
  type AmendableOrder,
  type Amendment,
  type TokenOwner,
} from '#persistence';
import { requireReach } from '../accounts/require-reach.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { InstrumentDirectory } from '../market/instrument-directory.js';
import { MID_PRICES } from '../market/snapshot-mid-prices.js';
import { readChanges, type WantedChanges } from './amend-fields.js';
import { showOrderDetail, type OrderView } from './order-detail-view.js';
import { readOrderId } from './read-orders.js';
import { showD } from './show-values.js';

const KNOWN = ['order_id', 'changes'];
/** No field that may be amended names an account or a price source. */
const contextOf = ({ now }: AmendableOrder): ParseContext => ({ now, accounts: [], prices: priceSources([], []) });
const MICROS_PER_MS = 1_000;

/** Changes an order that has not ended: validated as a whole, then applied as a whole (order-api.md 5.4). */
@Injectable()
export class AmendOrder {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(InstrumentDirectory) private readonly instruments: InstrumentDirectory,
    @Inject(MID_PRICES) private readonly mids: MidPrices,
  ) {}

  /** @throws ApiError when there is no such order, it cannot be amended, or not so */
  async run(caller: TokenOwner, body: JsonObject): Promise<OrderView> {
    const { tenantId, userId } = caller;
    const { id, changes } = readRequest(body);
    const instruments = await this.instruments.all();
    return this.db.inTenant(tenantId, async (tx) => {
      const orders = new OrderAmendRepository(tx, tenantId, userId);
      const order = await orders.lock(id);
      if (order === null) {
        const isMulti = (await new GroupIntakeRepository(tx, tenantId, userId).lockMulti(id)) !== null;
        throw isMulti
          ? new ApiError('not_amendable', 'A multi order cannot be amended.')
          : new ApiError('not_found', 'Not found.');
      }
      const refusal = whyNotAmendable(order, order);
      if (refusal !== null) throw new ApiError('not_amendable', refusal);

      const { reading, wanted } = readChanges(order, changes, contextOf(order));
      for (const name of Object.keys(body)) if (!KNOWN.includes(name)) reading.ignore(name);
      const sizes = judgeSizes(this.valued(order), wanted, reading, instrumentsOf(order, instruments));
      if (Object.keys(reading.errors).length > 0) throw ApiError.ofFields(reading.errors);

      if (!takesRiskAway(wanted, order, sizes)) await requireReach(tx, caller, [id]);
      const amendment = amendmentOf(order, wanted, sizes);
      if (sizes.orderQty.gt(order.orderQty)) {
        await assertUnrestricted(tx, growthOf(order, sizes, { tenantId, userId }));
        const judged = await refuseDenied(tx, tenantId, grownOf(order, sizes), {
          instruments,
          mids: this.mids,
          now: order.now,
        });
        judged.warnings.forEach((text) => reading.warn(text));
      }
      const estimatedMs = await estimateMs(tx, { ...order, ...amendment }, toEpochMs(order.now));
      await orders.save(order, { ...amendment, estimatedMs });
      const amended = await new OrderViewRepository(tx, userId).get(id);
      if (amended === null) throw new Error('A locked order must be there');
      return { ...showOrderDetail(amended), warnings: reading.warnings, message: 'Successfully amended order.' };
    });
  }

  /** What a sale sized in quote has at work may fill at the market where that is better than its price (algorithms.md 1, W). */
  private valued(order: AmendableOrder): AmendableOrder {
    if (order.side === 'buy' || order.sizing === 'base') return order;
    const mids = order.legs.flatMap((leg) => freshMid(this.mids, leg, toEpochMs(order.now)) ?? []);
    return { ...order, working: Dec.max(order.working, ...mids.map((mid) => order.workingBase.mul(mid))) };
  }
}

/** @throws ApiError */
function readRequest(body: JsonObject): { readonly id: ParentOrderId; readonly changes: Record<string, JsonValue> } {
  const id = body['order_id'];
  if (id === undefined) throw ApiError.ofFields({ order_id: ['order_id must be provided'] });
  if (typeof id !== 'string') throw ApiError.ofFields({ order_id: [`order_id must be an id, was ${shown(id)}`] });
  const changes = body['changes'];
  if (changes === undefined || !isJsonObject(changes) || Object.keys(changes).length === 0)
    throw ApiError.ofFields({ changes: ['changes must be a non-empty dict'] });
  return { id: readOrderId(id), changes };
}

/** The order's instruments; none when the venue lists them no more, and nothing is rounded then. */
function instrumentsOf({ legs }: AmendableOrder, all: readonly Instrument[]): Instrument | null {
  const found = legs.flatMap((leg) => all.find((i) => i.venue === leg.venue && i.symbol === leg.symbol) ?? []);
  const [first, ...others] = found;
  return first === undefined ? null : finestOf([first, ...others]);
}

const HARMLESS: readonly string[] = ['base_asset_qty', 'quote_asset_qty', 'sell_token_amount', 'notes'];

/** A smaller quantity at most. Whatever else is amended may let the order trade more, sooner or at another price. */
function takesRiskAway({ keys }: WantedChanges, order: AmendableOrder, { orderQty, amendPending }: Sizes): boolean {
  return (
    keys.every((key) => HARMLESS.includes(key)) && (amendPending ?? orderQty).lte(order.amendPending ?? order.orderQty)
  );
}

/** What restrictions are held against when an order grows. */
function growthOf(
  order: AmendableOrder,
  { orderQty }: Sizes,
  owner: Pick<TokenOwner, 'tenantId' | 'userId'>,
): RestrictedOrder {
  const { sizing, arrivalPrice, legs, pair, requestJson } = order;
  const inQuote = (qty: Decimal): Decimal | null =>
    sizing === 'quote' ? qty : arrivalPrice === null ? null : qty.mul(arrivalPrice);
  return {
    ...owner,
    pair,
    places: [...legs.map(({ venue }) => venue), ...readEcho(requestJson).accounts.map(({ exchange }) => exchange)],
    notional: inQuote(orderQty),
    adds: inQuote(orderQty.sub(order.orderQty)),
  };
}

/** What risk controls are held against when an order grows: all of it, as it would be. */
function grownOf(
  { legs, requestJson, side, sizing, pair, arrivalPrice }: AmendableOrder,
  { orderQty }: Sizes,
): JudgedOrder {
  const isBase = sizing === 'base';
  return {
    ...{ legs, requestJson, side },
    quote: pair.slice(pair.lastIndexOf('-') + 1),
    baseAmount: isBase ? orderQty : arrivalPrice === null ? null : orderQty.div(arrivalPrice),
    quoteAmount: isBase ? (arrivalPrice === null ? null : orderQty.mul(arrivalPrice)) : orderQty,
  };
}

interface Sizes {
  readonly orderQty: Decimal;
  readonly amendPending: Decimal | null;
  readonly limitPrice: AmendableOrder['limitPrice'];
}

/** Quantity and price in the steps of the venues; faults go to the reading. */
function judgeSizes(
  order: AmendableOrder,
  { quantity, draft, keys }: WantedChanges,
  reading: OrderReading,
  instrument: Instrument | null,
): Sizes {
  let { orderQty, amendPending, limitPrice } = order;
  if (quantity !== null) {
    const rounded = roundQuantity(order, quantity.orderQty, reading, instrument);
    const { field } = quantity;
    const tooLarge = whyTooLarge({ sizing: order.sizing, orderQty: quantity.orderQty }, order.arrivalPrice);
    if (tooLarge !== null) reading.fail(field, `${field} ${tooLarge}`);
    else if (rounded === null)
      reading.fail(field, `${field} is below the venue's minimum, was ${showD(quantity.orderQty)}`);
    else {
      const outcome = amendQuantity(rounded, order.executed, order.working);
      if (outcome.kind === 'below_executed')
        reading.fail(field, `${field} must be at least the executed ${showD(order.executed)}, was ${showD(rounded)}`);
      else if (outcome.kind === 'later') amendPending = outcome.orderQty;
      else [orderQty, amendPending] = [outcome.orderQty, null];
    }
  }
  if (keys.includes('limit_price') && reading.errors['limit_price'] === undefined) {
    limitPrice = draft.limitPrice ?? null;
    if (instrument !== null) {
      const isReverseLimit = order.params.isReverseLimit ?? false;
      const tick = toTick({ limitPrice, side: order.side, isReverseLimit }, instrument, reading.warnings);
      if (tick.ok) limitPrice = tick.value;
      else reading.fail('limit_price', tick.error.text);
    }
  }
  const field = keys.includes('limit_price') ? 'limit_price' : quantity?.field;
  if (instrument !== null && field !== undefined && Object.keys(reading.errors).length === 0) {
    const why = whyTooSmall({ ...order, limitPrice }, amendPending ?? orderQty, instrument);
    if (why !== null) reading.fail(field, `${field} leaves too little: ${why}`);
  }
  return { orderQty, amendPending, limitPrice };
}

/** Why what is asked for is below the venue's minimum at its limit price; null when it is not, or executed in part. */
function whyTooSmall(order: AmendableOrder, orderQty: Decimal, instrument: Instrument): string | null {
  if (!order.executed.isZero()) return null;
  const isReverseLimit = order.params.isReverseLimit ?? false;
  const price = leastPrice({ ...order, isReverseLimit }, order.arrivalPrice);
  const steps = toLots({ sizing: order.sizing, orderQty }, instrument, price, []);
  return steps.ok ? null : steps.error.text;
}

/** Null below the minimum of a new order; what is executed already needs no such minimum. */
function roundQuantity(
  { sizing, executed, arrivalPrice }: AmendableOrder,
  orderQty: Decimal,
  reading: OrderReading,
  instrument: Instrument | null,
): Decimal | null {
  if (instrument === null || orderQty.eq(executed)) return orderQty;
  const steps = toLots({ sizing, orderQty }, instrument, arrivalPrice, reading.warnings);
  if (steps.ok) return steps.value;
  return executed.isZero() ? null : orderQty;
}

/** Pure. */
function amendmentOf(order: AmendableOrder, wanted: WantedChanges, sizes: Sizes): Omit<Amendment, 'estimatedMs'> {
  const { draft, keys } = wanted;
  const echo = readEcho(order.requestJson);
  const durationMs = wanted.durationMs ?? order.durationMs;
  const targetTime = wanted.targetTime ?? order.params.targetTime ?? null;
  const params = {
    ...order.params,
    targetTime,
    ...(draft.passiveness === undefined ? {} : { passiveness: draft.passiveness.toFixed() }),
    ...(draft.discretion === undefined ? {} : { discretion: atLeast(draft.discretion, MIN_DISCRETION).toFixed() }),
    ...(draft.povLimit === undefined || draft.povLimit === null ? {} : { povLimit: draft.povLimit.toFixed() }),
    ...(draft.povTarget === undefined || draft.povTarget === null ? {} : { povTarget: draft.povTarget.toFixed() }),
  };
  const isPlanMoved = durationMs !== order.durationMs || targetTime !== (order.params.targetTime ?? null);
  const isSizeChanged =
    !sizes.orderQty.eq(order.orderQty) || sizes.limitPrice?.toFixed() !== order.limitPrice?.toFixed();
  return {
    ...sizes,
    durationMs,
    params,
    requestJson: writeEcho({
      ...echo,
      strategy_params: { ...echo.strategy_params, ...wanted.windowEcho },
      notes: draft.notes ?? echo.notes,
      engine_passiveness: draft.passiveness?.toFixed() ?? echo.engine_passiveness,
      schedule_discretion: draft.discretion?.toFixed() ?? echo.schedule_discretion,
      pov_limit: draft.povLimit?.toFixed() ?? echo.pov_limit,
      pov_target: draft.povTarget?.toFixed() ?? echo.pov_target,
    }),
    startAt: isPlanMoved && targetTime !== null ? windowStart(order, targetTime, durationMs ?? 0) : order.startAt,
    leavesFinisher: isPlanMoved,
    cancelsChildren: sizes.amendPending !== null || (isSizeChanged && order.algorithm === 'limit'),
    text: `amended by request: ${keys.join(', ')}`,
  };
}

/** A window that moves takes the start of an order with it that has not begun. */
function windowStart(order: AmendableOrder, targetTime: number, durationMs: number): AmendableOrder['startAt'] {
  if (order.activatedAt !== null) return order.startAt;
  return Math.max(order.now, (targetTime - durationMs / 2) * MICROS_PER_MS) as AmendableOrder['startAt'];
}

const atLeast = (value: Decimal, least: Decimal): Decimal => (value.lt(least) ? least : value);
