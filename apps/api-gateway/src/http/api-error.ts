import { AppError } from '#domain';
import { OrderRefusal, type FieldErrors } from '#order-intake';

export type { FieldErrors };

/** Every refusal of the order API (order-api.md 4.11): a closed list that clients match on. */
export type ApiErrorCode =
  | 'invalid'
  | 'malformed_json'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'too_large'
  | 'unsupported_type'
  | 'duplicate_custom_order_id'
  | 'idempotency_mismatch'
  | 'already_complete'
  | 'not_pausable'
  | 'not_resumable'
  | 'not_amendable'
  | 'part_of_multi_order'
  | 'account_in_use'
  | 'name_taken'
  | 'already_subscribed'
  | 'positions_live'
  | 'pair_not_available'
  | 'below_minimum'
  | 'risk_denied'
  | 'restricted'
  | 'leverage_out_of_range'
  | 'save_failed'
  | 'credential_refused'
  | 'rate_limited'
  | 'too_many_orders'
  | 'internal'
  | 'unavailable'
  | 'no_market_data';

const STATUS: Readonly<Record<ApiErrorCode, number>> = {
  invalid: 400,
  malformed_json: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  too_large: 413,
  unsupported_type: 415,
  duplicate_custom_order_id: 409,
  idempotency_mismatch: 409,
  already_complete: 409,
  not_pausable: 409,
  not_resumable: 409,
  not_amendable: 409,
  part_of_multi_order: 409,
  account_in_use: 409,
  name_taken: 409,
  already_subscribed: 409,
  positions_live: 409,
  pair_not_available: 422,
  below_minimum: 422,
  risk_denied: 422,
  restricted: 422,
  leverage_out_of_range: 422,
  save_failed: 422,
  credential_refused: 422,
  rate_limited: 429,
  too_many_orders: 429,
  internal: 500,
  unavailable: 503,
  no_market_data: 503,
};
const CODES = Object.keys(STATUS) as ApiErrorCode[];

/** Every status of a refusal with the codes that tell one from another; for the API's document. */
export const REFUSALS: ReadonlyMap<number, readonly ApiErrorCode[]> = new Map(
  [...new Set(Object.values(STATUS))].map((status) => [status, CODES.filter((code) => STATUS[code] === status)]),
);

export interface ApiErrorDetails {
  readonly errors?: FieldErrors;
  /** Further keys of the body, `order_id` of a duplicate. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A refusal on its way to the client; the filter turns it into the one error shape. */
export class ApiError extends AppError<ApiErrorCode> {
  readonly status: number;
  readonly errors: FieldErrors;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ApiErrorCode,
    message: string,
    details: ApiErrorDetails = {},
  ) {
    super(message, {}, { cause: details.cause });
    this.status = STATUS[code];
    this.errors = details.errors ?? {};
    this.extra = details.extra ?? {};
    this.headers = details.headers ?? {};
  }

  /** The same refusal, as it is told over HTTP. */
  static of(refusal: OrderRefusal): ApiError {
    const { code, message, errors, extra, retryAfterSeconds } = refusal;
    const headers = retryAfterSeconds === null ? {} : retryAfter(retryAfterSeconds);
    return new ApiError(code, message, { errors, extra, headers, cause: refusal });
  }

  /** The first field's first text is the text of the whole. */
  static ofFields(errors: FieldErrors): ApiError {
    return ApiError.of(OrderRefusal.ofFields(errors));
  }

  /** The client may try the same again after `seconds`. */
  static retryLater(
    code: 'rate_limited' | 'unavailable' | 'no_market_data',
    message: string,
    seconds: number,
    cause?: unknown,
  ): ApiError {
    return new ApiError(code, message, { headers: retryAfter(seconds), cause });
  }
}

const retryAfter = (seconds: number): Record<string, string> => ({ 'Retry-After': String(seconds) });

/** The body of every failure: the key `error` is how clients tell one. */
export function errorBody(error: ApiError, requestId: string): Record<string, unknown> {
  return {
    error: error.message,
    message: error.message,
    detail: error.message,
    code: error.code,
    errors: error.errors,
    ...error.extra,
    request_id: requestId,
  };
}
