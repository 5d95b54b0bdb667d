import { addMs, type Clock, type EpochMs } from '#domain';
import type { Cause, Read, Sent, WireMeta } from '../ports.js';
import { wireMeta, type CallRecord } from '../transport/call-context.js';
import {
  classifyBinance,
  retryDelayMs,
  type CallKind,
  type ErrorClass,
  type ErrorRules,
  type Observation,
} from './classify-error.js';
import { parseJson, venueError } from './decode.js';

/** A complete reply with status 2xx, its body as JSON if it is; anything else is null and gets classified. */
export function successOf({ exchange }: CallRecord): { readonly body: unknown; readonly meta: WireMeta } | null {
  const meta = wireMeta(exchange, null);
  if (meta?.httpStatus === undefined || exchange?.body === undefined) return null;
  return meta.httpStatus >= 200 && meta.httpStatus < 300 ? { body: parseJson(exchange.body), meta } : null;
}

/** What was seen, what it means, and when a rate or fence refusal may be offered again. */
export interface Failure {
  readonly verdict: ErrorClass;
  readonly why: Cause;
  readonly meta: WireMeta | null;
  readonly retryAt: EpochMs | null;
}

/** Reads a call that did not succeed. */
export function failureOf(rules: ErrorRules, call: CallKind, record: CallRecord, clock: Clock): Failure {
  const { exchange, stopped } = record;
  const error = venueError(exchange?.body);
  const seen: Observation = {
    stage: exchange?.stage ?? null,
    failure: stopped?.code ?? exchange?.failure?.code ?? null,
    httpStatus: exchange?.status ?? null,
    venueCode: error.code,
    text: error.text,
  };
  const verdict = classifyBinance(rules, call, seen);
  const text = error.text || stopped?.text || exchange?.failure?.text || `HTTP ${seen.httpStatus}`;
  const repliedAt = exchange?.repliedAt ?? clock.now();
  const retryAt =
    verdict.kind === 'rate'
      ? addMs(repliedAt, retryDelayMs(verdict.scope, exchange?.headers['retry-after']))
      : verdict.kind === 'fence'
        ? repliedAt
        : null;
  return { verdict, why: { code: verdict.code, text }, meta: wireMeta(exchange, error.code), retryAt };
}

/** A failure of `place` or `cancel` as the port says it. */
export function sentFailure<T>({ verdict, why, meta, retryAt }: Failure): Sent<T> {
  if (verdict.kind === 'not_sent' || meta === null) {
    return { kind: 'not_sent', why, ...(meta === null ? {} : { meta }) };
  }
  switch (verdict.kind) {
    case 'refused':
      return { kind: 'refused', why, meta };
    case 'rate':
    case 'fence':
      return { kind: 'refused', why, meta, ...(retryAt === null ? {} : { retryAt }) };
    case 'gone':
    case 'unknown':
      return {
        kind: 'unknown',
        why,
        meta,
        ...(verdict.kind === 'unknown' && verdict.exists ? { hint: 'exists' } : {}),
      };
  }
}

/** A failure of a read as the port says it. */
export function readFailure<T>({ why, meta, retryAt }: Failure): Read<T> {
  return { kind: 'failed', why, ...(retryAt === null ? {} : { retryAt }), ...(meta === null ? {} : { meta }) };
}
