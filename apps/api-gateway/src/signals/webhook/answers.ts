import type { SignalReason } from '#domain';
import { groupOf, type Answer, type ReasonGroup } from '../common/answer.js';

/** What of it all a sender needs to know (signal-apis.md 4.2). */
const STATUS_WORDS: Readonly<Record<ReasonGroup, string>> = {
  effect: 'accepted',
  noEffect: 'ignored',
  refused: 'rejected',
  fault: 'failed',
};
/** Others of the refused ones are 409. */
const STATUS: Readonly<Partial<Record<SignalReason, number>>> = {
  expired: 400,
  rejected_schema: 400,
  rejected_symbol: 400,
  rejected_no_price: 400,
  rejected_position_unknown: 404,
};
const STATUS_OF_GROUP: Readonly<Record<ReasonGroup, number>> = { effect: 200, noEffect: 200, refused: 409, fault: 500 };

export interface AnsweredAlert {
  readonly reason: SignalReason;
  /** Of a refusal; empty for none. */
  readonly message: string;
  readonly signalId: string;
  /** Number of the position that it was about; null for none, or several. */
  readonly positionNumber: number | null;
}

export function answerAlert({ reason, message, signalId, positionNumber }: AnsweredAlert): Answer {
  const group = groupOf(reason);
  const isDone = group === 'effect' || group === 'noEffect';
  const body = {
    status: STATUS_WORDS[group],
    reason,
    signal_id: signalId,
    ...(isDone ? { duplicate: false } : {}),
    ...(positionNumber === null ? {} : { position_id: String(positionNumber) }),
    ...(message === '' ? {} : { message }),
  };
  return { status: STATUS[reason] ?? STATUS_OF_GROUP[group], body };
}

/** The answer of the original, which says that it is one. */
export function answerDuplicate(original: Answer): Answer {
  return { status: original.status, body: { ...original.body, duplicate: true } };
}

const rejected = (status: number, reason: string, message?: string): Answer => ({
  status,
  body: { status: 'rejected', reason, ...(message === undefined ? {} : { message }) },
});

/** What is refused before, or without, a decision on the alert. */
export const REFUSALS = {
  /** An unknown token. */
  unauthorized: rejected(404, 'unauthorized'),
  methodNotAllowed: rejected(405, 'method_not_allowed', 'must be POST'),
  otherBody: rejected(409, 'rejected_schema', 'Idempotency-Key was already used with another body'),
  tooLarge: rejected(413, 'too_large', 'body must be at most 65536 bytes'),
  throttled: rejected(429, 'throttled', 'too many signals, try again later'),
  unavailable: rejected(503, 'unavailable', 'nothing was stored, try again later'),
} as const satisfies Readonly<Record<string, Answer>>;
