import type { Customer } from '../accounts/customer.js';
import type { Customers } from '../accounts/customers.js';
import type { FaultBook } from '../faults/fault-book.js';
import { answerUnderFaults } from '../faults/faulty-answer.js';
import type { ProductName } from '../floor/product.js';
import type { Rest, RestReply, Submission } from '../rest/rest-api.js';
import type { Connection } from './connection.js';
import type { UserStreams } from './user-streams.js';
import { routeOf, SESSION_METHODS, type WsMethods } from './ws-methods.js';
import { readRequest, sortedText, type WsRequest } from './ws-request.js';
import { WsSession } from './ws-session.js';
import { WsSubscriptions } from './ws-subscriptions.js';

/** Parameters that are about the request, not of the endpoint. */
const ENVELOPE: ReadonlySet<string> = new Set(['apiKey', 'returnRateLimits']);
/** What makes a request a signed one; ccxt signs public ones as well, and nobody looks at it. */
const SIGNED_ENVELOPE: ReadonlySet<string> = new Set([...ENVELOPE, 'timestamp', 'recvWindow', 'signature']);

export interface WsApiOptions {
  readonly product: ProductName;
  readonly api: Rest;
  readonly methods: WsMethods;
  readonly users: UserStreams;
  readonly faults: FaultBook;
  readonly customers: Customers;
  /** The venue's clock. */
  readonly now: () => number;
  readonly onCrash: (error: unknown) => void;
}

/** WebSocket API of a product: requests with replies in `{id, status, result | error, rateLimits}`, and user events. */
export class WsApi {
  constructor(private readonly options: WsApiOptions) {}

  /** @param returnRateLimits whether replies tell the limits unless a request says otherwise */
  attach(connection: Connection, returnRateLimits: boolean): void {
    const { users, now, onCrash } = this.options;
    const subscriptions = new WsSubscriptions(connection, users, now);
    const session = new WsSession(connection, subscriptions, returnRateLimits, now);
    connection.onMessage((text) => {
      const request = readRequest(text);
      if ('code' in request) return connection.send(failure(request.id, 400, request.code, request.msg));
      this.#serve(connection, session, request).catch((error: unknown) => {
        onCrash(error);
        const msg = 'An unknown error occurred while processing the request.';
        connection.send(failure(request.id, 500, -1000, msg));
      });
    });
    connection.onClose(() => subscriptions.drop());
  }

  async #serve(connection: Connection, session: WsSession, request: WsRequest): Promise<void> {
    const { api, faults, product, methods } = this.options;
    const route = routeOf(methods, request.method);
    const loggedOn = request.params.has('apiKey') ? null : session.customer;
    const caller = loggedOn ?? this.#customerOf(request);
    const envelope = api.isPublic(route) ? SIGNED_ENVELOPE : ENVELOPE;
    const submission: Submission = {
      route,
      params: new Map([...request.params].filter(([name]) => !envelope.has(name))),
      apiKey: request.params.get('apiKey'),
      ip: connection.ip,
      signedText: sortedText(request.params),
      received: request.text,
      ...(loggedOn !== null && { loggedOn }),
    };
    const send = (reply: RestReply): void =>
      this.#reply(
        connection,
        session,
        request,
        route,
        caller,
        session.run(plain(route), request.params, caller, reply),
      );
    const firing = this.#draw(request, caller);
    if (firing.length === 0) return send(api.beginSubmission(submission)());
    const answer = await answerUnderFaults(firing, faults, product, () => api.beginSubmission(submission));
    if (answer.kind === 'reply') send(answer.reply);
    else if (answer.kind === 'raw') connection.send(answer.body);
    else if (answer.kind === 'destroy') connection.cut();
  }

  #reply(
    connection: Connection,
    session: WsSession,
    { id, params }: WsRequest,
    route: string,
    caller: Customer | null,
    reply: RestReply,
  ): void {
    const asked = params.get('returnRateLimits');
    const withLimits = asked === undefined ? session.returnRateLimits : asked !== 'false';
    connection.send(
      JSON.stringify({
        id,
        status: reply.status,
        ...(reply.status === 200 ? { result: reply.body } : { error: withRetryAfter(reply, this.options.now()) }),
        ...(withLimits && { rateLimits: this.options.api.rateLimits(route, connection.ip, caller) }),
      }),
    );
  }

  #customerOf({ params }: WsRequest): Customer | null {
    return this.options.customers.byKey.get(params.get('apiKey') ?? '') ?? null;
  }

  #draw({ method, params }: WsRequest, caller: Customer | null): ReturnType<FaultBook['draw']> {
    const { faults, product } = this.options;
    if (faults.isFree('request')) return [];
    return faults.draw('request', {
      product,
      route: method,
      accountId: caller?.id ?? null,
      accountName: caller?.name ?? null,
      symbol: params.get('symbol') ?? null,
      clientOrderId: params.get('newClientOrderId') ?? params.get('origClientOrderId') ?? null,
    });
  }
}

/** Name of a method that only WebSocket APIs have; empty for any other. */
function plain(route: string): string {
  return OWN.get(route) ?? '';
}

const OWN = new Map<string, string>(Object.values(SESSION_METHODS).map((method) => [`WS ${method}`, method]));

/** When to come again, as time on the venue's clock. */
function withRetryAfter({ body, headers }: RestReply, now: number): unknown {
  const seconds = headers['Retry-After'];
  if (seconds === undefined) return body;
  return { ...(body as object), data: { serverTime: now, retryAfter: now + Number(seconds) * 1_000 } };
}

function failure(id: string | number | null, status: number, code: number, msg: string): string {
  return JSON.stringify({ id, status, error: { code, msg }, rateLimits: [] });
}
