import type { FaultBook } from '../faults/fault-book.js';
import { answerUnderFaults } from '../faults/faulty-answer.js';
import type { Customers } from '../accounts/customers.js';
import type { Rest, RestReply, Submission } from '../rest/rest-api.js';
import { SUBSCRIBE_ROUTE } from '../spot/rest/spot-rest.js';
import type { Connection } from './connection.js';
import type { UserStreams } from './user-streams.js';

/** Methods that are a REST endpoint under another name. */
const ROUTES: Readonly<Record<string, string>> = {
  ping: 'GET /api/v3/ping',
  time: 'GET /api/v3/time',
  exchangeInfo: 'GET /api/v3/exchangeInfo',
  depth: 'GET /api/v3/depth',
  'trades.recent': 'GET /api/v3/trades',
  'trades.historical': 'GET /api/v3/historicalTrades',
  'trades.aggregate': 'GET /api/v3/aggTrades',
  klines: 'GET /api/v3/klines',
  avgPrice: 'GET /api/v3/avgPrice',
  'ticker.24hr': 'GET /api/v3/ticker/24hr',
  'ticker.price': 'GET /api/v3/ticker/price',
  'ticker.book': 'GET /api/v3/ticker/bookTicker',
  'order.place': 'POST /api/v3/order',
  'order.test': 'POST /api/v3/order/test',
  'order.cancel': 'DELETE /api/v3/order',
  'order.cancelReplace': 'POST /api/v3/order/cancelReplace',
  'order.amend.keepPriority': 'PUT /api/v3/order/amend/keepPriority',
  'order.amendments': 'GET /api/v3/order/amendments',
  'order.status': 'GET /api/v3/order',
  'openOrders.status': 'GET /api/v3/openOrders',
  'openOrders.cancelAll': 'DELETE /api/v3/openOrders',
  allOrders: 'GET /api/v3/allOrders',
  'account.status': 'GET /api/v3/account',
  'account.commission': 'GET /api/v3/account/commission',
  'account.rateLimits.orders': 'GET /api/v3/rateLimit/order',
  myTrades: 'GET /api/v3/myTrades',
  myPreventedMatches: 'GET /api/v3/myPreventedMatches',
  'userDataStream.subscribe.signature': SUBSCRIBE_ROUTE,
};

export interface WsApiOptions {
  readonly api: Rest;
  readonly users: UserStreams;
  readonly faults: FaultBook;
  readonly customers: Customers;
  readonly now: () => number;
  readonly onCrash: (error: unknown) => void;
}

interface WsRequest {
  readonly id: string | number | null;
  readonly method: string;
  readonly params: ReadonlyMap<string, string>;
  readonly text: string;
}

/** `/ws-api/v3`: requests with replies in `{id, status, result | error, rateLimits}`, and the user data stream. */
export class WsApi {
  constructor(private readonly options: WsApiOptions) {}

  attach(connection: Connection): void {
    const connectedAt = this.options.now();
    connection.socket.on('message', (data: Buffer) => {
      void this.#receive(connection, data.toString(), connectedAt).catch(this.options.onCrash);
    });
    connection.socket.on('close', () => this.options.users.drop(connection));
  }

  async #receive(connection: Connection, text: string, connectedAt: number): Promise<void> {
    const request = parse(text);
    if (typeof request === 'string') return connection.send(request);
    const own = this.#ownMethod(connection, request, connectedAt);
    if (own !== null) return connection.send(JSON.stringify({ id: request.id, ...own }));
    const submission: Submission = {
      // A method without a route of its own is none of the REST API, which answers and counts it as not served.
      route: ROUTES[request.method] ?? `WS ${request.method}`,
      params: new Map([...request.params].filter(([name]) => name !== 'apiKey' && name !== 'returnRateLimits')),
      apiKey: request.params.get('apiKey'),
      ip: connection.ip,
      signedText: sortedText(request.params),
      received: request.text,
    };
    const firing = this.#draw(request);
    if (firing.length === 0) return this.#reply(connection, request, this.options.api.beginSubmission(submission)());
    const answer = await answerUnderFaults(firing, this.options.faults, 'spot', () =>
      this.options.api.beginSubmission(submission),
    );
    if (answer.kind === 'reply') this.#reply(connection, request, answer.reply);
    else if (answer.kind === 'raw') connection.send(answer.body);
    else if (answer.kind === 'destroy') connection.cut();
  }

  #ownMethod(connection: Connection, request: WsRequest, connectedAt: number): Record<string, unknown> | null {
    const { users } = this.options;
    switch (request.method) {
      case 'session.status':
        return {
          status: 200,
          result: {
            apiKey: null,
            authorizedSince: null,
            connectedAt,
            returnRateLimits: true,
            serverTime: this.options.now(),
            userDataStream: users.has(connection),
          },
          rateLimits: [],
        };
      case 'session.logon':
        return refusal(400, -4056, 'HMAC_SHA256 API key is not supported.');
      case 'userDataStream.subscribe':
        return refusal(401, -2015, 'Invalid API-key, IP, or permissions for action: session is not logged on.');
      case 'userDataStream.unsubscribe': {
        const id = request.params.get('subscriptionId');
        if (!users.unsubscribe(connection, id === undefined ? null : Number(id)))
          return refusal(400, -2035, 'User Data Stream subscription not active.');
        return { status: 200, result: {}, rateLimits: [] };
      }
      default:
        return null;
    }
  }

  #reply(connection: Connection, request: WsRequest, reply: RestReply): void {
    const customer = this.options.customers.byKey.get(request.params.get('apiKey') ?? '') ?? null;
    const limits = this.options.api.rateLimits(ROUTES[request.method] ?? '', connection.ip, customer);
    const rateLimits = request.params.get('returnRateLimits') === 'false' ? undefined : limits;
    if (reply.status !== 200)
      return connection.send(
        JSON.stringify({
          id: request.id,
          status: reply.status,
          error: withRetryAfter(reply, this.options.now()),
          rateLimits,
        }),
      );
    const isSubscription = request.method === 'userDataStream.subscribe.signature';
    const result =
      isSubscription && customer !== null
        ? { subscriptionId: this.options.users.subscribe(connection, customer.id) }
        : reply.body;
    connection.send(JSON.stringify({ id: request.id, status: 200, result, rateLimits }));
  }

  #draw({ method, params }: WsRequest): ReturnType<FaultBook['draw']> {
    if (this.options.faults.isFree('request')) return [];
    const customer = this.options.customers.byKey.get(params.get('apiKey') ?? '') ?? null;
    const subject = {
      product: 'spot' as const,
      route: method,
      accountId: customer?.id ?? null,
      accountName: customer?.name ?? null,
      symbol: params.get('symbol') ?? null,
      clientOrderId: params.get('newClientOrderId') ?? params.get('origClientOrderId') ?? null,
    };
    return this.options.faults.draw('request', subject);
  }
}

/** @returns the request, or the reply that says why it is none */
function parse(text: string): WsRequest | string {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return failure(null, 400, -1135, 'Invalid JSON Request');
  }
  const { id = null, method, params = {} } = (message ?? {}) as { id?: unknown; method?: unknown; params?: unknown };
  if (id !== null && typeof id !== 'string' && typeof id !== 'number')
    return failure(
      null,
      400,
      -1100,
      "Illegal characters found in parameter 'id'; legal range is a string or a whole number.",
    );
  if (typeof method !== 'string' || typeof params !== 'object' || params === null || Array.isArray(params))
    return failure(id, 400, -1100, 'A request must have a method and params by name.');
  const byName = Object.entries(params).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return { id, method, params: new Map(byName), text };
}

/** What WebSocket API clients sign: parameters but the signature, sorted by name. */
function sortedText(params: ReadonlyMap<string, string>): string {
  return [...params]
    .filter(([name]) => name !== 'signature')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function withRetryAfter({ body, headers }: RestReply, now: number): unknown {
  const seconds = headers['Retry-After'];
  if (seconds === undefined) return body;
  return { ...(body as object), data: { serverTime: now, retryAfter: now + Number(seconds) * 1_000 } };
}

function refusal(status: number, code: number, msg: string): Record<string, unknown> {
  return { status, error: { code, msg }, rateLimits: [] };
}

function failure(id: string | number | null, status: number, code: number, msg: string): string {
  return JSON.stringify({ id, ...refusal(status, code, msg) });
}
