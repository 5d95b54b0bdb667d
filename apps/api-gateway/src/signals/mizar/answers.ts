import type { SignalRefusal } from '#domain';
import type { Answer } from '../common/answer.js';
import { signalFault, type FieldFault, type SignalFault } from '../common/fault.js';

/** Refusals that are about more than the body; faults of the body itself are 422 (signal-apis.md 2.4). */
const STATUS: Readonly<Record<SignalRefusal, number>> = {
  rejected_schema: 422,
  rejected_symbol: 400,
  rejected_side: 400,
  expired: 400,
  rejected_position_unknown: 404,
  rejected_live_position: 409,
  rejected_triggered_item: 409,
  rejected_locked_field: 409,
  rejected_no_price: 409,
  rejected_risk: 409,
  rejected_disabled: 409,
};
const TYPES: Readonly<Record<FieldFault['kind'], string>> = {
  missing: 'value_error.missing',
  type: 'type_error',
  value: 'value_error',
};

export const detail = (status: number, text: string): Answer => ({ status, body: { detail: text } });

/** All faults of a request, each with its place. */
export function schemaAnswer(faults: readonly FieldFault[]): Answer {
  return {
    status: 422,
    body: {
      detail: faults.map(({ place, kind, expected }) => ({
        loc: place,
        msg: kind === 'missing' ? 'field required' : expected,
        type: TYPES[kind],
      })),
    },
  };
}

/** What is stored of faults that are answered all at once: the first of them. */
export function storedFault(faults: readonly FieldFault[]): SignalFault {
  const [first] = faults;
  if (first === undefined) throw new Error('A refused request must have a fault');
  return signalFault(first);
}

/** A fault of a body as a whole, such as JSON that is none, has the shape of a field's. */
export function refuse({ reason, message }: SignalFault): Answer {
  if (reason !== 'rejected_schema') return detail(STATUS[reason], message);
  return { status: 422, body: { detail: [{ loc: ['body'], msg: message, type: TYPES.value }] } };
}

export const positionNotFound = (number: number): SignalFault => ({
  reason: 'rejected_position_unknown',
  message: `position ${number} not found`,
});
export const strategyNotFound = (number: number): Answer => detail(404, `strategy ${number} not found`);
export const noMarketPrice = (pair: string): SignalFault => ({
  reason: 'rejected_no_price',
  message: `no market price for ${pair.replace('-', '')}`,
});

/** A lot of which every leg was skipped or failed; legs are counted by code. */
export function notOpened(number: number, counts: ReadonlyMap<string, number>): Answer {
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const causes = sorted.map(([code, count]) => `${code} x${count}`).join(', ');
  return detail(409, `position ${number} not opened: ${causes}`);
}

/** 200 of `execute-command`, which does not wait for fills. */
export const submitted = (action: string, strategyNumber: number): Answer =>
  detail(200, `Request with action ${action} has been successfully submitted to strategy ${strategyNumber}.`);

/** What is refused without looking into the request. */
export const REFUSALS = {
  unauthorized: detail(401, 'invalid API key'),
  /** The upload is never decoded: it is a program. */
  hostedStrategy: detail(400, 'hosted strategies are not supported'),
  dcaBots: detail(404, 'DCA bots are not enabled'),
  unknownPath: detail(404, 'Not Found'),
  methodNotAllowed: detail(405, 'Method Not Allowed'),
  nameTaken: detail(409, 'a strategy of this name exists already'),
  otherBody: detail(409, 'Idempotency-Key was already used with another body'),
  tooLarge: detail(413, 'body must be at most 65536 bytes'),
  throttled: detail(429, 'too many signals, try again later'),
  internal: detail(500, 'internal error, the signal is stored as failed'),
  unavailable: detail(503, 'nothing was stored, try again later'),
} as const satisfies Readonly<Record<string, Answer>>;
