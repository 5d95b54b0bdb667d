import type { Brand } from '#domain';

/** Microseconds since 1970-01-01 UTC, as exact as Postgres keeps an instant; whole, and safe as a number until 2255. */
export type EpochMicros = Brand<number, 'EpochMicros'>;

/** SQL that reads a timestamptz as EpochMicros; the driver gives it as text. */
export const MICROS = (column: string): string => `(extract(epoch FROM ${column}) * 1000000)::bigint`;

/** SQL that makes a timestamptz from EpochMicros. */
export const FROM_MICROS = (parameter: string): string =>
  `(timestamptz 'epoch' + ${parameter}::bigint * interval '1 microsecond')`;

/** SQL that reads a timestamptz as whole milliseconds since 1970-01-01 UTC, cut. */
export const MS = (column: string): string => `floor(extract(epoch FROM ${column}) * 1000)::double precision`;
