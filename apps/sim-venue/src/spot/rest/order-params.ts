import { Refusal } from '../../floor/refusal.js';
import type { Side } from '../../matching/book.js';
import type { SelfTradeMode } from '../../matching/match.js';
import { clientIdBytes } from '../../rest/client-id-bytes.js';
import { decimalParam, integerParam, missing, type ParamRules, type Params } from '../../rest/params.js';
import type { OrderType, TimeInForce } from '../records.js';

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
/** The vendor has them, no symbol here allows them. */
const OTHER_SELF_TRADE_MODES: readonly string[] = ['DECREMENT', 'TRANSFER'];
const LOWEST_STRATEGY_TYPE = 1_000_000;

export type ResponseType = 'ACK' | 'RESULT' | 'FULL';

/** An order as it was asked for: every parameter legal and fitting the others, none measured by the symbol's filters. */
export interface OrderParams {
  readonly clientOrderId: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  /** 10^-8 quote per base; 0 for MARKET. */
  readonly priceUnits: bigint;
  /** 10^-8 base; 0 when sized by `quoteUnits`. */
  readonly quantityUnits: bigint;
  readonly quoteUnits: bigint;
  readonly icebergUnits: bigint | null;
  readonly selfTrade: SelfTradeMode;
  readonly strategyId: number | undefined;
  readonly strategyType: number | undefined;
}

/** @throws Refusal for the first thing wrong with the order's parameters (-1102, -1106, -1111, -1114 to -1117, ...) */
export function orderParams(params: Params): OrderParams {
  const side = params.get('side');
  const type = params.get('type');
  if (side !== 'BUY' && side !== 'SELL') throw new Refusal(-1117, 'Invalid side.');
  if (type !== 'LIMIT' && type !== 'LIMIT_MAKER' && type !== 'MARKET') throw new Refusal(-1116, 'Invalid orderType.');
  const selfTrade = selfTradeMode(params);
  responseType(params);
  const strategyType = integerParam(params, 'strategyType', { min: 0, max: 2_147_483_647 });
  if (strategyType !== undefined && strategyType < LOWEST_STRATEGY_TYPE)
    throw new Refusal(-1134, 'strategyType was less than 1000000.');
  for (const name of ['stopPrice', 'trailingDelta']) refuseIfSent(params, name);
  const tif = timeInForce(params, type);
  return {
    clientOrderId: params.get('newClientOrderId') ?? newClientOrderId(),
    side,
    type,
    timeInForce: tif,
    ...(type === 'MARKET' ? marketAmounts(params) : limitAmounts(params, type, tif)),
    selfTrade,
    strategyId: integerParam(params, 'strategyId', { min: 0, max: Number.MAX_SAFE_INTEGER }),
    strategyType,
  };
}

export function responseType(params: Params): ResponseType {
  const given = params.get('newOrderRespType');
  if (given === 'ACK' || given === 'RESULT' || given === 'FULL') return given;
  if (given !== undefined) throw new Refusal(-1130, "Data sent for parameter 'newOrderRespType' is not valid.");
  return params.get('type') === 'LIMIT_MAKER' ? 'ACK' : 'FULL';
}

/** As the vendor makes them up when a request brings none. */
export function newClientOrderId(): string {
  return clientIdBytes().toString('hex');
}

type Amounts = Pick<OrderParams, 'priceUnits' | 'quantityUnits' | 'quoteUnits' | 'icebergUnits'>;

function limitAmounts(params: Params, type: OrderType, tif: TimeInForce): Amounts {
  if (type === 'LIMIT' && !params.has('timeInForce')) throw missing('timeInForce');
  refuseIfSent(params, 'quoteOrderQty');
  const quantityUnits = decimalParam(params, 'quantity');
  if (quantityUnits === undefined) throw missing('quantity');
  const priceUnits = decimalParam(params, 'price');
  if (priceUnits === undefined) throw missing('price');
  const icebergUnits = decimalParam(params, 'icebergQty') ?? null;
  if (icebergUnits !== null && tif !== 'GTC') throw new Refusal(-1014, 'Unsupported order combination.');
  return { priceUnits, quantityUnits, quoteUnits: 0n, icebergUnits };
}

function marketAmounts(params: Params): Amounts {
  for (const name of ['timeInForce', 'price', 'icebergQty']) refuseIfSent(params, name);
  const quantityUnits = decimalParam(params, 'quantity');
  const quoteUnits = decimalParam(params, 'quoteOrderQty');
  if (quantityUnits !== undefined) refuseIfSent(params, 'quoteOrderQty');
  if (quantityUnits === undefined && quoteUnits === undefined)
    throw new Refusal(-1102, "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!");
  if (quoteUnits === 0n) throw new Refusal(-1130, "Data sent for parameter 'quoteOrderQty' is not valid.");
  return { priceUnits: 0n, quantityUnits: quantityUnits ?? 0n, quoteUnits: quoteUnits ?? 0n, icebergUnits: null };
}

function selfTradeMode(params: Params): SelfTradeMode {
  const given = params.get('selfTradePreventionMode') ?? DEFAULT_SELF_TRADE_MODE;
  const mode = SELF_TRADE_MODES.find((known) => known === given);
  if (mode !== undefined) return mode;
  if (OTHER_SELF_TRADE_MODES.includes(given))
    throw new Refusal(-1013, 'This symbol does not allow the specified self-trade prevention mode.');
  throw new Refusal(-1130, "Data sent for parameter 'selfTradePreventionMode' is not valid.");
}

function timeInForce(params: Params, type: OrderType): TimeInForce {
  const given = params.get('timeInForce');
  if (given === undefined) return 'GTC';
  if (given !== 'GTC' && given !== 'IOC' && given !== 'FOK') throw new Refusal(-1115, 'Invalid timeInForce.');
  if (type === 'LIMIT_MAKER') refuseIfSent(params, 'timeInForce');
  return given;
}

function refuseIfSent(params: Params, name: string): void {
  if (params.has(name)) throw new Refusal(-1106, `Parameter '${name}' sent when not required.`);
}
