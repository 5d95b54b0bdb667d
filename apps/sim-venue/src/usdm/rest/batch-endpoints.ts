import { Refusal } from '../../floor/refusal.js';
import { checkParams, type ParamRules, type Params } from '../../rest/params.js';
import { marketOf } from '../../rest/symbol-param.js';
import type { FuturesCall, FuturesEndpoint, FuturesVenue } from './endpoint.js';
import { AMEND_RULES, prepareAmendment, prepareCancellation, preparePlacement } from './order-endpoints.js';
import { ORDER_RULES, responseType } from './order-command.js';
import { amendedView, orderView, placedView } from './order-views.js';

const MOST_PLACED = 5;
const MOST_CANCELED = 10;
/** A batch counts as full, however many orders it holds (venues.md B3). */
const COUNTED = 5;
const NO_ORDER_PARAMS = new Set(['recvWindow', 'timestamp', 'signature']);

/** Several orders in one request. Each succeeds or is refused by itself, in the order given. */
export function batchEndpoints(venue: FuturesVenue): readonly FuturesEndpoint[] {
  const { exchange, orderCounts } = venue;

  const batch = (
    method: 'POST' | 'PUT',
    rules: ParamRules,
    work: (call: FuturesCall, params: Params) => unknown,
  ): FuturesEndpoint => ({
    method,
    path: '/fapi/v1/batchOrders',
    security: 'TRADE',
    weight: 5,
    countsOrders: true,
    rules: { batchOrders: { kind: 'json', mandatory: true } },
    prepare(call) {
      const rows = orderRows(call.params);
      return {
        refused: orderCounts.reserve(call.account.id, exchange.now(), COUNTED),
        run: () =>
          rows.map((params) =>
            attempt(() => {
              checkParams(params, rules);
              return work(call, params);
            }),
          ),
      };
    },
  });

  const cancel: FuturesEndpoint = {
    method: 'DELETE',
    path: '/fapi/v1/batchOrders',
    security: 'TRADE',
    weight: 5,
    rules: {
      symbol: { kind: 'symbol', mandatory: true },
      orderIdList: { kind: 'json' },
      orderidlist: { kind: 'json' },
      origClientOrderIdList: { kind: 'json' },
    },
    prepare({ account, params }) {
      const { symbol } = marketOf(exchange.markets, params).spec;
      const rows = idRows(params, symbol);
      return () => rows.map((row) => attempt(() => orderView(prepareCancellation(venue, account, row, '')())));
    },
  };

  return [
    batch('POST', ORDER_RULES, ({ account, requestHash }, params) =>
      placedView(preparePlacement(venue, account, params, requestHash)(), responseType(params)),
    ),
    batch('PUT', AMEND_RULES, ({ account }, params) => amendedView(prepareAmendment(venue, account, params, '')())),
    cancel,
  ];
}

function attempt(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, msg: error.message };
    throw error;
  }
}

/** @throws Refusal -1130 when it is not a list of objects, -4082 when it is empty or too long */
function orderRows(params: Params): Params[] {
  const rows = jsonList(params, 'batchOrders');
  if (rows.length === 0 || rows.length > MOST_PLACED)
    throw new Refusal(-4082, `Invalid number of batch place orders: ${rows.length}`);
  return rows.map((row) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) throw invalid('batchOrders');
    const entries = Object.entries(row).filter(([name, value]) => !NO_ORDER_PARAMS.has(name) && value !== null);
    return new Map(entries.map(([name, value]) => [name, plainText(value, 'batchOrders')]));
  });
}

/** Both spellings of ids: the documented one, and the one that the vendor takes as well (ADR 0020). */
const ID_LISTS = ['orderIdList', 'orderidlist'];

/** One cancellation per id. @throws Refusal -1102, -1130 or -4032 */
function idRows(params: Params, symbol: string): Params[] {
  const name = ID_LISTS.find((list) => params.has(list)) ?? 'origClientOrderIdList';
  if (!params.has(name))
    throw new Refusal(-1102, "Param 'orderIdList' or 'origClientOrderIdList' must be sent, but both were empty/null!");
  const ids = jsonList(params, name).map((id) => plainText(id, name));
  if (ids.length > MOST_CANCELED) throw new Refusal(-4032, 'Exceed maximum cancel order size.');
  const key = ID_LISTS.includes(name) ? 'orderId' : 'origClientOrderId';
  if (ids.length === 0 || (key === 'orderId' && ids.some((id) => !/^\d{1,15}$/.test(id)))) throw invalid(name);
  return ids.map(
    (id) =>
      new Map([
        ['symbol', symbol],
        [key, id],
      ]),
  );
}

function jsonList(params: Params, name: string): unknown[] {
  let list: unknown;
  try {
    list = JSON.parse(params.get(name) ?? '');
  } catch {
    throw invalid(name);
  }
  if (!Array.isArray(list)) throw invalid(name);
  return list;
}

function plainText(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw invalid(name);
}

function invalid(name: string): Refusal {
  return new Refusal(-1130, `Data sent for parameter '${name}' is not valid.`);
}
