import type { ParamRules, Params } from './params.js';
import type { Security } from './security.js';

/** One authenticated call with checked parameters; `Owner` is what a product has of a customer. */
export interface Call<Owner> {
  readonly params: Params;
  /** SHA-256 of the request as received. */
  readonly requestHash: string;
  readonly ip: string;
  /** @throws Error when the endpoint is public: a bug, not a request */
  readonly account: Owner;
}

export interface Endpoint<Owner> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'WS';
  readonly path: string;
  readonly security: Security;
  readonly weight: number | ((params: Params) => number);
  /** Whether a success gives its weight back, as placing and cancelling do; a function looks at the reply. */
  readonly freeOnSuccess?: true | ((reply: unknown) => boolean);
  readonly rules: ParamRules;
  /** Whether the venue serves it now; absent: always. */
  isServed?(): boolean;
  /** Replies carry the order counts. */
  readonly countsOrders?: true;
  /**
   * Checks all that can be checked before the matching engine (C5 steps 8 to 11) and returns what is left to do.
   *
   * @throws Refusal
   */
  prepare(call: Call<Owner>): (() => unknown) | CountedWork;
}

/** What is left to do of a call that was counted before it is done. */
export interface CountedWork {
  run(): unknown;
  /** The call came to nothing, by its time window or by `run`: the count is taken back. */
  refused(): void;
}
