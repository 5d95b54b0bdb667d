import { Refusal } from '../../floor/refusal.js';
import { integerParam, type ParamRules, type Params } from '../../rest/params.js';
import type { FuturesAccount, FuturesOrder } from '../ledger/futures-account.js';

export const FIND_RULES: ParamRules = {
  symbol: { kind: 'symbol', mandatory: true },
  orderId: { kind: 'integer' },
  origClientOrderId: { kind: 'text' },
};
const ANY_ID = { min: 0, max: Number.MAX_SAFE_INTEGER };
const WEEK_MS = 7 * 86_400_000;

/** @throws Refusal -1102 when neither id is sent */
export function checkFindable(params: Params): void {
  if (!params.has('orderId') && !params.has('origClientOrderId'))
    throw new Refusal(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!");
  integerParam(params, 'orderId', ANY_ID);
}

/** By id, which prevails, or by client id, among what the account or a view of it has. */
export function findOrder(account: FuturesAccount, params: Params): FuturesOrder | undefined {
  const symbol = params.get('symbol') ?? '';
  const orderId = params.get('orderId');
  if (orderId === undefined) return account.orderByClientId(symbol, params.get('origClientOrderId') ?? '');
  const order = account.orderById(Number(orderId));
  return order?.spec.symbol === symbol ? order : undefined;
}

export const RANGE_RULES: ParamRules = {
  startTime: { kind: 'integer' },
  endTime: { kind: 'integer' },
  limit: { kind: 'integer' },
};

export interface TimeRange {
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  readonly limit: number;
}

/** @throws Refusal -1023 when the range ends before it starts, -4165 when it is longer than a week */
export function timeRange(params: Params, limits: { usual: number; most: number }): TimeRange {
  const startTime = integerParam(params, 'startTime', ANY_ID);
  const endTime = integerParam(params, 'endTime', ANY_ID);
  if (startTime !== undefined && endTime !== undefined && startTime > endTime)
    throw new Refusal(-1023, 'Start time is greater than end time.');
  if (startTime !== undefined && endTime !== undefined && endTime - startTime > WEEK_MS)
    throw new Refusal(-4165, 'Maximum time interval is 7 days.');
  const asked = integerParam(params, 'limit', { min: 1, max: Number.MAX_SAFE_INTEGER }) ?? limits.usual;
  return { startTime, endTime, limit: Math.min(asked, limits.most) };
}

export function idParam(params: Params, name: string): number | undefined {
  return integerParam(params, name, ANY_ID);
}

export function isWithin({ startTime, endTime }: TimeRange, at: number): boolean {
  return at >= (startTime ?? 0) && at <= (endTime ?? Infinity);
}

/** The first ones of a list that was asked for from a point on, the last ones otherwise. */
export function page<T>(list: readonly T[], limit: number, fromStart: boolean): T[] {
  return fromStart ? list.slice(0, limit) : list.slice(-limit);
}
