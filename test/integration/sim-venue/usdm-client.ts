import { createHmac } from 'node:crypto';
import { send, type Key } from './sim-client.js';

/** A reply of the vendor's form; specs say what they expect in it. */
export interface UsdmReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Record<string, unknown>;
  readonly list: Record<string, unknown>[];
}

type Values = Record<string, string | number>;

/** Speaks to the USD-M port and to the control port by hand: what is sent is what stands here. */
export class UsdmClient {
  constructor(
    private readonly urls: { readonly controlUrl: string; readonly usdmUrl: string },
    private readonly now: () => number = Date.now,
  ) {}

  async control(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const reply = await send(method, `${this.urls.controlUrl}/control/${path}`, {
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (reply.status !== 200) throw new Error(`Control ${method} ${path}: ${reply.status} ${reply.text}`);
    return reply.body as unknown as Record<string, unknown>;
  }

  async account(name: string, usdt: string): Promise<Key> {
    return (await this.control('POST', 'accounts', { name, usdmBalances: { USDT: usdt } })) as unknown as Key;
  }

  book(bids: [string, string][], asks: [string, string][], symbol = 'TESTUSDT'): Promise<unknown> {
    return this.control('PUT', `markets/${symbol}/book?product=usdm`, { bids, asks });
  }

  mark(price: string | null, symbol = 'TESTUSDT'): Promise<unknown> {
    return this.control('PUT', `markets/${symbol}/mark`, { price });
  }

  async get(path: string): Promise<UsdmReply> {
    return asReply(await send('GET', this.urls.usdmUrl + path));
  }

  /** A call that needs a key and no signature. */
  async keyed(key: Key, method: string, path: string): Promise<UsdmReply> {
    return asReply(await send(method, this.urls.usdmUrl + path, { headers: { 'X-MBX-APIKEY': key.apiKey } }));
  }

  /** A signed call with everything in the query string. */
  async signed(key: Key, method: string, path: string, params: Values = {}): Promise<UsdmReply> {
    const text = Object.entries({ timestamp: this.now(), ...params }).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]);
    const query = new URLSearchParams(text).toString();
    const signature = createHmac('sha256', key.apiSecret).update(query).digest('hex');
    const url = `${this.urls.usdmUrl}${path}?${query}&signature=${signature}`;
    return asReply(await send(method, url, { headers: { 'X-MBX-APIKEY': key.apiKey } }));
  }

  /** A limit order on TESTUSDT unless `more` says otherwise. */
  order(key: Key, side: string, price: string, quantity: string, more: Values = {}): Promise<UsdmReply> {
    const params = { symbol: 'TESTUSDT', side, type: 'LIMIT', timeInForce: 'GTC', price, quantity, ...more };
    return this.signed(key, 'POST', '/fapi/v1/order', params);
  }

  /** A market order on TESTUSDT whose reply tells what became of it. */
  market(key: Key, side: string, quantity: string, more: Values = {}): Promise<UsdmReply> {
    const params = { symbol: 'TESTUSDT', side, type: 'MARKET', quantity, newOrderRespType: 'RESULT', ...more };
    return this.signed(key, 'POST', '/fapi/v1/order', params);
  }
}

function asReply(reply: Awaited<ReturnType<typeof send>>): UsdmReply {
  return {
    status: reply.status,
    headers: reply.headers,
    body: reply.body as unknown as Record<string, unknown>,
    list: reply.list as unknown as Record<string, unknown>[],
  };
}
