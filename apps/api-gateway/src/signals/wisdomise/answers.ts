import type { SignalReason } from '#domain';
import { groupOf, type Answer } from '../common/answer.js';

/** A 409 tells that the same signal may do later, or in another state of the position (signal-apis.md 1.4). */
const STATUS: Readonly<Partial<Record<SignalReason, number>>> = {
  rejected_schema: 400,
  rejected_symbol: 400,
  rejected_side: 400,
  rejected_no_price: 400,
  expired: 400,
  rejected_position_unknown: 404,
  rejected_live_position: 409,
  rejected_triggered_item: 409,
  rejected_locked_field: 409,
  rejected_disabled: 409,
  rejected_risk: 409,
  failed_internal: 500,
};

const OK = { message: 'ok' };
const NOTHING_LIVE: readonly SignalReason[] = ['ignored_no_position', 'ignored_already_closed'];

/**
 * How a signal ended, as its sender is told. A duplicate gets the answer of the original instead.
 * @param message of a refusal
 */
export function answerSignal(reason: SignalReason, message: string): Answer {
  const group = groupOf(reason);
  if (group === 'effect') return { status: 200, body: OK };
  if (group === 'noEffect') {
    const ignored = NOTHING_LIVE.includes(reason) ? 'no_open_position' : reason.replace(/^ignored_/, '');
    return { status: 200, body: { ...OK, ignored } };
  }
  return { status: STATUS[reason] ?? 409, body: { message, code: reason } };
}

/** What is refused before, or without, a decision on the signal. */
export const REFUSALS = {
  unauthorized: { status: 401, body: { message: 'invalid credentials', code: 'unauthorized' } },
  /** An unknown signaler, or a secret of another: not told apart. */
  notFound: { status: 404, body: { message: 'no such signaler', code: 'not_found' } },
  methodNotAllowed: { status: 405, body: { message: 'method not allowed', code: 'method_not_allowed' } },
  tooLarge: { status: 413, body: { message: 'body must be at most 65536 bytes', code: 'too_large' } },
  throttled: { status: 429, body: { message: 'too many signals, try again later', code: 'throttled' } },
  otherBody: {
    status: 409,
    body: { message: 'Idempotency-Key was already used with another body', code: 'rejected_schema' },
  },
  unavailable: { status: 503, body: { message: 'nothing was stored, try again later', code: 'unavailable' } },
} as const satisfies Readonly<Record<string, Answer>>;
