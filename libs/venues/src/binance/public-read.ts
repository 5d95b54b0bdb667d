import type { z } from 'zod';
import type { Clock } from '#domain';
import { withScheme } from '../ccxt/point-at.js';
import type { Read, WireMeta } from '../ports.js';
import type { CallRecord } from '../transport/call-context.js';
import type { HttpClient } from '../transport/http-client.js';
import { READ_REPLY_MS } from './calls.js';
import type { ErrorRules } from './classify-error.js';
import { decode } from './decode.js';
import { failureOf, readFailure, successOf } from './outcome.js';

export interface PublicSource {
  readonly baseUrl: string;
  readonly clock: Clock;
}

/** One unsigned GET. */
export async function readPublic<Schema extends z.ZodType, T>(
  http: HttpClient,
  { baseUrl, clock }: PublicSource,
  path: string,
  errors: ErrorRules,
  schema: Schema,
  toValue: (reply: z.output<Schema>, meta: WireMeta) => T,
): Promise<Read<T>> {
  const url = withScheme(baseUrl, false) + path;
  const exchange = await http.send({ url, method: 'GET', headers: {}, body: null, replyTimeoutMs: READ_REPLY_MS });
  const record: CallRecord = { exchange, stopped: null };
  const reply = successOf(record);
  if (reply === null) return readFailure(failureOf(errors, 'lookup', record, clock));
  const { meta } = reply;
  const value = decode(schema, (body) => toValue(body, meta), reply.body);
  return value.ok ? { kind: 'ok', value: value.value, meta } : { kind: 'failed', why: value.error, meta };
}
