import { okxStream } from './okx.js';
import type { StreamPack } from './pack.js';

/** Every user stream that is opened by ccxt. */
export const STREAM_PACKS: readonly StreamPack[] = [okxStream];
