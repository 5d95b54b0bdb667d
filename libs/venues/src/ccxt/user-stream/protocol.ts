import type { EpochMs } from '#domain';
import type { UserEvent } from '../../ports.js';
import type { Ask } from '../ask.js';
import type { CcxtExchange } from '../load-ccxt.js';

/** What one frame of a user stream is. */
export type UserFrame =
  /** `missing`: something else happened that the frame does not tell. */
  | { readonly kind: 'events'; readonly events: readonly UserEvent[]; readonly missing?: string }
  /** The subscription that was asked for last stands. */
  | { readonly kind: 'subscribed' }
  /** A login was accepted: ccxt waits for this frame. */
  | { readonly kind: 'login' }
  /** A login or a subscription was refused, or the venue ends the stream: this connection is of no use. */
  | { readonly kind: 'refused'; readonly text: string }
  /** Somebody is there; of the account it says nothing. */
  | { readonly kind: 'sound' };

export const SOUND: UserFrame = { kind: 'sound' };
export const SUBSCRIBED: UserFrame = { kind: 'subscribed' };
export const LOGIN: UserFrame = { kind: 'login' };

/**
 * Reads the frames of one connection in their order; some vendors tell only what changed, so it may remember. Numbers
 * of the frame are the texts they were written in; a frame that is not JSON is the text itself.
 * @throws ZodError, InvalidNumberError, RangeError for what cannot be read; nothing else
 */
export type UserFrameReader = (frame: unknown, receivedAt: EpochMs) => UserFrame;

/** One subscription, by the name of ccxt's method. */
export interface Watch {
  readonly method: string;
  readonly args?: readonly unknown[];
}

export interface StreamToken {
  readonly ask: Ask<string>;
  /** Its name in the venue's table of costs. */
  readonly call: string;
  /** Tells ccxt, which would ask for one itself. */
  readonly use: (exchange: CcxtExchange, token: string) => void;
}

/** How one vendor's user stream is opened by ccxt and read by us, without any I/O. */
export interface UserStreamProtocol {
  /** Of ccxt, so that it makes no request on its own account. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** One after another, each when the one before stands. */
  readonly watches: readonly Watch[];
  /**
   * What one connection with its subscriptions costs, by names in the venue's table of costs; the connection last, since
   * what is paid for counts as made after 15 s, and only its limit is one of seconds.
   */
  readonly pays: readonly string[];
  /** A request of the session before each connection, where a stream needs a key of its own. */
  readonly token?: StreamToken;
  /** @param account the key under which the stream is opened */
  readonly reader: (account: string) => UserFrameReader;
}
