import { Refusal } from '../../floor/refusal.js';
import type { SymbolMarket } from '../../floor/symbol-market.js';
import type { SymbolSpec } from '../../matching/symbol-spec.js';
import type { Side } from '../../matching/book.js';
import type { SelfTradeMode } from '../../matching/match.js';
import { clientIdBytes } from '../../rest/client-id-bytes.js';
import { missing, type ParamRules, type Params } from '../../rest/params.js';
import { type FuturesAccount, opens } from '../ledger/futures-account.js';
import type { FuturesOrderType, FuturesTimeInForce, PositionSide } from '../ledger/records.js';
import type { FuturesCommand } from '../order-checks.js';
import { checkBand, checkMarketBand, checkNotional, lotsParam, MAX_OPEN_ORDERS, ticksParam } from './order-filters.js';

export const ORDER_RULES: ParamRules = {
  symbol: { kind: 'symbol', mandatory: true },
  side: { kind: 'enum', mandatory: true },
  type: { kind: 'enum', mandatory: true },
  positionSide: { kind: 'enum' },
  timeInForce: { kind: 'enum' },
  quantity: { kind: 'decimal' },
  reduceOnly: { kind: 'enum' },
  price: { kind: 'decimal' },
  newClientOrderId: { kind: 'text' },
  stopPrice: { kind: 'decimal' },
  closePosition: { kind: 'enum' },
  activationPrice: { kind: 'decimal' },
  activatePrice: { kind: 'decimal' },
  callbackRate: { kind: 'decimal' },
  workingType: { kind: 'enum' },
  priceProtect: { kind: 'enum' },
  newOrderRespType: { kind: 'enum' },
  priceMatch: { kind: 'enum' },
  selfTradePreventionMode: { kind: 'enum' },
  goodTillDate: { kind: 'integer' },
};

const CONDITIONAL = ['STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'];
const TIMES_IN_FORCE: readonly string[] = ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'];
const SELF_TRADE_MODES: readonly string[] = ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'];
const ONLY_CONDITIONAL = ['stopPrice', 'activationPrice', 'activatePrice', 'callbackRate'];
/** Letters, digits and `.:/_-`, as the vendor says. */
const CLIENT_ID = /^[.A-Z:/a-z0-9_-]{1,36}$/;
const LEAST_LIFE_MS = 600_000;
const LAST_DATE = 253_402_300_799_000;

/** @throws Refusal for the first thing wrong with the order's parameters */
export function futuresCommand(
  params: Params,
  market: SymbolMarket,
  account: FuturesAccount,
  requestHash: string,
  now: number,
): FuturesCommand {
  const side = sideParam(params);
  const type = orderType(params);
  const positionSide = positionSideParam(params, account);
  responseType(params);
  for (const name of ONLY_CONDITIONAL) if (params.has(name)) throw notRequired(name);
  checkPriceMatch(params);
  const reduceOnly = reduceOnlyParam(params, account);
  if (flag(params, 'closePosition'))
    throw new Refusal(-4136, `Target strategy invalid for orderType ${type},closePosition true`);
  const timeInForce = timeInForceParam(params, type);
  const goodTill = goodTillParam(params, timeInForce, now);
  const quantity = params.get('quantity');
  if (quantity === undefined) throw missing('quantity');
  if (type === 'MARKET' && params.has('price')) throw notRequired('price');
  const price = params.get('price');
  if (type === 'LIMIT' && price === undefined) throw missing('price');
  return {
    clientOrderId: clientIdParam(params) ?? clientIdBytes().toString('base64url'),
    side,
    positionSide,
    type,
    timeInForce,
    ticks: price === undefined ? 0 : ticksParam(market.spec, price),
    lots: lotsParam(market.spec, quantity, type === 'MARKET'),
    reduceOnly,
    goodTill,
    selfTrade: selfTradeParam(params),
    requestHash,
  };
}

/** Filters that look at the market and the account. @throws Refusal -4016, -4024, -4131, -4164 or -2025 */
export function checkFilters(
  command: FuturesCommand,
  market: SymbolMarket,
  account: FuturesAccount,
  mark: bigint,
): void {
  const { side, type, ticks, lots, positionSide } = command;
  if (type === 'MARKET') checkMarketBand(market, side, mark);
  else checkBand(market, side, ticks, mark);
  const onlyReduces = command.reduceOnly || (positionSide !== 'BOTH' && !opens(positionSide, side));
  if (!onlyReduces) checkNotional(market, ticks, lots, mark);
  checkOpenOrders(market.spec, account, type);
}

/** @throws Refusal -2025 when the account has as many open orders of the symbol as it may */
export function checkOpenOrders(spec: SymbolSpec, account: FuturesAccount, type: FuturesOrderType): void {
  if (type === 'MARKET') return;
  let open = 0;
  for (const order of account.openOrders.values()) if (order.spec === spec) open += 1;
  if (open >= MAX_OPEN_ORDERS) throw new Refusal(-2025, 'Reach max open order limit.');
}

/** How much a reply to a placement says: as it was accepted, or what became of it at once. */
export function responseType(params: Params): 'ACK' | 'RESULT' {
  const given = params.get('newOrderRespType') ?? 'ACK';
  if (given !== 'ACK' && given !== 'RESULT') throw new Refusal(-1136, 'Invalid newOrderRespType.');
  return given;
}

/** @throws Refusal -1117 */
export function sideParam(params: Params): Side {
  const side = params.get('side');
  if (side !== 'BUY' && side !== 'SELL') throw new Refusal(-1117, 'Invalid side.');
  return side;
}

/** Prices that follow the book are not offered. @throws Refusal -5037 */
export function checkPriceMatch(params: Params): void {
  if ((params.get('priceMatch') ?? 'NONE') !== 'NONE') throw new Refusal(-5037, 'Invalid price match');
}

/** @throws Refusal -4060 for a side that is none, -4061 for one of the other mode */
export function positionSideParam(params: Params, account: FuturesAccount): PositionSide {
  const given = params.get('positionSide') ?? 'BOTH';
  if (given !== 'BOTH' && given !== 'LONG' && given !== 'SHORT') throw new Refusal(-4060, 'Invalid position side.');
  if ((given === 'BOTH') === account.dual)
    throw new Refusal(-4061, "Order's position side does not match user's setting.");
  return given;
}

/** @throws Refusal -1130 for anything but true and false */
export function flag(params: Params, name: string): boolean {
  const text = (params.get(name) ?? 'false').toLowerCase();
  if (text !== 'true' && text !== 'false') throw new Refusal(-1130, `Data sent for parameter '${name}' is not valid.`);
  return text === 'true';
}

function orderType(params: Params): FuturesOrderType {
  const type = params.get('type') ?? '';
  if (CONDITIONAL.includes(type))
    throw new Refusal(
      -4120,
      'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.',
    );
  if (type !== 'LIMIT' && type !== 'MARKET') throw new Refusal(-1116, 'Invalid orderType.');
  return type;
}

function reduceOnlyParam(params: Params, account: FuturesAccount): boolean {
  const reduceOnly = flag(params, 'reduceOnly');
  if (account.dual && params.has('reduceOnly')) throw notRequired('reduceonly');
  return reduceOnly;
}

function timeInForceParam(params: Params, type: FuturesOrderType): FuturesTimeInForce {
  const given = params.get('timeInForce');
  if (type === 'MARKET') {
    if (given !== undefined) throw notRequired('timeInForce');
    return 'GTC';
  }
  if (given === undefined) throw missing('timeInForce');
  if (!TIMES_IN_FORCE.includes(given)) throw new Refusal(-1115, 'Invalid timeInForce.');
  return given as FuturesTimeInForce;
}

function goodTillParam(params: Params, timeInForce: FuturesTimeInForce, now: number): number {
  const given = params.get('goodTillDate');
  if (timeInForce !== 'GTD') {
    if (given !== undefined && given !== '0') throw notRequired('goodTillDate');
    return 0;
  }
  if (given === undefined) throw missing('goodTillDate');
  // The vendor keeps whole seconds only.
  const at = Number(given) - (Number(given) % 1_000);
  if (!(at > now + LEAST_LIFE_MS) || at >= LAST_DATE)
    throw new Refusal(
      -5040,
      'The goodTillDate timestamp must be greater than the current time plus 600 seconds and smaller than 253402300799000',
    );
  return at;
}

function clientIdParam(params: Params): string | undefined {
  const given = params.get('newClientOrderId');
  if (given !== undefined && !CLIENT_ID.test(given)) throw new Refusal(-4015, 'Client order id is not valid.');
  return given;
}

function selfTradeParam(params: Params): SelfTradeMode {
  const given = params.get('selfTradePreventionMode') ?? 'EXPIRE_MAKER';
  if (!SELF_TRADE_MODES.includes(given)) throw new Refusal(-5039, 'Invalid self trade prevention mode');
  return given as SelfTradeMode;
}

function notRequired(name: string): Refusal {
  return new Refusal(-1106, `Parameter '${name}' sent when not required.`);
}
