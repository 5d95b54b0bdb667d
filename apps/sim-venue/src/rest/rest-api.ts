import { hash } from 'node:crypto';
import type { Customer } from '../accounts/customer.js';
import type { Customers } from '../accounts/customers.js';
import { Refusal } from '../floor/refusal.js';
import type { OrderCounts } from '../limits/order-counts.js';
import type { RequestLimits } from '../limits/request-limits.js';
import type { Call, CountedWork, Endpoint } from './endpoint.js';
import { checkParams, readParams, type ParamRules, type Params } from './params.js';
import type { RequestClock } from './request-clock.js';
import {
  checkSignature,
  checkTime,
  customerOfKey,
  invalidKey,
  signedText,
  SESSION_RULES,
  SIGNED_RULES,
  timeWindow,
  type Security,
  type TimeWindow,
} from './security.js';

export interface RestRequest {
  readonly method: string;
  readonly path: string;
  /** As received, undecoded, without the question mark. */
  readonly query: string;
  readonly body: string;
  readonly apiKey: string | undefined;
  readonly ip: string;
}

export interface RestReply {
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
  /** Who logged on to the connection it came by: then neither key nor signature is asked for. */
  readonly loggedOn?: Customer;
}

/** The second half of a request: the repeated time check and matching. Calling it is what changes the exchange. */
export type Finish = () => RestReply;

/** So many routes that nobody serves are counted by name, and the rest together. */
const MAX_UNSERVED = 1_000;
const OTHER_ROUTES = 'other';

/** What a request cost, and when. */
interface Charge {
  readonly weight: number;
  readonly at: number;
}

/** What tells one product's REST apart from another's. */
export interface RestProduct<Owner> {
  readonly endpoints: readonly Endpoint<Owner>[];
  readonly customers: Customers;
  readonly requestLimits: RequestLimits;
  readonly orderCounts: OrderCounts;
  readonly clock: RequestClock;
  /** Names of the headers that tell the used weight. */
  readonly weightHeaders: readonly string[];
  /** What the product has of a customer. */
  ownerOf(customer: Customer): Owner;
  mayCall(customer: Customer, security: Security): boolean;
  /** How the vendor refuses a route that once was; null: it never was. */
  gone(route: string): Refusal | null;
}

/** REST of a product as ports and control use it, whatever it has of its customers. */
export interface Rest {
  begin(request: RestRequest): Finish;
  beginSubmission(request: Submission): Finish;
  answer(request: RestRequest): RestReply;
  /** Answers a request that is not looked at: with this refusal, unless its address may not call at all. */
  refuse(ip: string, refusal: Refusal): RestReply;
  rateLimits(route: string, ip: string, customer: Customer | null): Record<string, unknown>[];
  /** Whether anybody may call it, without a key. */
  isPublic(route: string): boolean;
  unserved(): Record<string, number>;
  /** How many requests were answered how, by HTTP status and the vendor's code: `200`, `429 -1015`. */
  answers(): Record<string, number>;
  clearCounts(): void;
}

/** REST of one product: security and validation in the vendor's order (venues.md C5), then the endpoint. */
export class RestApi<Owner> implements Rest {
  readonly #endpoints = new Map<string, Endpoint<Owner>>();
  /** What a request to an endpoint may bring, the parameters of the signature among it. */
  readonly #rules = new Map<Endpoint<Owner>, ParamRules>();
  /** The same on a connection that is logged on. */
  readonly #sessionRules = new Map<Endpoint<Owner>, ParamRules>();
  readonly #unserved = new Map<string, number>();
  readonly #answers = new Map<string, number>();

  constructor(private readonly product: RestProduct<Owner>) {
    for (const endpoint of product.endpoints) {
      this.#endpoints.set(`${endpoint.method} ${endpoint.path}`, endpoint);
      const { rules } = endpoint;
      this.#rules.set(endpoint, isSigned(endpoint) ? { ...rules, ...SIGNED_RULES } : rules);
      this.#sessionRules.set(endpoint, isSigned(endpoint) ? { ...rules, ...SESSION_RULES } : rules);
    }
  }

  isPublic(route: string): boolean {
    return this.#endpoints.get(route)?.security === 'NONE';
  }

  /** Calls that no endpoint answered, with how often. */
  unserved(): Record<string, number> {
    return Object.fromEntries(this.#unserved);
  }

  answers(): Record<string, number> {
    return Object.fromEntries(this.#answers);
  }

  clearCounts(): void {
    this.#unserved.clear();
    this.#answers.clear();
  }

  /** @see beginSubmission */
  begin({ method, path, query, body, apiKey, ip }: RestRequest): Finish {
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
    const { product } = this;
    const known = this.#endpoints.get(request.route);
    const endpoint = known?.isServed?.() === false ? undefined : known;
    let customer: Customer | null = null;
    const { params } = request;
    const charge: Charge = { weight: weightOf(endpoint, params), at: product.clock.now() };
    try {
      product.requestLimits.admit(request.ip, charge.weight, charge.at);
      if (endpoint === undefined) throw this.#noRoute(request);
      if (endpoint.security !== 'NONE')
        customer = customerOfKey(product.customers, request.loggedOn?.apiKey ?? request.apiKey, (known) =>
          product.mayCall(known, endpoint.security),
        );
      if (params instanceof Refusal) throw params;
      const window = this.#check(endpoint, params, request, customer);
      const { generation } = product.customers;
      const work = endpoint.prepare(this.#call(endpoint, params, request, customer));
      return () => this.#finish(endpoint, charge, request, customer, generation, window, work);
    } catch (error) {
      const reply = this.#refused(error, request.ip, endpoint, customer);
      return () => reply;
    }
  }

  answer(request: RestRequest): RestReply {
    return this.begin(request)();
  }

  refuse(ip: string, refusal: Refusal): RestReply {
    const { requestLimits, clock } = this.product;
    const denied = attempt(() => requestLimits.admit(ip, 1, clock.now()));
    return this.#refused(denied ?? refusal, ip, undefined, null);
  }

  /** The vendor's `rateLimits` of a WebSocket API reply: order counts where the reply counts them, and the weight. */
  rateLimits(route: string, ip: string, customer: Customer | null): Record<string, unknown>[] {
    const { product } = this;
    const now = product.clock.now();
    const counts =
      this.#endpoints.get(route)?.countsOrders === true && customer !== null
        ? product.orderCounts.counts(customer.id, now)
        : [];
    return [
      ...counts.map(({ suffix: _, ...limit }) => limit),
      {
        rateLimitType: 'REQUEST_WEIGHT',
        interval: 'MINUTE',
        intervalNum: 1,
        limit: product.requestLimits.limits.weightPerMinute,
        count: product.requestLimits.usedWeight(ip, now),
      },
    ];
  }

  /** Steps 5 to 7. @returns the time window of a signed call; null when none is looked at */
  #check(endpoint: Endpoint<Owner>, params: Params, request: Submission, customer: Customer | null): TimeWindow | null {
    const isLoggedOn = request.loggedOn !== undefined;
    checkParams(params, (isLoggedOn ? this.#sessionRules : this.#rules).get(endpoint) as ParamRules);
    if (!isSigned(endpoint) || customer === null) return null;
    const window = timeWindow(params);
    const { clock } = this.product;
    const isChecked = !clock.isUnchecked(request.route, customer, params);
    if (isChecked) checkTime(window, clock.now());
    if (!isLoggedOn) checkSignature(customer, request.signedText, params.get('signature') ?? '');
    return isChecked ? window : null;
  }

  #call(endpoint: Endpoint<Owner>, params: Params, request: Submission, customer: Customer | null): Call<Owner> {
    if (customer === null) return publicCall(params, request.ip);
    const requestHash = endpoint.method === 'POST' ? hash('sha256', request.received, 'hex') : '';
    return { params, account: this.product.ownerOf(customer), ip: request.ip, requestHash };
  }

  #finish(
    endpoint: Endpoint<Owner>,
    charge: Charge,
    request: Submission,
    customer: Customer | null,
    generation: number,
    window: TimeWindow | null,
    work: (() => unknown) | CountedWork,
  ): RestReply {
    const { product } = this;
    try {
      // The state was replaced while the request was queued: whom it was checked for is not there any more.
      if (customer !== null && generation !== product.customers.generation) throw invalidKey();
      if (window !== null) checkTime(window, product.clock.now());
      const body = typeof work === 'function' ? work() : work.run();
      const { freeOnSuccess } = endpoint;
      if (freeOnSuccess === true || freeOnSuccess?.(body) === true)
        product.requestLimits.refund(request.ip, charge.weight, charge.at);
      this.#countAnswer('200');
      return { status: 200, headers: this.#headers(request.ip, endpoint, customer), body };
    } catch (error) {
      if (typeof work === 'object') work.refused();
      return this.#refused(error, request.ip, endpoint, customer);
    }
  }

  #refused(error: unknown, ip: string, endpoint: Endpoint<Owner> | undefined, customer: Customer | null): RestReply {
    if (!(error instanceof Refusal)) throw error;
    this.#countAnswer(`${error.status} ${error.code}`);
    return {
      status: error.status,
      headers: {
        ...this.#headers(ip, endpoint, customer),
        ...(error.retryAfterSec !== undefined && { 'Retry-After': String(error.retryAfterSec) }),
      },
      body: { code: error.code, msg: error.message, ...(error.data !== undefined && { data: error.data }) },
    };
  }

  #countAnswer(kind: string): void {
    this.#answers.set(kind, (this.#answers.get(kind) ?? 0) + 1);
  }

  #headers(ip: string, endpoint: Endpoint<Owner> | undefined, customer: Customer | null): Record<string, string> {
    const { product } = this;
    const now = product.clock.now();
    const headers: Record<string, string> = {};
    const used = String(product.requestLimits.usedWeight(ip, now));
    for (const name of product.weightHeaders) headers[name] = used;
    if (endpoint?.countsOrders && customer !== null) product.orderCounts.addHeaders(headers, customer.id, now);
    return headers;
  }

  #noRoute({ route }: Submission): Refusal {
    const gone = this.product.gone(route);
    if (gone !== null) return gone;
    const name = this.#unserved.has(route) || this.#unserved.size < MAX_UNSERVED ? route.slice(0, 200) : OTHER_ROUTES;
    this.#unserved.set(name, (this.#unserved.get(name) ?? 0) + 1);
    return new Refusal(-1000, `Not served: ${route}`, 404);
  }
}

function isSigned({ security }: Pick<Endpoint<never>, 'security'>): boolean {
  return security === 'USER_DATA' || security === 'TRADE';
}

function publicCall<Owner>(params: Params, ip: string): Call<Owner> {
  return {
    params,
    ip,
    requestHash: '',
    get account(): Owner {
      throw new Error('A public endpoint has no account');
    },
  };
}

function weightOf(endpoint: Endpoint<never> | undefined, params: Params | Refusal): number {
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
