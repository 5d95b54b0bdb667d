import type { SignalRefusal } from '#domain';

/** Where a value stands in a request: `['open_orders', 1, 'price']`. */
export type Place = readonly (string | number)[];

/** What is wrong with one value of a request. */
export interface FieldFault {
  readonly reason: SignalRefusal;
  readonly kind: 'missing' | 'type' | 'value';
  readonly place: Place;
  /** What was expected of it, without a subject: `must be > 0`. */
  readonly expected: string;
  /** What was found; null where there is nothing to show. */
  readonly found: string | null;
}

/** Why a signal is refused, in words that name the place, what was found there and what was expected. */
export interface SignalFault {
  readonly reason: SignalRefusal;
  readonly message: string;
}

/** `open_orders[1].price`; of the whole `body`. */
export function showPlace(place: Place): string {
  if (place.length === 0) return 'body';
  return place.map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`)).join('');
}

export function signalFault({ reason, place, expected, found }: FieldFault): SignalFault {
  return { reason, message: `${showPlace(place)}: ${expected}${found === null ? '' : `, was ${found}`}` };
}

export const schemaFault = (message: string): SignalFault => ({ reason: 'rejected_schema', message });
