import ccxt from 'ccxt';
import { pointAt } from '../../libs/venues/src/ccxt/point-at.js';
import type { VenueKey } from '../pipeline/venue-client.js';
import { serve } from '../pipeline/worker.js';

/** One trading program on ccxt as it comes: its own limiter on or off, knowing nothing of the programs beside it. */
export interface CcxtStart {
  readonly url: string;
  readonly key: VenueKey;
  readonly limiter: boolean;
  /** Placements at the same time: the queue in front of its limiter. */
  readonly queued: number;
  /** Without a limiter the program still does not try more often than this. */
  readonly attemptsPerSecond: number;
  readonly restMs: number;
}

const SYMBOL = 'TEST/USDT';
let running = false;
let cancelMs: number[] = [];
const resting: { readonly id: string; readonly placedAt: number }[] = [];

async function start({ url, key, limiter, queued, attemptsPerSecond, restMs }: CcxtStart): Promise<void> {
  const exchange = new ccxt.binance({
    apiKey: key.apiKey,
    secret: key.apiSecret,
    enableRateLimit: limiter,
    options: { fetchMargins: false, fetchCurrencies: false, fetchMarkets: { types: ['spot'] } },
  });
  exchange.urls['api'] = pointAt(exchange.urls['api'], { spot: url });
  await exchange.loadMarkets();
  running = true;
  const pace = limiter ? 0 : (queued * 1_000) / attemptsPerSecond;
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const place = async (): Promise<void> => {
    while (running) {
      const startedAt = performance.now();
      try {
        const { id } = await exchange.createOrder(SYMBOL, 'limit', 'buy', 0.1, 98, { postOnly: true });
        if (id !== undefined) resting.push({ id, placedAt: Date.now() });
      } catch {
        // Counted by the exchange; a program that fails tries again.
      }
      await pause(Math.max(1, pace - (performance.now() - startedAt)));
    }
  };
  const cancel = async (): Promise<void> => {
    while (running) {
      const due = resting[0];
      if (due === undefined || Date.now() - due.placedAt < restMs) {
        await pause(20);
        continue;
      }
      resting.shift();
      const askedAt = performance.now();
      try {
        await exchange.cancelOrder(due.id, SYMBOL);
        cancelMs.push(performance.now() - askedAt);
      } catch {
        resting.push(due);
        await pause(20);
      }
    }
  };
  for (let i = 0; i < queued; i += 1) void place();
  for (let i = 0; i < 8; i += 1) void cancel();
}

serve({
  start,
  takeCancels: () => {
    const taken = cancelMs;
    cancelMs = [];
    return taken;
  },
  stop: () => {
    running = false;
  },
});
