import { bybitStream } from './bybit.js';
import { coinbaseStream } from './coinbase.js';
import { deribitStream } from './deribit.js';
import { hyperliquidStream } from './hyperliquid.js';
import { krakenStream } from './kraken.js';
import { okxStream } from './okx.js';
import type { StreamPack } from './pack.js';

/** Every user stream that is opened by ccxt. */
export const STREAM_PACKS: readonly StreamPack[] = [
  okxStream,
  bybitStream,
  krakenStream,
  coinbaseStream,
  deribitStream,
  hyperliquidStream,
];
