import type { Cause } from '../../ports.js';
import type { FeedChannel, FeedMessage } from '../../feed-port.js';
import type { Instrument, Result, VenueId } from '#domain';
import type { ErrorRules } from '../classify-error.js';
import type { DepthDelta } from './stitch.js';

/** What a frame of a market stream tells. */
export type FeedEvent =
  | { readonly channel: 'book'; readonly symbol: string; readonly delta: DepthDelta }
  | { readonly channel: Exclude<FeedChannel, 'book'>; readonly symbol: string; readonly message: FeedMessage };

/** How the market data of one product of Binance is asked for and read. */
export interface FeedWire {
  readonly errors: ErrorRules;
  /** `/api/v3` or `/fapi/v1`. */
  readonly root: string;
  /** Names in the table of costs; null where the venue does not limit it. */
  readonly calls: {
    readonly instruments: string;
    readonly depth: string;
    readonly trades: string;
    readonly connect: string | null;
  };
  /** The channels of each connection, by the path before its `/stream`. */
  readonly doors: ReadonlyMap<string, readonly FeedChannel[]>;
  readonly streamOf: (channel: FeedChannel, symbol: string) => string;
  readonly readInstruments: (venue: VenueId, reply: unknown) => Result<readonly Instrument[], Cause>;
  /** Null for what is no market data of ours; an error for what cannot be read. */
  readonly readEvent: (stream: string, data: Readonly<Record<string, unknown>>) => Result<FeedEvent, Cause> | null;
}
