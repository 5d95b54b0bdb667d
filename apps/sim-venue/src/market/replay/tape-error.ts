/** A recorded capture that cannot be replayed: which file, which line, what was found there and what was expected. */
export class TapeError extends Error {
  override readonly name = 'TapeError';
  readonly code = 'TAPE_UNREADABLE';

  /** @param line 1 is the first line; null when the problem is not in one line */
  constructor(
    readonly file: string,
    readonly line: number | null,
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`tape ${file}: ${line === null ? '' : `line ${line}: `}${problem}`, options);
  }
}
