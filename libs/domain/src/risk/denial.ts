/** Why our own last check stopped a child order (reliability.md 5.1 and venues.md A9). */
export type ControlCode =
  | 'QUANTITY_ABOVE_MAX'
  | 'NOTIONAL_ABOVE_MAX'
  | 'NOTIONAL_PRICE_MISSING'
  | 'PRICE_OUTSIDE_COLLAR'
  | 'PRICE_DRIFT_EXCEEDED'
  | 'REFERENCE_STALE'
  | 'REFERENCE_CROSSED'
  | 'REFERENCE_JUMPED'
  | 'RATE_MESSAGES_EXCEEDED'
  | 'EXPOSURE_ABOVE_LIMIT'
  | 'LIST_NOT_ALLOWED'
  | 'STATE_REDUCING'
  | 'STATE_HALTED'
  | 'PARENT_NOT_ACTIVE'
  | 'PARENT_QUANTITY_EXCEEDED'
  | 'PARENT_PRICE_EXCEEDED'
  | 'PARENT_MISMATCH'
  | 'PARENT_EXPIRED'
  | 'DECISION_STALE'
  | 'INSTRUMENT_RULE'
  | 'SCHEMA_VERSION';

/** Which control of reliability.md 5.1 speaks with a code; null for those without a number. */
export const CONTROL_OF: Readonly<Record<ControlCode, string | null>> = {
  QUANTITY_ABOVE_MAX: 'RC-01',
  NOTIONAL_ABOVE_MAX: 'RC-02',
  NOTIONAL_PRICE_MISSING: 'RC-02',
  PRICE_OUTSIDE_COLLAR: 'RC-03',
  PRICE_DRIFT_EXCEEDED: 'RC-03',
  REFERENCE_STALE: 'RC-04',
  REFERENCE_CROSSED: 'RC-04',
  REFERENCE_JUMPED: 'RC-04',
  RATE_MESSAGES_EXCEEDED: 'RC-05',
  EXPOSURE_ABOVE_LIMIT: 'RC-08',
  LIST_NOT_ALLOWED: 'RC-12',
  STATE_REDUCING: 'RC-15',
  STATE_HALTED: 'RC-15',
  PARENT_NOT_ACTIVE: 'RC-14',
  PARENT_QUANTITY_EXCEEDED: 'RC-14',
  PARENT_PRICE_EXCEEDED: 'RC-14',
  PARENT_MISMATCH: 'RC-14',
  PARENT_EXPIRED: 'RC-14',
  DECISION_STALE: 'RC-14',
  INSTRUMENT_RULE: null,
  SCHEMA_VERSION: null,
};

/** A control that an order did not pass, with what is stored of it: limit, value, reference and its age. */
export interface Denial {
  readonly code: ControlCode;
  readonly text: string;
  readonly limit: string | null;
  readonly value: string | null;
  readonly reference: string | null;
  readonly referenceAgeMs: number | null;
}

export function fault(
  code: ControlCode,
  text: string,
  limit: string | null = null,
  value: string | null = null,
  reference: { readonly mid: string | null; readonly ageMs: number | null } = { mid: null, ageMs: null },
): Denial {
  return { code, text, limit, value, reference: reference.mid, referenceAgeMs: reference.ageMs };
}
