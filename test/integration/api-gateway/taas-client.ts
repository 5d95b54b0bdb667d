import type { Answer, ApiHarness } from './api-harness.js';

/** What a request dataclass sends: fields that were not given are left out, or stay null where the client keeps them. */
type Fields = Readonly<Record<string, unknown>>;

/** How a version of the client behaves; both resolve paths against the base URL as `urljoin` does: its path is lost. */
export interface ClientVersion {
  readonly name: '1.2.0' | '1.2.9';
  /** 1.2.8 and later hand out whatever the body says, failure or not. */
  readonly raisesOnFailure: boolean;
}

export const CLIENTS: readonly ClientVersion[] = [
  { name: '1.2.0', raisesOnFailure: true },
  { name: '1.2.9', raisesOnFailure: false },
];

/** As Python's `requests` raises it. */
export class ClientHttpError extends Error {
  constructor(readonly answer: Answer) {
    super(`${answer.status}: ${answer.text}`);
  }
}

/**
 * The methods of the public Python client `taas-api-client` as requests: same verbs, paths with and without slash,
 * headers, query forms and bodies. What its code does before a request (its own checks of ranges) is left out: the
 * server must not rely on it.
 */
export class TaasClient {
  constructor(
    private readonly api: ApiHarness,
    private readonly token: string,
    private readonly version: ClientVersion,
    /** What is given to the client as `url`. */
    private readonly baseUrl: string = api.url,
  ) {}

  getOrder = (id: string): Promise<unknown> => this.get(`/api/order/${id}`);
  getOrderSummary = (id: string): Promise<unknown> => this.get(`/api/order_summary/${id}`);
  /** Of 1.2.0 only. */
  getOrders = (): Promise<unknown> => this.get('/api/orders/');
  getAllOrders = (filter: Fields): Promise<unknown> => this.get('/api/orders/', given(filter));
  placeOrder = (request: Fields): Promise<unknown> => this.post('/api/orders/', given(request));
  cancelOrder = (id: string): Promise<unknown> => this.delete(`/api/order/${id}`);
  amendOrder = (id: string, changes: Fields): Promise<unknown> =>
    this.post('/api/amend_order/', { order_id: id, changes });
  getOrderMessages = (ids: readonly string[]): Promise<unknown> =>
    this.post('/api/order_messages/', { order_ids: ids });

  /** Lists are joined by commas. */
  getBalances(exchangeNames: readonly string[] = [], accountNames: readonly string[] = []): Promise<unknown> {
    return this.get('/api/balances/', {
      ...(exchangeNames.length === 0 ? {} : { exchange_names: exchangeNames.join(',') }),
      ...(accountNames.length === 0 ? {} : { account_names: accountNames.join(',') }),
    });
  }

  /** Nulls of child orders stay in the body. */
  placeMultiOrder = (request: Fields): Promise<unknown> => this.post('/api/multi_orders/', given(request));
  cancelMultiOrder = (id: string): Promise<unknown> => this.delete(`/api/multi_order/${id}`);
  placeChainedOrder = (request: Fields): Promise<unknown> => this.post('/api/chained_orders/', given(request));
  setLeverage = (request: Fields): Promise<unknown> => this.post('/api/set_leverage/', given(request));
  closeBalances = (maxNotional: number, more: Fields = {}): Promise<unknown> =>
    this.post('/api/close_balances/', { max_notional: maxNotional, ...more });

  private post(path: string, body: Fields): Promise<unknown> {
    return this.send('POST', path, { rawBody: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
  }

  private get(path: string, params: Fields = {}): Promise<unknown> {
    const query = new URLSearchParams(
      Object.entries(params).map(([name, value]): [string, string] => [name, String(value)]),
    ).toString();
    return this.send('GET', query === '' ? path : `${path}?${query}`);
  }

  private delete(path: string): Promise<unknown> {
    return this.send('DELETE', path);
  }

  private async send(
    method: string,
    path: string,
    { rawBody, headers = {} }: { rawBody?: string; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<unknown> {
    const { origin, pathname, search } = new URL(path, this.baseUrl);
    const answer = await this.api.request(method, `${pathname}${search}`, {
      url: origin,
      ...(rawBody === undefined ? {} : { rawBody }),
      headers: {
        Authorization: `Token ${this.token}`,
        'User-Agent': 'python-requests/2.31.0',
        Accept: '*/*',
        ...headers,
      },
    });
    if (this.version.raisesOnFailure && answer.status >= 400) throw new ClientHttpError(answer);
    return answer.json;
  }
}

/** `{k: v for k, v in fields if v is not None}`, at the top only. */
function given(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}
