import { addMs, Dec, type Clock, type Quantity, type Price, type Side } from '#domain';
import type { Cause } from '../../ports.js';
import { UNSUPPORTED } from '../../ports.js';
import {
  wireMeta,
  runCall,
  type CallContext,
  type CallRecord,
  type OutgoingRequest,
} from '../../transport/call-context.js';
import type { HttpClient } from '../../transport/http-client.js';
import { newExchange } from '../ccxt-venue.js';
import { classify, listed, never, RATE_STATUSES, type CallKind, type ErrorTable } from '../classify.js';
import type { CcxtExchange } from '../load-ccxt.js';
import { guarded, type Answer } from '../outcome.js';
import { readJson } from '../read-json.js';
import type { AnyExchange } from './profile.js';

const UNAUTHORIZED = 'HTTP_401';
const MAX_RETRY_MS = 86_400_000;

/** Nobody has described this exchange's codes: the status alone speaks (venues.md A5). */
const ERRORS: ErrorTable = {
  duplicate: never,
  rate: () => null,
  fence: never,
  refused: listed(UNAUTHORIZED),
  gone: { cancel: never, lookup: never },
  named: () => null,
  rateStatuses: RATE_STATUSES,
  retryMs: { requests: 60_000, orders: 60_000, ban: 600_000 },
  retryAt: () => null,
};

/** An instance of one product, under the rules of venues.md A2. Its nonce keeps the exchange's own unit, and rises. */
export async function openExchange(
  { exchange: ccxtId, product }: AnyExchange,
  baseUrl: string | null,
  http: HttpClient,
  keys: Readonly<Record<string, string>>,
): Promise<CcxtExchange> {
  const options = { defaultType: product === 'spot' ? 'spot' : 'swap', adjustForTimeDifference: false };
  const target = { protocol: { ccxtId, entries: null, nonceRises: true, options }, baseUrl };
  const exchange = await newExchange(target, http, keys);
  const ownNonce = (Object.getPrototypeOf(exchange) as CcxtExchange).nonce;
  let last = 0;
  exchange.nonce = () => (last = Math.max(last + 1, ownNonce.call(exchange)));
  limitMarketTypes(exchange, product);
  return exchange;
}

/** Some exchanges list each product by a request of its own: only ours is asked for, where ccxt lets us say so. */
function limitMarketTypes(exchange: CcxtExchange, product: AnyExchange['product']): void {
  const options = exchange.options.fetchMarkets as { types?: unknown } | undefined;
  if (!Array.isArray(options?.types)) return;
  const wanted = product === 'spot' ? ['spot'] : ['swap', 'linear'];
  const types = options.types.filter((type) => wanted.includes(String(type)));
  if (types.length > 0) exchange.options.fetchMarkets = { ...options, types };
}

/** One of ccxt's unified methods: what went over the wire, and what ccxt makes of the replies. */
export interface UnifiedCall<T> {
  readonly kind: CallKind;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly context: CallContext;
  /** @throws what `guarded` of outcome.ts takes for a reply that cannot be read */
  readonly read: (result: unknown, record: CallRecord) => T;
}

/** Runs it. ccxt's exceptions decide nothing: an answer is a success by its status and by what can be read from it. */
export async function askUnified<T>(exchange: CcxtExchange, call: UnifiedCall<T>, clock: Clock): Promise<Answer<T>> {
  const made: { result?: unknown; thrown?: string } = {};
  const record = await runCall(call.context, async () => {
    try {
      const method = exchange[call.method];
      if (typeof method !== 'function') throw new TypeError(`ccxt ${exchange.id} has no ${call.method}`);
      made.result = await (method as (...args: unknown[]) => Promise<unknown>).apply(exchange, [...call.args]);
    } catch (error) {
      made.thrown = (error instanceof Error ? error.message : String(error)).slice(0, 500);
      throw error;
    }
  });
  const { exchange: heard, stopped } = record;
  const status = heard?.status ?? null;
  const whole = heard?.body !== undefined && heard.failure === undefined;
  const code = whole && status === 401 ? UNAUTHORIZED : null;
  const meta = wireMeta(heard, code);
  if (meta !== null && whole && status !== null && status >= 200 && status < 300) {
    if (made.thrown !== undefined) {
      return { kind: 'unreadable', why: { code: 'EXCHANGE_ERROR', text: made.thrown }, meta };
    }
    const value = guarded(() => call.read(made.result, record));
    return value.ok ? { kind: 'ok', value: value.value, meta } : { kind: 'unreadable', why: value.error, meta };
  }
  const verdict = classify(ERRORS, call.kind, {
    stage: heard?.stage ?? null,
    failure: stopped?.code ?? heard?.failure?.code ?? null,
    httpStatus: status,
    venueCode: code,
    text: '',
  });
  const text = stopped?.text ?? heard?.failure?.text ?? made.thrown ?? `HTTP ${status ?? 'none'}`;
  const repliedAt = heard?.repliedAt ?? clock.now();
  const told = Number(heard?.headers['retry-after']) * 1_000;
  const retryAt =
    verdict.kind === 'rate'
      ? addMs(repliedAt, told > 0 && told <= MAX_RETRY_MS ? Math.ceil(told) : ERRORS.retryMs[verdict.scope])
      : null;
  return { kind: 'failed', failure: { verdict, why: { code: verdict.code, text }, meta, retryAt } };
}

const PLAIN = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/** Every value of a rendered request: of its body, a form or JSON, of its query and of its path. */
function valuesOf({ url, body }: OutgoingRequest): { readonly fields: string[]; readonly path: string[] } {
  const { searchParams, pathname } = new URL(url);
  const json = body === null ? undefined : readJson(body);
  const leaves = (node: unknown): string[] =>
    typeof node === 'object' && node !== null ? Object.values(node).flatMap(leaves) : [String(node)];
  const form = typeof json === 'object' ? leaves(json) : [...new URLSearchParams(body ?? '').values()];
  return { fields: [...form, ...searchParams.values()], path: pathname.split('/').map(decodeURIComponent) };
}

/** The order as it must stand in the request. */
export interface WantedOrder {
  /** The exchange's own name of the instrument. */
  readonly symbol: string;
  readonly side: Side;
  readonly orderQty: Quantity;
  readonly price: Price;
  readonly id: string;
}

/**
 * Reads back the first request of `createOrder` (venues.md A2): it must be the order itself, with our id and exactly
 * its digits as text. A request that prepares another one is stopped, and with it the order.
 */
export function checkOrderRequest(request: OutgoingRequest, wanted: WantedOrder): Cause | null {
  const { fields, path } = valuesOf(request);
  const words = new Set([...fields, ...path].map((word) => word.toLowerCase()));
  const left = [...fields];
  const take = (value: Quantity | Price): boolean => {
    const at = left.findIndex((text) => PLAIN.test(text) && new Dec(text).abs().eq(value));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  };
  const has = {
    clientOrderId: fields.includes(wanted.id),
    orderQty: take(wanted.orderQty),
    price: take(wanted.price),
  };
  if (!has.clientOrderId && !has.orderQty && !has.price) {
    const what = `${request.method} ${new URL(request.url).pathname}`;
    return { code: UNSUPPORTED, text: `the order takes more than one request, or is not sent as text: first ${what}` };
  }
  const opposite = wanted.side === 'buy' ? 'sell' : 'buy';
  const wrong =
    Object.entries(has).find(([, found]) => !found)?.[0] ??
    (words.has(wanted.symbol.toLowerCase()) ? null : 'symbol') ??
    (words.has(opposite) ? 'side' : null);
  if (wrong === null) return null;
  return {
    code: 'RENDERED_ORDER_DIFFERS',
    text: `${wrong} must be sent as it was decided, was not found in the request`,
  };
}

/** A cancel must name the order in its one request. */
export function checkCancelRequest(request: OutgoingRequest, venueOrderId: string): Cause | null {
  const { fields, path } = valuesOf(request);
  if (fields.includes(venueOrderId) || path.includes(venueOrderId)) return null;
  return { code: UNSUPPORTED, text: 'the cancel takes more than one request' };
}
