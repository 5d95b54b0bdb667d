import { AppError } from '#domain';

/** Why a request for an order is refused (order-api.md 3.6, 4.11). */
export type RefusalCode =
  | 'invalid'
  | 'duplicate_custom_order_id'
  | 'pair_not_available'
  | 'below_minimum'
  | 'leverage_out_of_range'
  | 'restricted'
  | 'risk_denied'
  | 'too_many_orders'
  | 'no_market_data';

/** Texts by faulty field, in the order of the fields' table. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

export interface RefusalDetails {
  readonly errors?: FieldErrors;
  /** What else is told, `order_id` of a duplicate. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
}

/** A request for an order that is refused, whoever asked for it. */
export class OrderRefusal extends AppError<RefusalCode> {
  readonly errors: FieldErrors;
  readonly extra: Readonly<Record<string, unknown>>;
  /** The same may pass after so long; null where that is not known. */
  readonly retryAfterSeconds: number | null;

  constructor(
    readonly code: RefusalCode,
    message: string,
    { errors = {}, extra = {}, retryAfterSeconds }: RefusalDetails = {},
  ) {
    super(message);
    this.errors = errors;
    this.extra = extra;
    this.retryAfterSeconds = retryAfterSeconds ?? null;
  }

  /** The first field's first text is the text of the whole. The place of a fault in a condition is told as a number, too. */
  static ofFields(errors: FieldErrors): OrderRefusal {
    const position = positionIn(errors);
    return new OrderRefusal('invalid', Object.values(errors)[0]?.[0] ?? 'invalid request', {
      errors,
      ...(position === null ? {} : { extra: { position } }),
    });
  }
}

/** Texts of this field end with `at <position>`, zero-based in the condition (order-api.md 6). */
const CONDITION_FIELD = 'order_condition';

function positionIn(errors: FieldErrors): number | null {
  const [, position] = / at (\d+)$/.exec(errors[CONDITION_FIELD]?.[0] ?? '') ?? [];
  return position === undefined ? null : Number(position);
}
