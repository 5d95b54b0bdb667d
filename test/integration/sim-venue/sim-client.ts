import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { loadConfig } from '../../../libs/config/src/index.js';
import { simVenueConfig } from '../../../apps/sim-venue/src/config.js';
import { startSimVenue, type SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';

/** What the specs read out of replies of the vendor's form; which of it is there depends on the call. */
export interface VendorJson {
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly status: string;
  readonly id: number;
  readonly count: number;
  readonly lastUpdateId: number;
  readonly bids: [string, string][];
  readonly balances: readonly unknown[];
  readonly fills: readonly { readonly tradeId: number }[];
  readonly symbols: readonly { readonly filters: readonly unknown[] }[];
}

/** The same for the control port. */
export interface ControlJson extends Key {
  readonly id: number;
  readonly orders: readonly VendorJson[];
  readonly fills: readonly VendorJson[];
  readonly faults: readonly { readonly fired: number }[];
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The reply, where it is an object. */
  readonly body: VendorJson;
  /** The reply, where it is a list. */
  readonly list: readonly VendorJson[];
  readonly text: string;
}

export interface Key {
  readonly accountId: number;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** One in-process simulated exchange on free ports, scripted unless told otherwise. */
export function startScripted(env: Record<string, string> = {}, now?: () => number): Promise<SimVenue> {
  const all = { SIM_CONTROL_PORT: '0', SIM_SPOT_PORT: '0', SIM_USDM_PORT: '0', SIM_MARKET: 'scripted', ...env };
  return startSimVenue(loadConfig(simVenueConfig, all), now === undefined ? {} : { now });
}

/** Speaks to the control and the spot port by hand: what is sent is what stands here. */
export class SimClient {
  constructor(
    readonly urls: { readonly controlUrl: string; readonly spotUrl: string },
    readonly now: () => number = Date.now,
  ) {}

  async control(method: string, path: string, body?: unknown): Promise<ControlJson> {
    const reply = await send(method, `${this.urls.controlUrl}/control/${path}`, {
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (reply.status !== 200) throw new Error(`Control ${method} ${path}: ${reply.status} ${reply.text}`);
    return reply.body as unknown as ControlJson;
  }

  account(name: string, balances: Record<string, string>): Promise<Key> {
    return this.control('POST', 'accounts', { name, balances });
  }

  book(bids: [string, string][], asks: [string, string][], symbol = 'TESTUSDT'): Promise<unknown> {
    return this.control('PUT', `markets/${symbol}/book`, { bids, asks });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
    return send('GET', this.urls.spotUrl + path, { headers });
  }

  /** A signed call with everything in the query string. */
  signed(
    key: Key,
    method: string,
    path: string,
    params: Record<string, string | number> = {},
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const query = new URLSearchParams({ timestamp: String(this.now()), ...stringly(params) }).toString();
    const signature = createHmac('sha256', key.apiSecret).update(query).digest('hex');
    return send(method, `${this.urls.spotUrl}${path}?${query}&signature=${signature}`, {
      headers: { 'X-MBX-APIKEY': key.apiKey, ...headers },
    });
  }

  /** A limit order on TESTUSDT unless `more` says otherwise. */
  order(
    key: Key,
    side: string,
    price: string,
    quantity: string,
    more: Record<string, string | number> = {},
  ): Promise<Reply> {
    const params = { symbol: 'TESTUSDT', side, type: 'LIMIT', timeInForce: 'GTC', price, quantity, ...more };
    return this.signed(key, 'POST', '/api/v3/order', params);
  }
}

export function send(
  method: string,
  url: string,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const req = request(url, { method, headers, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const body = parse(text) as VendorJson;
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          body,
          list: body as unknown as VendorJson[],
          text,
        });
      });
    });
    req.on('error', reject);
    req.end(body);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const stringly = (params: Record<string, string | number>): Record<string, string> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
