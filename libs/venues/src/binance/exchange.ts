import { loadCcxtBinance, type CcxtBinance } from '../ccxt/load-binance.js';
import { pointAt, type Bases } from '../ccxt/point-at.js';
import { ccxtFetch, currentCall } from '../transport/call-context.js';
import type { HttpClient } from '../transport/http-client.js';

export interface ExchangeParts {
  readonly http: HttpClient;
  /** Entries of other products lead nowhere. */
  readonly bases: Bases;
  readonly product: 'spot' | 'linear';
  readonly recvWindowMs: number;
  /** Without them the instance can only read what is public. */
  readonly keys?: { readonly apiKey: string; readonly secret: string };
}

/** ccxt set up after the table of venues.md A2: no throttle, no retry, no clock and no network of its own. */
export async function newExchange(parts: ExchangeParts): Promise<CcxtBinance> {
  const Binance = await loadCcxtBinance();
  const exchange = new Binance({ ...parts.keys, enableRateLimit: false });
  exchange.urls.api = pointAt(exchange.urls.api, parts.bases);
  exchange.number = String;
  exchange.userAgent = 'tranche';
  exchange.timeout = 60_000; // ours are shorter and know the stage
  exchange.fetchImplementation = ccxtFetch(parts.http);
  exchange.nonce = () => currentCall().signedAtMs;
  exchange.has = { ...exchange.has, fetchCurrencies: false };
  exchange.options = {
    ...exchange.options,
    fetchMargins: false,
    fetchCurrencies: false,
    fetchMarkets: { types: [parts.product] },
    recvWindow: parts.recvWindowMs,
    adjustForTimeDifference: false,
    maxRetriesOnFailure: 0,
  };
  return exchange;
}
