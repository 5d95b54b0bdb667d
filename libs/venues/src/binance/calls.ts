import type { z } from 'zod';
import type { Clock, Result } from '#domain';
import type { CcxtBinance } from '../ccxt/load-binance.js';
import type { AmendRequest, Cause, Fence, OrderView, Page, Read, Sent, VenueClock } from '../ports.js';
import { readRows } from '../read-rows.js';
import { runCall, type CallContext, type CallRecord } from '../transport/call-context.js';
import type { CallKind, ErrorRules } from './classify-error.js';
import { decode } from './decode.js';
import { failureOf, readFailure, sentFailure, successOf, type Failure } from './outcome.js';

export const ORDER_REPLY_MS = 5_000;
export const READ_REPLY_MS = 10_000;
/** Time window of calls that no claim fences. */
const READ_WINDOW_MS = 5_000;
/** Rows of a full page. */
export const PAGE_ROWS = 1_000;

export type Params = Readonly<Record<string, string | number | boolean | readonly string[]>>;
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface CallParts {
  /** ccxt instance with this account's key. */
  readonly exchange: CcxtBinance;
  /** Name of the signed part of the API in ccxt, `private` or `fapiPrivate`. */
  readonly api: string;
  readonly errors: ErrorRules;
  readonly clock: Clock;
  readonly venueClock: VenueClock;
}

/** Signed requests of one account, each made once; what the venue said is read from the raw reply. */
export class BinanceCalls {
  constructor(private readonly parts: CallParts) {}

  /** A request signed with the claim's time, which the venue refuses after the claim's end. */
  fenced(
    fence: Fence,
    request: (window: { readonly recvWindow: number }) => Promise<unknown>,
    inspect?: CallContext['inspect'],
  ): Promise<CallRecord> {
    return runCall(
      {
        signedAtMs: Math.round(fence.claimedAt + this.parts.venueClock.offsetMs()),
        replyTimeoutMs: ORDER_REPLY_MS,
        beforeWrite: () => this.tooLate(fence),
        ...(inspect === undefined ? {} : { inspect }),
      },
      () => request({ recvWindow: fence.validUntil - fence.claimedAt }),
    );
  }

  /** A signed request of the moment. */
  signed(
    method: Method,
    path: string,
    params: Params,
    { replyTimeoutMs = ORDER_REPLY_MS, api = this.parts.api } = {},
  ): Promise<CallRecord> {
    const context = { signedAtMs: Math.round(this.parts.venueClock.now()), replyTimeoutMs };
    return runCall(context, () => this.request(method, path, { ...params, recvWindow: READ_WINDOW_MS }, api));
  }

  /** Renders and signs through ccxt; to be called inside one of the calls above. */
  request(method: Method, path: string, params: Params, api = this.parts.api): Promise<unknown> {
    return this.parts.exchange.request(path, api, method, params);
  }

  async read<Schema extends z.ZodType, T>(
    path: string,
    params: Params,
    schema: Schema,
    toValue: (reply: z.output<Schema>) => T,
    api = this.parts.api,
  ): Promise<Read<T>> {
    const record = await this.signed('GET', path, params, { replyTimeoutMs: READ_REPLY_MS, api });
    return this.readReply(record, schema, toValue);
  }

  /** As {@link read}, of a list that one row cannot hide: see {@link readRows}. */
  async readList<Schema extends z.ZodType, T>(
    path: string,
    params: Params,
    schema: Schema,
    toPage: (reply: z.output<Schema>) => Page<T>,
    idOf: (row: T) => string,
  ): Promise<Read<Page<T>>> {
    const record = await this.signed('GET', path, params, { replyTimeoutMs: READ_REPLY_MS });
    const reply = successOf(record);
    if (reply === null) return readFailure(this.failureOf('lookup', record));
    const page = readRows(reply.body, [], (body) => decode(schema, toPage, body), idOf);
    const { meta } = reply;
    return page.ok ? { kind: 'ok', value: page.value, meta } : { kind: 'failed', why: page.error, meta };
  }

  private readReply<Schema extends z.ZodType, T>(
    record: CallRecord,
    schema: Schema,
    toValue: (reply: z.output<Schema>) => T,
  ): Read<T> {
    const reply = successOf(record);
    if (reply === null) return readFailure(this.failureOf('lookup', record));
    const value = decode(schema, toValue, reply.body);
    const { meta } = reply;
    return value.ok ? { kind: 'ok', value: value.value, meta } : { kind: 'failed', why: value.error, meta };
  }

  /** A request that carries the key and no signature. */
  async keyed<Schema extends z.ZodType, T>(
    method: Method,
    path: string,
    schema: Schema,
    toValue: (reply: z.output<Schema>) => T,
  ): Promise<Read<T>> {
    const context = { signedAtMs: Math.round(this.parts.venueClock.now()), replyTimeoutMs: READ_REPLY_MS };
    return this.readReply(await runCall(context, () => this.request(method, path, {})), schema, toValue);
  }

  failureOf(kind: CallKind, record: CallRecord): Failure {
    return failureOf(this.parts.errors, kind, record, this.parts.clock);
  }

  /** The outcome of a cancel that found nothing to cancel; null for every other. */
  goneOf<T>(record: CallRecord, value: T): Sent<T> | null {
    if (successOf(record) !== null) return null;
    const { verdict, meta } = this.failureOf('cancel', record);
    return verdict.kind === 'gone' && meta !== null ? { kind: 'done', value, meta } : null;
  }

  /** What became of a call that changes something: nothing but a success that can be read counts as done. */
  decided<T>(kind: CallKind, record: CallRecord, read: (reply: unknown) => Result<T, Cause>): Sent<T> {
    const reply = successOf(record);
    if (reply === null) return sentFailure(this.failureOf(kind, record));
    const value = read(reply.body);
    const { meta } = reply;
    return value.ok ? { kind: 'done', value: value.value, meta } : { kind: 'unknown', why: value.error, meta };
  }

  /** Why a fenced request must not be written any more; null while it may. */
  private tooLate(fence: Fence): Cause | null {
    if (fence.sendByMonotonicMs !== undefined && performance.now() > fence.sendByMonotonicMs) {
      return { code: 'SEND_BY_PASSED', text: 'too long between the claim and the write' };
    }
    if (this.parts.clock.now() > fence.validUntil) {
      return { code: 'FENCE_PASSED', text: 'the time window of the claim has ended' };
    }
    return null;
  }
}

export const WRONG_ORDER: Cause = Object.freeze({
  code: 'WRONG_ORDER',
  text: 'the reply speaks of another order',
});

/** An amendment is done only when the reply says what was asked for, of the order that was meant. */
export function checkAmended(sent: Sent<OrderView>, request: AmendRequest): Sent<OrderView> {
  if (sent.kind !== 'done') return sent;
  const { value, meta } = sent;
  const isAsAsked =
    value.clientOrderId === request.clientOrderId &&
    value.symbol === request.symbol &&
    value.side === request.side &&
    value.orderQty.eq(request.orderQty) &&
    value.price?.eq(request.price) === true;
  return isAsAsked ? sent : { kind: 'unknown', why: WRONG_ORDER, meta };
}

/** A page read by id: two rows may share a millisecond, no two share an id. */
export function pageById<Row, T>(rows: readonly Row[], idOf: (row: Row) => number, toValue: (row: Row) => T): Page<T> {
  const last = Math.max(-1, ...rows.map(idOf));
  return { rows: rows.map(toValue), next: rows.length < PAGE_ROWS ? null : String(last + 1) };
}

/** A `next` of {@link pageById} as the parameter that asks for it. @throws RangeError on any other text */
export function idCursor(cursor: string): number {
  const id = Number(cursor);
  if (!/^\d{1,16}$/.test(cursor) || !Number.isSafeInteger(id)) {
    throw new RangeError(`Invalid cursor: must be the next of a page before, was ${JSON.stringify(cursor)}`);
  }
  return id;
}
