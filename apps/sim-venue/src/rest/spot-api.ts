import { createHash } from 'node:crypto';
import { Refusal } from '../floor/refusal.js';
import type { Account } from '../spot/account.js';
import { accountEndpoints } from '../spot/rest/account-endpoints.js';
import type { Call, Endpoint, Venue } from './endpoint.js';
import { orderRateLimits } from '../spot/rest/exchange-info.js';
import { marketEndpoints } from '../spot/rest/market-endpoints.js';
import { orderEndpoints } from '../spot/rest/order-endpoints.js';
import { checkParams, readParams, type Params } from './params.js';
import {
  accountOfKey,
  checkSignature,
  checkTime,
  signedText,
  SIGNED_RULES,
  timeWindow,
  type TimeWindow,
} from './security.js';

export interface SpotRequest {
  readonly method: string;
  readonly path: string;
  /** As received, undecoded, without the question mark. */
  readonly query: string;
  readonly body: string;
  readonly apiKey: string | undefined;
  readonly ip: string;
}

export interface SpotReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A call as both REST and the WebSocket API bring it. */
export interface Submission {
  /** Method and path of the endpoint. */
  readonly route: string;
  /** Or why they could not be read. */
  readonly params: Params | Refusal;
  readonly apiKey: string | undefined;
  readonly ip: string;
  /** What the signature covers. */
  readonly signedText: string;
  /** Bytes as received, for the ledger. */
  readonly received: string;
}

/** The second half of a request: the repeated time check and matching. Calling it is what changes the exchange. */
export type Finish = () => SpotReply;

/** Route of the WebSocket API's subscription; no HTTP request has this method. */
export const SUBSCRIBE_ROUTE = 'WS userDataStream.subscribe.signature';
const subscribeEndpoint: Endpoint = {
  method: 'WS',
  path: 'userDataStream.subscribe.signature',
  security: 'USER_DATA',
  weight: 2,
  rules: {},
  prepare: (call) => () => ({ accountId: call.account.id }),
};
const GONE = ' /api/v3/userDataStream';

/** Spot REST: security and validation in the vendor's order, then the endpoint. */
export class SpotApi {
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #unserved = new Map<string, number>();

  constructor(private readonly venue: Venue) {
    const all = [...marketEndpoints(venue), ...orderEndpoints(venue), ...accountEndpoints(venue), subscribeEndpoint];
    for (const endpoint of all) this.#endpoints.set(`${endpoint.method} ${endpoint.path}`, endpoint);
  }

  /** Calls that no endpoint answered, with how often. */
  unserved(): Record<string, number> {
    return Object.fromEntries(this.#unserved);
  }

  clearUnserved(): void {
    this.#unserved.clear();
  }

  /** @see beginSubmission */
  begin({ method, path, query, body, apiKey, ip }: SpotRequest): Finish {
    return this.beginSubmission({
      route: `${method} ${path}`,
      params: attempt(() => readParams(query, body)),
      apiKey,
      ip,
      signedText: signedText(query, body),
      received: query + body,
    });
  }

  /** Everything up to the matching engine; what comes back does the rest. Never throws a refusal, it answers it. */
  beginSubmission(request: Submission): Finish {
    const endpoint = this.#endpoints.get(request.route);
    let account: Account | null = null;
    const { params } = request;
    const weight = weightOf(endpoint, params);
    try {
      this.venue.requestLimits.admit(request.ip, weight, this.venue.exchange.now());
      if (endpoint === undefined) throw this.#noRoute(request);
      if (params instanceof Refusal) throw params;
      const { call, window } = this.#authenticate(endpoint, params, request);
      account = endpoint.security === 'NONE' ? null : call.account;
      const run = endpoint.prepare(call);
      return () => this.#finish(endpoint, weight, request, account, window, run);
    } catch (error) {
      const reply = this.#refused(error, request, endpoint, account);
      return () => reply;
    }
  }

  answer(request: SpotRequest): SpotReply {
    return this.begin(request)();
  }

  /** The vendor's `rateLimits` of a WebSocket API reply, read from what the reply counts. */
  rateLimits({ headers }: SpotReply): Record<string, unknown>[] {
    const { limits } = this.venue.requestLimits;
    const orders = orderRateLimits(limits)
      .map((limit, i) => ({ ...limit, count: headers[i === 0 ? 'X-MBX-ORDER-COUNT-10S' : 'X-MBX-ORDER-COUNT-1D'] }))
      .filter(({ count }) => count !== undefined);
    const weight = {
      rateLimitType: 'REQUEST_WEIGHT',
      interval: 'MINUTE',
      intervalNum: 1,
      limit: limits.weightPerMinute,
      count: headers['X-MBX-USED-WEIGHT-1M'] ?? 0,
    };
    return [...orders, weight].map((limit) => ({ ...limit, count: Number(limit.count) }));
  }

  #authenticate(endpoint: Endpoint, params: Params, request: Submission): { call: Call; window: TimeWindow | null } {
    const hash = (): string =>
      endpoint.method === 'POST' ? createHash('sha256').update(request.received).digest('hex') : '';
    if (endpoint.security === 'NONE') {
      checkParams(params, endpoint.rules);
      return { call: publicCall(params, request.ip), window: null };
    }
    const account = accountOfKey(this.venue.exchange.ledger, request.apiKey, endpoint.security);
    checkParams(params, { ...endpoint.rules, ...SIGNED_RULES });
    const window = timeWindow(params);
    checkTime(window, this.venue.exchange.now());
    checkSignature(account.apiSecret, request.signedText, params.get('signature') ?? '');
    return { call: { params, account, ip: request.ip, requestHash: hash() }, window };
  }

  #finish(
    endpoint: Endpoint,
    weight: number,
    request: Submission,
    account: Account | null,
    window: TimeWindow | null,
    run: () => unknown,
  ): SpotReply {
    try {
      if (window !== null) checkTime(window, this.venue.exchange.now());
      const body = run();
      if (endpoint.freeOnSuccess) this.venue.requestLimits.refund(request.ip, weight, this.venue.exchange.now());
      return { status: 200, headers: this.#headers(request.ip, endpoint, account), body };
    } catch (error) {
      return this.#refused(error, request, endpoint, account);
    }
  }

  #refused(error: unknown, request: Submission, endpoint: Endpoint | undefined, account: Account | null): SpotReply {
    if (!(error instanceof Refusal)) throw error;
    return {
      status: error.status,
      headers: {
        ...this.#headers(request.ip, endpoint, account),
        ...(error.retryAfterSec !== undefined && { 'Retry-After': String(error.retryAfterSec) }),
      },
      body: { code: error.code, msg: error.message },
    };
  }

  #headers(ip: string, endpoint: Endpoint | undefined, account: Account | null): Record<string, string> {
    const now = this.venue.exchange.now();
    const used = String(this.venue.requestLimits.usedWeight(ip, now));
    const headers: Record<string, string> = { 'X-MBX-USED-WEIGHT': used, 'X-MBX-USED-WEIGHT-1M': used };
    if (endpoint?.countsOrders && account !== null) {
      const { tenSeconds, day } = this.venue.orderCounts.used(account.id, now);
      headers['X-MBX-ORDER-COUNT-10S'] = String(tenSeconds);
      headers['X-MBX-ORDER-COUNT-1D'] = String(day);
    }
    return headers;
  }

  #noRoute({ route }: Submission): Refusal {
    if (route.endsWith(GONE))
      return new Refusal(-1000, 'Gone: user data streams are subscribed to through the WebSocket API.', 410);
    this.#unserved.set(route, (this.#unserved.get(route) ?? 0) + 1);
    return new Refusal(-1000, `Not served: ${route}`, 404);
  }
}

function publicCall(params: Params, ip: string): Call {
  return {
    params,
    ip,
    requestHash: '',
    get account(): Account {
      throw new Error('A public endpoint has no account');
    },
  };
}

function weightOf(endpoint: Endpoint | undefined, params: Params | Refusal): number {
  if (endpoint === undefined || params instanceof Refusal) return 1;
  return typeof endpoint.weight === 'number' ? endpoint.weight : endpoint.weight(params);
}

function attempt<T>(action: () => T): T | Refusal {
  try {
    return action();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
