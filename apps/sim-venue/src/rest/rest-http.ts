import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FaultBook, FaultSubject } from '../faults/fault-book.js';
import { answerUnderFaults } from '../faults/faulty-answer.js';
import type { Customers } from '../accounts/customers.js';
import type { Departures } from '../journal/departures.js';
import { Refusal } from '../floor/refusal.js';
import type { ProductName } from '../floor/product.js';
import { MAX_BODY_BYTES, readBody } from './read-body.js';
import type { Rest, RestReply, RestRequest } from './rest-api.js';

export interface RestHttpOptions {
  readonly product: ProductName;
  readonly api: Rest;
  readonly faults: FaultBook;
  readonly customers: Customers;
  readonly departures: Departures;
  readonly now: () => number;
  /** Header that names the caller's address in tests; null: the socket's. */
  readonly ipHeader: string | null;
  /** A request that broke the simulator; the reply is a 500. */
  readonly onCrash: (error: unknown) => void;
}

const TOO_LARGE = new Refusal(-1000, `Body must be at most ${MAX_BODY_BYTES} bytes.`, 413);

/** The bare request handler of a product's port. */
export function restHttp(options: RestHttpOptions): RequestListener {
  return (req, res) => {
    readBody(req, (body) => {
      if (body !== null) return serve(req, res, body, options);
      try {
        send(options, res, options.api.refuse(addressOf(req, options.ipHeader), TOO_LARGE));
      } catch (error) {
        crash(res, error, options);
      }
    });
  };
}

/** Address of the caller, as limits see it. */
export function addressOf(req: IncomingMessage, ipHeader: string | null): string {
  const named = ipHeader === null ? undefined : req.headers[ipHeader];
  return (typeof named === 'string' ? named : undefined) ?? req.socket.remoteAddress ?? '';
}

function serve(req: IncomingMessage, res: ServerResponse, body: string, options: RestHttpOptions): void {
  const url = req.url ?? '/';
  const cut = url.indexOf('?');
  const apiKey = req.headers['x-mbx-apikey'];
  const request: RestRequest = {
    method: req.method ?? 'GET',
    path: cut === -1 ? url : url.slice(0, cut),
    query: cut === -1 ? '' : url.slice(cut + 1),
    body,
    apiKey: typeof apiKey === 'string' ? apiKey : undefined,
    ip: addressOf(req, options.ipHeader),
  };
  try {
    const firing = options.faults.isFree('request') ? [] : options.faults.draw('request', subjectOf(request, options));
    if (firing.length === 0) return send(options, res, options.api.answer(request));
    answerUnderFaults(firing, options.faults, options.product, () => options.api.begin(request)).then(
      (answer) => {
        if (answer.kind === 'destroy') return void req.socket.destroy();
        if (answer.kind === 'reply') return send(options, res, answer.reply);
        if (answer.kind === 'raw')
          options.departures.hold(() => {
            if (res.destroyed) return;
            res.writeHead(answer.status, { 'Content-Type': answer.contentType });
            res.end(answer.body);
          });
      },
      (error: unknown) => crash(res, error, options),
    );
  } catch (error) {
    crash(res, error, options);
  }
}

function crash(res: ServerResponse, error: unknown, options: RestHttpOptions): void {
  options.onCrash(error);
  send(options, res, {
    status: 500,
    headers: {},
    body: { code: -1000, msg: 'An unknown error occurred while processing the request.' },
  });
}

function send({ departures }: RestHttpOptions, res: ServerResponse, { status, headers, body }: RestReply): void {
  const text = JSON.stringify(body);
  departures.hold(() => {
    if (res.destroyed) return;
    res.writeHead(status, {
      'Content-Type': 'application/json;charset=UTF-8',
      'Content-Length': Buffer.byteLength(text),
      ...headers,
    });
    res.end(text);
  });
}

function subjectOf(request: RestRequest, { product, customers }: RestHttpOptions): FaultSubject {
  const customer = customers.byKey.get(request.apiKey ?? '') ?? null;
  const params = new URLSearchParams(`${request.query}&${request.body}`);
  return {
    product,
    route: `${request.method} ${request.path}`,
    accountId: customer?.id ?? null,
    accountName: customer?.name ?? null,
    symbol: params.get('symbol'),
    clientOrderId: params.get('newClientOrderId') ?? params.get('origClientOrderId'),
  };
}
