import { ZERO, type Decimal } from '#domain';

/** A rule for a number, with the words for it. */
export interface Range {
  readonly expected: string;
  readonly holds: (value: Decimal) => boolean;
}

export const POSITIVE: Range = { expected: 'must be > 0', holds: (value) => value.gt(ZERO) };
export const NOT_NEGATIVE: Range = { expected: 'must be >= 0', holds: (value) => value.gte(ZERO) };
export const ANY_NUMBER: Range = { expected: 'must be a number', holds: () => true };
/** A share that is something. */
export const SHARE: Range = { expected: 'must be > 0 and <= 1', holds: (value) => value.gt(ZERO) && value.lte(1) };
/** A share that may be nothing. */
export const AMOUNT: Range = { expected: 'must be >= 0 and <= 1', holds: (value) => value.gte(ZERO) && value.lte(1) };
export const LEVERAGE: Range = {
  expected: 'must be >= 1 and <= 125',
  holds: (value) => value.gte(1) && value.lte(125),
};
/** Multiples of the average entry: outside of it are percentages that were taken for one (signal-apis.md 1.1). */
export const ENTRY_MULTIPLE: Range = {
  expected: 'must be >= 0.5 and <= 2, a multiple of the average entry',
  holds: (value) => value.gte('0.5') && value.lte(2),
};
