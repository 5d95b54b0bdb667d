/** Arithmetic on whole units, with its rounding in the name. */

export function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

export function max(...values: readonly bigint[]): bigint {
  return values.reduce((most, value) => (value > most ? value : most));
}

export function min(...values: readonly bigint[]): bigint {
  return values.reduce((least, value) => (value < least ? value : least));
}

/** Division of a number that is not negative, rounded up. */
export function ceilDiv(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}
