import { ZodError } from 'zod';
import { InvalidNumberError, addMs, err, ok, type Clock, type Result } from '#domain';
import { readFailure, sentFailure, type Failure } from '../binance/outcome.js';
import type { Cause, Sent, WireMeta } from '../ports.js';
import { wireMeta, type CallRecord } from '../transport/call-context.js';
import { classify, type CallKind, type Observation } from './classify.js';
import type { Ask, CcxtProtocol, Heard } from './protocol.js';
import { readJson } from './read-json.js';
import { OtherOrder } from './wire.js';

export { readFailure, sentFailure, type Failure };

export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T; readonly meta: WireMeta }
  /** A success by its status and code that cannot be read, or is about another order. */
  | { readonly kind: 'unreadable'; readonly why: Cause; readonly meta: WireMeta }
  | { readonly kind: 'failed'; readonly failure: Failure };

/**
 * Reads what one call came to: raw status, the venue's own code, and the fields of a success.
 * @param hide takes out of a text what must not be told on
 */
export function answerOf<T>(
  protocol: CcxtProtocol,
  call: CallKind,
  ask: Ask<T>,
  { exchange, stopped }: CallRecord,
  clock: Clock,
  hide: (text: string) => string = (text) => text,
): Answer<T> {
  const body = exchange?.body === undefined ? undefined : readJson(exchange.body);
  const error = body === undefined ? null : guarded(() => protocol.errorIn(body, call));
  const status = exchange?.status ?? null;
  const complete = exchange?.body !== undefined && exchange.failure === undefined;
  const ownCode = error?.ok === true ? (error.value?.code ?? null) : null;
  const meta = wireMeta(exchange, ownCode === null ? null : hide(ownCode));
  if (
    meta !== null &&
    complete &&
    body !== undefined &&
    status !== null &&
    status >= 200 &&
    status < 300 &&
    error?.ok === true &&
    error.value === null
  ) {
    const value = guarded(() => ask.read(body, { repliedAt: meta.repliedAt ?? meta.sentAt } satisfies Heard));
    if (value.ok) return { kind: 'ok', value: value.value, meta };
    const { code, text } = value.error;
    return { kind: 'unreadable', why: { code, text: hide(text) }, meta };
  }
  const told = error?.ok === true ? error.value : null;
  const seen: Observation = {
    stage: exchange?.stage ?? null,
    failure: stopped?.code ?? exchange?.failure?.code ?? null,
    httpStatus: status,
    venueCode: told?.code ?? null,
    text: told?.text ?? '',
  };
  const verdict = classify(protocol.errors, call, seen);
  const text = told?.text || stopped?.text || exchange?.failure?.text || `HTTP ${status ?? 'none'}`;
  const repliedAt = exchange?.repliedAt ?? clock.now();
  const word =
    exchange === null ? null : protocol.errors.retryAt({ headers: exchange.headers, text: told?.text ?? '', body });
  const retryAt =
    verdict.kind === 'rate'
      ? addMs(repliedAt, retryDelay(word, repliedAt, protocol.errors.retryMs[verdict.scope]))
      : verdict.kind === 'fence'
        ? repliedAt
        : null;
  // Hidden before it is cut: half a key is one too much.
  const why = { code: hide(verdict.code), text: hide(text).slice(0, 500) };
  return { kind: 'failed', failure: { verdict, why, meta, retryAt } };
}

/** The venue's word, unless it is in the past or absurdly far away. */
function retryDelay(word: number | null, repliedAt: number, otherwise: number): number {
  const wait = word === null ? Number.NaN : word - repliedAt;
  return Number.isFinite(wait) && wait >= 0 && wait <= 86_400_000 ? Math.ceil(Math.max(wait, 1)) : otherwise;
}

/** An answer to a call that changes something, as the port says it. */
export function sentOf<T>(answer: Answer<T>): Sent<T> {
  switch (answer.kind) {
    case 'ok':
      return { kind: 'done', value: answer.value, meta: answer.meta };
    case 'unreadable':
      return { kind: 'unknown', why: answer.why, meta: answer.meta };
    case 'failed':
      return sentFailure(answer.failure);
  }
}

/** Venue input may be anything (S-13): what cannot be read is a cause, what else is thrown is a bug. */
export function guarded<T>(read: () => T): Result<T, Cause> {
  try {
    return ok(read());
  } catch (error) {
    if (error instanceof OtherOrder) return err({ code: 'WRONG_ORDER', text: error.message });
    if (error instanceof ZodError) {
      const issue = error.issues[0];
      const where = issue?.path.join('.') ?? '';
      return err({ code: 'MALFORMED_REPLY', text: `${where || 'body'}: ${issue?.message ?? 'unexpected shape'}` });
    }
    if (error instanceof InvalidNumberError || error instanceof RangeError) {
      return err({ code: 'MALFORMED_REPLY', text: error.message });
    }
    throw error;
  }
}
