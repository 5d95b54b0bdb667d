import { bybitPack } from './bybit.js';
import { coinbasePack } from './coinbase.js';
import { deribitPack } from './deribit.js';
import { hyperliquidPack } from './hyperliquid.js';
import { krakenPack } from './kraken.js';
import { okxPack } from './okx.js';
import type { VenuePack } from './pack.js';

/** Every venue that is reached through ccxt, with what it must ask and make of recorded payloads. */
export const VENUE_PACKS: readonly VenuePack[] = [
  okxPack,
  bybitPack,
  krakenPack,
  coinbasePack,
  deribitPack,
  hyperliquidPack,
];
