import { randomBytes } from 'node:crypto';
import type { PlaceCommand } from '../order-sizing.js';
import { filterFailure, orderRejected, Refusal } from '../../floor/refusal.js';
import type { SymbolMarket } from '../../floor/symbol-market.js';
import type { Account } from '../account.js';
import type { OrderType, TimeInForce } from '../records.js';
import type { SelfTradeMode } from '../../matching/match.js';
import { decimalParam, missing, type ParamRules, type Params } from '../../rest/params.js';

export const ORDER_RULES: ParamRules = {
  symbol: { kind: 'symbol', mandatory: true },
  side: { kind: 'enum', mandatory: true },
  type: { kind: 'enum', mandatory: true },
  timeInForce: { kind: 'enum' },
  quantity: { kind: 'decimal' },
  quoteOrderQty: { kind: 'decimal' },
  price: { kind: 'decimal' },
  newClientOrderId: { kind: 'clientId' },
  strategyId: { kind: 'integer' },
  strategyType: { kind: 'integer' },
  stopPrice: { kind: 'decimal' },
  trailingDelta: { kind: 'integer' },
  icebergQty: { kind: 'decimal' },
  newOrderRespType: { kind: 'enum' },
  selfTradePreventionMode: { kind: 'enum' },
};

export const SELF_TRADE_MODES: readonly SelfTradeMode[] = ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'];
export const DEFAULT_SELF_TRADE_MODE: SelfTradeMode = 'EXPIRE_MAKER';
export const MAX_OPEN_ORDERS = 200;
/** PERCENT_PRICE_BY_SIDE: how far from the average price an order may stand. */
export const PRICE_BAND = { up: 5, down: 0.2 };

export type ResponseType = 'ACK' | 'RESULT' | 'FULL';

/** @throws Refusal for the first thing wrong with the order's parameters (-1102, -1106, -1111, -1114 to -1117, ...) */
export function orderCommand(params: Params, market: SymbolMarket, requestHash: string): PlaceCommand {
  const side = params.get('side');
  const type = params.get('type');
  if (side !== 'BUY' && side !== 'SELL') throw new Refusal(-1117, 'Invalid side.');
  if (type !== 'LIMIT' && type !== 'LIMIT_MAKER' && type !== 'MARKET') throw new Refusal(-1116, 'Invalid orderType.');
  const selfTrade = (params.get('selfTradePreventionMode') ?? DEFAULT_SELF_TRADE_MODE) as SelfTradeMode;
  if (!SELF_TRADE_MODES.includes(selfTrade))
    throw new Refusal(-1130, "Data sent for parameter 'selfTradePreventionMode' is not valid.");
  responseType(params);
  for (const name of ['stopPrice', 'trailingDelta'])
    if (params.has(name)) throw new Refusal(-1106, `Parameter '${name}' sent when not required.`);
  if (params.has('icebergQty')) throw orderRejected('Iceberg orders are not supported for this symbol.');
  const tif = timeInForce(params, type);
  const amounts = type === 'MARKET' ? marketAmounts(params) : limitAmounts(params, type);
  const { spec } = market;
  const ticks = amounts.price === 0n ? 0 : spec.ticksOf(amounts.price);
  const lots = amounts.quantity === 0n ? 0 : spec.lotsOf(amounts.quantity);
  if (type !== 'MARKET' && (ticks === null || ticks < 1 || ticks > spec.maxTicks)) throw filterFailure('PRICE_FILTER');
  if (type !== 'MARKET') checkBand(market, ticks as number);
  if (amounts.quoteUnits === 0n && (lots === null || lots < 1 || lots > spec.maxLots)) throw filterFailure('LOT_SIZE');
  return {
    clientOrderId: params.get('newClientOrderId') ?? newClientOrderId(),
    side,
    type,
    timeInForce: tif,
    ticks: ticks as number,
    lots: lots as number,
    quoteUnits: amounts.quoteUnits,
    selfTrade,
    requestHash,
  };
}

/** @throws Refusal -1013 naming the filter */
export function checkFilters(command: PlaceCommand, market: SymbolMarket, account: Account): void {
  const { spec } = market;
  if (command.type === 'MARKET' && command.lots > spec.maxMarketLots) throw filterFailure('MARKET_LOT_SIZE');
  if (notionalOf(command, market) < spec.minNotionalUnits) throw filterFailure('NOTIONAL');
  if (command.type === 'MARKET') return;
  let open = 0;
  for (const order of account.openOrders.values()) if (order.spec === spec) open += 1;
  if (open >= MAX_OPEN_ORDERS) throw filterFailure('MAX_NUM_ORDERS');
}

export function responseType(params: Params): ResponseType {
  const given = params.get('newOrderRespType');
  if (given === 'ACK' || given === 'RESULT' || given === 'FULL') return given;
  if (given !== undefined) throw new Refusal(-1130, "Data sent for parameter 'newOrderRespType' is not valid.");
  return params.get('type') === 'LIMIT_MAKER' ? 'ACK' : 'FULL';
}

/** As the vendor makes them up when a request brings none. */
export function newClientOrderId(): string {
  return randomBytes(11).toString('hex');
}

interface Amounts {
  readonly price: bigint;
  readonly quantity: bigint;
  readonly quoteUnits: bigint;
}

function limitAmounts(params: Params, type: OrderType): Amounts {
  if (type === 'LIMIT' && !params.has('timeInForce')) throw missing('timeInForce');
  if (params.has('quoteOrderQty')) throw new Refusal(-1106, "Parameter 'quoteOrderQty' sent when not required.");
  const quantity = decimalParam(params, 'quantity');
  if (quantity === undefined) throw missing('quantity');
  const price = decimalParam(params, 'price');
  if (price === undefined) throw missing('price');
  return { price, quantity, quoteUnits: 0n };
}

function marketAmounts(params: Params): Amounts {
  if (params.has('timeInForce')) throw new Refusal(-1106, "Parameter 'timeInForce' sent when not required.");
  if (params.has('price')) throw new Refusal(-1106, "Parameter 'price' sent when not required.");
  const quantity = decimalParam(params, 'quantity');
  const quoteUnits = decimalParam(params, 'quoteOrderQty');
  if (quantity !== undefined && quoteUnits !== undefined)
    throw new Refusal(-1106, "Parameter 'quoteOrderQty' sent when not required.");
  if (quantity === undefined && quoteUnits === undefined)
    throw new Refusal(-1102, "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!");
  if (quoteUnits === 0n) throw filterFailure('NOTIONAL');
  return { price: 0n, quantity: quantity ?? 0n, quoteUnits: quoteUnits ?? 0n };
}

function timeInForce(params: Params, type: OrderType): TimeInForce {
  const given = params.get('timeInForce');
  if (given === undefined) return 'GTC';
  if (given !== 'GTC' && given !== 'IOC' && given !== 'FOK') throw new Refusal(-1115, 'Invalid timeInForce.');
  if (type === 'LIMIT_MAKER') throw new Refusal(-1106, "Parameter 'timeInForce' sent when not required.");
  return given;
}

function checkBand(market: SymbolMarket, ticks: number): void {
  const reference = market.referenceTicks();
  if (reference === null) return;
  if (ticks > reference * PRICE_BAND.up || ticks < reference * PRICE_BAND.down)
    throw filterFailure('PERCENT_PRICE_BY_SIDE');
}

function notionalOf(command: PlaceCommand, market: SymbolMarket): bigint {
  if (command.quoteUnits > 0n) return command.quoteUnits;
  if (command.type !== 'MARKET') return market.spec.notional(command.ticks, command.lots);
  const reference = market.referenceTicks();
  // Without any price there is nothing to measure a market order by; matching will find no liquidity.
  return reference === null ? market.spec.minNotionalUnits : market.spec.notional(Math.floor(reference), command.lots);
}
