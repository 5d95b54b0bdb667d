import type { VenueClock } from '../../ports.js';
import { loadCcxtProClass, type CcxtExchange } from '../load-ccxt.js';
import type { CcxtProtocol } from '../protocol.js';
import { redirect } from '../redirect.js';

/** Of ccxt's `urls.api`: where its streams are. */
export const STREAMS: readonly string[] = ['ws'];
const MAX_FRAME_BYTES = 8 * 1024 * 1024;
const CONNECT_MS = 5_000;

/**
 * A class of `ccxt.pro` set up like those for requests (venues.md A2): no throttle, the venue's clock, and of all its
 * addresses only those of streams. It makes no request: it is given no markets to load and nothing to load them with.
 */
export async function newProExchange(
  { protocol, baseUrl }: { readonly protocol: CcxtProtocol; readonly baseUrl: string | null },
  keys: Readonly<Record<string, string>>,
  venueClock: Pick<VenueClock, 'now'>,
  pingEveryMs: number,
): Promise<CcxtExchange> {
  const Exchange = await loadCcxtProClass(protocol.ccxtId);
  const exchange = new Exchange({ ...keys, enableRateLimit: false });
  redirect(exchange, STREAMS, baseUrl);
  exchange.number = String;
  exchange.userAgent = 'tranche';
  exchange.fetchImplementation = () => Promise.reject(new Error('A user stream makes no requests'));
  exchange.milliseconds = () => Math.round(venueClock.now());
  exchange.microseconds = () => Math.round(venueClock.now()) * 1_000;
  exchange.seconds = () => Math.floor(venueClock.now() / 1_000);
  exchange.markets = {};
  exchange.loadMarkets = () => Promise.resolve({});
  // ccxt takes an address without TLS for one behind a proxy, and asks for its agent.
  exchange.httpAgent = null;
  exchange.streaming = { ...(exchange.streaming as object), keepAlive: pingEveryMs };
  exchange.options = {
    ...exchange.options,
    adjustForTimeDifference: false,
    ...protocol.userStream?.options,
    ws: {
      ...(exchange.options.ws as object | undefined),
      options: {
        maxPayload: MAX_FRAME_BYTES,
        handshakeTimeout: CONNECT_MS,
        perMessageDeflate: false,
        followRedirects: false,
      },
    },
  };
  return exchange;
}
