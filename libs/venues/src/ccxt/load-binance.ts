import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FetchReply } from '../transport/call-context.js';

/** The surface of ccxt's Binance class that we use; ccxt's own types describe a hundred exchanges more. */
export interface CcxtBinance {
  urls: { api: Record<string, unknown> };
  options: Record<string, unknown>;
  has: Record<string, unknown>;
  number: unknown;
  timeout: number;
  userAgent: string;
  fetchImplementation: (url: string, params: never) => Promise<FetchReply>;
  nonce: () => number;
  markets: Record<string, unknown> | undefined;
  markets_by_id: Record<string, readonly { readonly symbol: string }[]> | undefined;
  loadMarkets(): Promise<Record<string, unknown>>;
  setMarkets(markets: readonly unknown[]): unknown;
  createOrder(
    symbol: string,
    type: 'limit',
    side: 'buy' | 'sell',
    amount: string,
    price: string,
    params: Readonly<Record<string, unknown>>,
  ): Promise<unknown>;
  request(
    path: string,
    api: string,
    method: string,
    params: Readonly<Record<string, string | number | boolean | readonly string[]>>,
  ): Promise<unknown>;
}

export type CcxtBinanceClass = new (config: Readonly<Record<string, unknown>>) => CcxtBinance;

let loaded: Promise<CcxtBinanceClass> | undefined;

/**
 * ccxt's Binance class alone. The package's entry loads every exchange (94 MB and 0.5 s against 35 MB and
 * 0.1 s) and exports no other path, hence the file is addressed next to the entry.
 */
export function loadCcxtBinance(): Promise<CcxtBinanceClass> {
  loaded ??= (async () => {
    const entry = createRequire(import.meta.url).resolve('ccxt');
    const file = join(dirname(entry), '..', 'js', 'src', 'binance.js');
    const module = (await import(pathToFileURL(file).href)) as { default: CcxtBinanceClass };
    return module.default;
  })();
  return loaded;
}
