import { AsyncLocalStorage } from 'node:async_hooks';
import type { Cause, WireMeta } from '../ports.js';
import type { HttpClient, HttpExchange } from './http-client.js';

export interface OutgoingRequest {
  readonly url: string;
  readonly method: string;
  readonly body: string | null;
}

/** What one call to a venue carries with it and learns; never shared by concurrent calls. */
export interface CallContext {
  /** Time to sign with, on the venue's clock. */
  readonly signedAtMs: number;
  /** Number of the call, where it must rise from process to process as well. */
  readonly nonce?: number;
  /** Default 10,000 ms for reads, 5,000 ms for orders. */
  readonly replyTimeoutMs: number;
  /** How long after `signedAtMs` the venue may accept it, where that is a field of the request. */
  readonly windowMs?: number;
  /** Added to those that ccxt renders; no vendor signs them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default 1. More only for reads, each of them paid for. */
  readonly maxRequests?: number;
  /** Reads the rendered request before it leaves; a cause stops it. */
  readonly inspect?: (request: OutgoingRequest) => Cause | null;
  /** Asked in the instant before the bytes are handed to the socket; a cause stops the request. */
  readonly beforeWrite?: () => Cause | null;
}

/** What became of a call. `exchange` is null when the request never got as far as the HTTP client. */
export interface CallRecord {
  readonly exchange: HttpExchange | null;
  readonly stopped: Cause | null;
}

interface Running {
  readonly context: CallContext;
  exchange: HttpExchange | null;
  stopped: Cause | null;
  requests: number;
}

const running = new AsyncLocalStorage<Running>();

/** Thrown into ccxt when there is no reply to give it; the record of the call says why. */
class NoReply extends Error {
  override readonly name = 'NoReply';
}

/** The context of the call that is being made, for hooks that ccxt calls back. @throws Error outside a call */
export function currentCall(): CallContext {
  const call = running.getStore();
  if (call === undefined) throw new Error('A venue request must be made inside runCall, was made outside');
  return call.context;
}

/**
 * Runs `body`, which makes one request (or as many as the context allows) through a {@link ccxtFetch}, and returns what happened on the wire.
 * What `body` returns or throws is ccxt's reading of the reply and is not used, except to explain a call that
 * never sent anything.
 */
export async function runCall(context: CallContext, body: () => Promise<unknown>): Promise<CallRecord> {
  const call: Running = { context, exchange: null, stopped: null, requests: 0 };
  try {
    await running.run(call, body);
  } catch (error) {
    if (call.requests === 0) {
      call.stopped = { code: 'NOT_RENDERED', text: error instanceof Error ? error.message : String(error) };
    }
  }
  return { exchange: call.exchange, stopped: call.stopped };
}

interface FetchParams {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The part of a fetch response that ccxt reads. */
export interface FetchReply {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string>>;
  text(): Promise<string>;
}

/**
 * ccxt's `fetchImplementation`: our client under ccxt's request building. One request per call unless its context allows more: a further one
 * is a bug in the adapter and throws before anything is sent.
 */
export function ccxtFetch(http: HttpClient): (url: string, params: FetchParams) => Promise<FetchReply> {
  return async (url, params) => {
    const call = running.getStore();
    if (call === undefined) throw new Error(`A venue request must be made inside runCall: ${new URL(url).pathname}`);
    const { context } = call;
    const { maxRequests = 1 } = context;
    if (call.requests >= maxRequests) {
      throw new Error(`A call makes ${maxRequests} request(s), this is one more: ${new URL(url).pathname}`);
    }
    const request = { url, method: params.method ?? 'GET', body: params.body ?? null };
    call.requests += 1;
    call.exchange = null;
    call.stopped = context.inspect?.(request) ?? null;
    if (call.stopped !== null) throw new NoReply(call.stopped.text);
    const exchange = await http.send({
      ...request,
      headers: { ...params.headers, ...context.headers },
      replyTimeoutMs: context.replyTimeoutMs,
      ...(context.beforeWrite === undefined ? {} : { beforeWrite: context.beforeWrite }),
    });
    call.exchange = exchange;
    const { status, body } = exchange;
    if (status === undefined || body === undefined) throw new NoReply(exchange.failure?.text ?? 'no reply');
    return { status, statusText: '', headers: exchange.headers, text: () => Promise.resolve(body) };
  };
}

/** Null while nothing was written: there is no sending time then. */
export function wireMeta(exchange: HttpExchange | null, venueCode: string | null): WireMeta | null {
  if (exchange?.sentAt === undefined) return null;
  return {
    sentAt: exchange.sentAt,
    ...(exchange.repliedAt === undefined ? {} : { repliedAt: exchange.repliedAt }),
    ...(exchange.status === undefined ? {} : { httpStatus: exchange.status }),
    ...(venueCode === null ? {} : { venueCode }),
    headers: exchange.headers,
  };
}
