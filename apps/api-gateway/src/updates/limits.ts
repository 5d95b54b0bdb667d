import type { PruneOptions } from '#persistence';
import type { BucketLimit } from '../auth/token-bucket.js';

/** order-api.md 4.12 and 9; tests tighten them. */
export interface SocketLimits {
  /** Per user, in this process. */
  readonly connectionsPerUser: number;
  readonly frameBytes: number;
  readonly framesIn: BucketLimit;
  readonly silenceMs: number;
  /** Frames that wait for the client to read them. */
  readonly queuedFrames: number;
  /** How often it is asked whether tokens of open connections were revoked: with what is remembered of a token, 5 s. */
  readonly tokenCheckMs: number;
  /** How long clients have to say goodbye when the service drains. */
  readonly goodbyeMs: number;
  readonly keep: PruneOptions;
}

export const SOCKET_LIMITS: SocketLimits = {
  connectionsPerUser: 10,
  frameBytes: 4_096,
  framesIn: { capacity: 20, perSecond: 20 },
  silenceMs: 30_000,
  queuedFrames: 1_000,
  tokenCheckMs: 750,
  goodbyeMs: 2_000,
  keep: { olderThanMs: 86_400_000, keepPerUser: 10_000 },
};

/** Why we close: code, the reason the client reads, and its name in metrics. */
export const CLOSE = {
  badToken: { code: 4401, text: 'invalid token', label: 'bad_token' },
  forbidden: { code: 4403, text: 'the token may not read', label: 'forbidden' },
  silent: { code: 4408, text: 'no frame for 30 s', label: 'silent' },
  queueFull: { code: 4413, text: 'too many frames wait to be read', label: 'queue_full' },
  tooMany: { code: 4429, text: 'too many connections', label: 'too_many' },
  tooFast: { code: 4429, text: 'too many frames', label: 'too_fast' },
  leaving: { code: 1001, text: 'the service stops, connect again', label: 'leaving' },
  unavailable: { code: 1013, text: 'try again later', label: 'unavailable' },
} as const;
export type Closing = (typeof CLOSE)[keyof typeof CLOSE];
