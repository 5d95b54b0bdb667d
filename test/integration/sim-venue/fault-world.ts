import { createHmac } from 'node:crypto';
import { expect } from '@jest/globals';
import type { ProductName } from '../../../apps/sim-venue/src/floor/product.js';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { until } from '../../support/until.js';
import { send, SimClient, startScripted, type Key, type Reply } from './sim-client.js';
import { WsClient } from './ws-client.js';

type Values = Readonly<Record<string, string | number>>;

const PATHS = {
  spot: {
    order: '/api/v3/order',
    openOrders: '/api/v3/openOrders',
    allOrders: '/api/v3/allOrders',
    trades: '/api/v3/myTrades',
    account: '/api/v3/account',
    info: '/api/v3/exchangeInfo',
    time: '/api/v3/time',
  },
  usdm: {
    order: '/fapi/v1/order',
    openOrders: '/fapi/v1/openOrders',
    allOrders: '/fapi/v1/allOrders',
    trades: '/fapi/v1/userTrades',
    account: '/fapi/v2/account',
    info: '/fapi/v1/exchangeInfo',
    time: '/fapi/v1/time',
  },
} as const;

/** An order event of either product, as far as the specs read it. */
export interface OrderEvent {
  readonly x: string;
  readonly X: string;
  readonly i: number;
}

/** A client of one product that places orders on TESTUSDT, bid 99 and ask 101, and looks for what faults do to it. */
export class FaultWorld {
  readonly paths: (typeof PATHS)[ProductName];
  readonly client: SimClient;
  key!: Key;
  #sockets: WsClient[] = [];

  private constructor(
    readonly product: ProductName,
    readonly venue: SimVenue,
  ) {
    this.paths = PATHS[product];
    this.client = new SimClient(venue);
  }

  static async open(product: ProductName): Promise<FaultWorld> {
    return new FaultWorld(product, await startScripted({ SIM_IP_HEADER: 'x-test-ip' }));
  }

  get url(): string {
    return this.product === 'spot' ? this.venue.spotUrl : this.venue.usdmUrl;
  }

  async begin(): Promise<void> {
    for (const socket of this.#sockets.splice(0)) socket.close();
    await this.control('POST', 'reset');
    this.key = await this.control('POST', 'accounts', {
      name: 'a',
      balances: { USDT: '10000', TEST: '100' },
      usdmBalances: { USDT: '10000' },
    });
    await this.book('99', '101');
  }

  stop(): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    return this.venue.stop();
  }

  control(method: string, path: string, body?: unknown): ReturnType<SimClient['control']> {
    return this.client.control(method, path, body);
  }

  book(bid: string, ask: string): Promise<unknown> {
    const path = `markets/TESTUSDT/book?product=${this.product}`;
    return this.control('PUT', path, { bids: [[bid, '50']], asks: [[ask, '50']] });
  }

  /** A trade of strangers. */
  trade(qty: string): Promise<unknown> {
    const path = `markets/TESTUSDT/trade?product=${this.product}`;
    return this.control('POST', path, { price: '99', qty, side: 'sell' });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
    return send('GET', this.url + path, { headers });
  }

  signed(method: string, path: string, params: Values = {}, headers: Record<string, string> = {}): Promise<Reply> {
    const text = Object.entries({ timestamp: Date.now(), ...params }).map(([k, v]): [string, string] => [k, String(v)]);
    const query = new URLSearchParams(text).toString();
    const signature = createHmac('sha256', this.key.apiSecret).update(query).digest('hex');
    return send(method, `${this.url}${path}?${query}&signature=${signature}`, {
      headers: { 'X-MBX-APIKEY': this.key.apiKey, ...headers },
    });
  }

  /** Buys 1 at 100, where it rests. */
  place(more: Values = {}, headers: Record<string, string> = {}): Promise<Reply> {
    const params = { symbol: 'TESTUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '100', quantity: '1' };
    return this.signed('POST', this.paths.order, { ...params, newOrderRespType: 'RESULT', ...more }, headers);
  }

  /** Buys 1 at 101, which trades at once. */
  take(more: Values = {}): Promise<Reply> {
    return this.place({ price: '101', ...more });
  }

  find(orderId: number): Promise<Reply> {
    return this.signed('GET', this.paths.order, { symbol: 'TESTUSDT', orderId });
  }

  cancel(orderId: number): Promise<Reply> {
    return this.signed('DELETE', this.paths.order, { symbol: 'TESTUSDT', orderId });
  }

  async list(what: 'openOrders' | 'allOrders' | 'trades'): Promise<Reply['list']> {
    const reply = await this.signed('GET', this.paths[what], { symbol: 'TESTUSDT' });
    expect(reply.status).toBe(200);
    return reply.list;
  }

  /** What the account is said to have of what it buys: TEST, or contracts. */
  async holds(): Promise<number> {
    const { body } = await this.signed('GET', this.paths.account);
    const { balances, positions } = body as unknown as Record<string, Record<string, string>[]>;
    if (this.product === 'spot') return Number(balances?.find(({ asset }) => asset === 'TEST')?.['free']) - 100;
    return Number(positions?.find(({ symbol }) => symbol === 'TESTUSDT')?.['positionAmt']);
  }

  /** The truth: what the venue's ledger has of the account. */
  async ledger(): Promise<{ orders: readonly Record<string, unknown>[]; fills: readonly Record<string, unknown>[] }> {
    const view = (await this.control('GET', `ledger?account=a&product=${this.product}`)) as unknown;
    return view as { orders: Record<string, unknown>[]; fills: Record<string, unknown>[] };
  }

  async stream(name: string): Promise<WsClient> {
    const socket = await WsClient.open(this.url, `/ws/testusdt@${name}`);
    this.#sockets.push(socket);
    return socket;
  }

  /** A connection that hears of the account's orders. */
  async userStream(): Promise<WsClient> {
    if (this.product === 'spot') {
      const socket = await WsClient.open(this.url, '/ws-api/v3');
      this.#sockets.push(socket);
      expect((await socket.askSigned(this.key, 'userDataStream.subscribe.signature')).status).toBe(200);
      return socket;
    }
    const headers = { 'X-MBX-APIKEY': this.key.apiKey };
    const { body } = await send('POST', `${this.url}/fapi/v1/listenKey`, { headers });
    const { listenKey } = body as unknown as { listenKey: string };
    const socket = await WsClient.open(this.url, `/ws/${listenKey}`);
    this.#sockets.push(socket);
    return socket;
  }

  /** What a user stream has told of orders so far. */
  orderEvents({ messages }: WsClient): OrderEvent[] {
    return messages.flatMap((message) => {
      const event = (message.event ?? message) as unknown as Record<string, unknown>;
      if (event['e'] === 'executionReport') return [event as unknown as OrderEvent];
      return event['e'] === 'ORDER_TRADE_UPDATE' ? [event['o'] as OrderEvent] : [];
    });
  }

  /** Types of a user stream's events so far. */
  eventTypes({ messages }: WsClient): string[] {
    return messages.map((message) => message.event?.e ?? message.e ?? '');
  }

  async inject(rule: object): Promise<void> {
    await this.control('POST', 'faults', rule);
  }

  async fired(): Promise<number[]> {
    return (await this.control('GET', 'faults')).faults.map(({ fired }) => fired);
  }

  async isOrdered(count: number): Promise<void> {
    await until(async () => (await this.ledger()).orders.length === count, { what: `${count} orders in the ledger` });
  }
}
