import type { EpochMs } from '#domain';

/** What a reply came with. */
export interface Heard {
  readonly repliedAt: EpochMs;
}

/** One request by the name of ccxt's implicit method, and the reading of its reply. */
export interface Ask<T> {
  readonly method: string;
  /** A list where the vendor takes one as the whole body. */
  readonly params: Readonly<Record<string, unknown>> | readonly unknown[];
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * @throws ZodError, InvalidNumberError, RangeError for what cannot be read, OtherOrder for what is about another
   * order; nothing else
   */
  readonly read: (reply: unknown, heard: Heard) => T;
}
