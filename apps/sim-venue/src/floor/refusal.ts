/** The exchange said no: the vendor's code and text, and the HTTP status they travel with. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: number,
    message: string,
    readonly status = 400,
    readonly retryAfterSec?: number,
    /** What the vendor sends beside code and text, where it does. */
    readonly data?: unknown,
  ) {
    super(message);
  }
}

export const filterFailure = (name: string): Refusal => new Refusal(-1013, `Filter failure: ${name}`);
export const orderRejected = (text: string): Refusal => new Refusal(-2010, text);
