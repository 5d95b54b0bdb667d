import { createHmac } from 'node:crypto';

export interface Trader {
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** An order that rests far from the touch, so that placing and cancelling it is all that happens. */
export interface RestingOrder {
  readonly symbol: string;
  readonly price: string;
  readonly quantity: string;
}

export interface SignedRequest {
  readonly method: 'POST' | 'DELETE';
  /** Path and signed query. */
  readonly path: string;
  readonly apiKey: string;
  readonly clientOrderId: string;
}

/** One connection's requests: an order, its cancel, the next order, each signed with the time at which it is asked for. */
export class OrderRequests {
  #count = 0;

  constructor(
    private readonly trader: Trader,
    private readonly order: RestingOrder,
    /** Makes the client ids of this connection its own. */
    private readonly prefix: string,
  ) {}

  next(): SignedRequest {
    const clientOrderId = `${this.prefix}-${this.#count >> 1}`;
    const isPlacement = this.#count % 2 === 0;
    this.#count += 1;
    const { symbol, price, quantity } = this.order;
    return this.#signed(
      isPlacement ? 'POST' : 'DELETE',
      isPlacement
        ? `symbol=${symbol}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=${quantity}&price=${price}&newClientOrderId=${clientOrderId}`
        : `symbol=${symbol}&origClientOrderId=${clientOrderId}`,
      clientOrderId,
    );
  }

  #signed(method: 'POST' | 'DELETE', params: string, clientOrderId: string): SignedRequest {
    const query = `${params}&recvWindow=5000&timestamp=${Date.now()}`;
    const signature = createHmac('sha256', this.trader.apiSecret).update(query).digest('hex');
    const { apiKey } = this.trader;
    return { method, path: `/api/v3/order?${query}&signature=${signature}`, apiKey, clientOrderId };
  }
}
