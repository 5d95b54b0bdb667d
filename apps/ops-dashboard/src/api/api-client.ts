import type {
  Account,
  ExternalOrder,
  FullOrder,
  Instrument,
  KeySubmission,
  OrderPage,
  Position,
  Trajectory,
  Venue,
  VenueKey,
  VenueKeys,
} from './types.js';

/** What the server refused, in its own words (order-api.md 4.11). */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    /** Texts by faulty field; empty when no field is at fault. */
    readonly errors: Readonly<Record<string, readonly string[]>>,
  ) {
    super(message);
  }

  /** The server is there but cannot do its work: what was sent may or may not have had an effect. */
  get isOutage(): boolean {
    return this.status >= 500;
  }
}

/** No answer at all: what was sent may or may not have had an effect. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ApiClientOptions {
  readonly token: string;
  readonly fetch: Fetch;
  /** Called after each exchange: null when the server answered and works, else why it does not. */
  readonly onHealth?: (problem: string | null) => void;
  /** Called when the server no longer takes the token. */
  readonly onUnauthorized?: (message: string) => void;
  /** Called with the server's own time, where its answer names one, and the time that the request took. */
  readonly onServerTime?: (serverMs: number, tookMs: number) => void;
}

const TIMEOUT_MS = 10_000;

/** The order API, for one token. Every method rejects with `ApiFailure` or `Unreachable`. */
export class ApiClient {
  constructor(private readonly options: ApiClientOptions) {}

  /** Newest first; `before` is exclusive. */
  orders(query: {
    readonly statuses?: readonly string[];
    readonly pageSize: number;
    readonly before?: string;
  }): Promise<OrderPage> {
    const params = new URLSearchParams({ page_size: String(query.pageSize) });
    if (query.statuses !== undefined) params.set('statuses', query.statuses.join(','));
    if (query.before !== undefined) params.set('before', query.before);
    return this.send('GET', `/api/orders/?${params.toString()}`);
  }

  order(id: string): Promise<FullOrder> {
    return this.send('GET', `/api/order/${encodeURIComponent(id)}`);
  }

  place(body: string, idempotencyKey: string): Promise<FullOrder> {
    return this.send('POST', '/api/orders/', body, { 'Idempotency-Key': idempotencyKey });
  }

  cancel(id: string): Promise<FullOrder & { readonly message: string }> {
    return this.send('DELETE', `/api/order/${encodeURIComponent(id)}`);
  }

  trajectory(id: string): Promise<Trajectory> {
    return this.send('GET', `/manage/v1/orders/${encodeURIComponent(id)}/trajectory`);
  }

  async instruments(): Promise<readonly Instrument[]> {
    return (await this.send<{ instruments: readonly Instrument[] }>('GET', '/manage/v1/instruments')).instruments;
  }

  async accounts(): Promise<readonly Account[]> {
    return (await this.send<{ accounts: readonly Account[] }>('GET', '/manage/v1/accounts')).accounts;
  }

  async venues(): Promise<readonly Venue[]> {
    return (await this.send<{ venues: readonly Venue[] }>('GET', '/manage/v1/venues')).venues;
  }

  openAccount(account: { readonly name: string; readonly venue: string }): Promise<unknown> {
    return this.send('POST', '/manage/v1/accounts', JSON.stringify(account));
  }

  /** At every venue of the account, its own first. */
  async keys(account: string): Promise<readonly VenueKeys[]> {
    const path = `${accountUrl(account)}/credentials`;
    const { venue, credentials, further_venues: further } = await this.send<AccountKeys>('GET', path);
    return [{ venue, credentials }, ...further];
  }

  /** The body holds the key: nothing here keeps it. */
  enterKey(account: string, body: string): Promise<KeySubmission> {
    return this.send('POST', `${accountUrl(account)}/credentials`, body);
  }

  keySubmission(account: string, id: string): Promise<KeySubmission> {
    return this.send('GET', `${accountUrl(account)}/credentials/submissions/${encodeURIComponent(id)}`);
  }

  /** @param only the venue that it is revoked at alone; null: every venue of the account */
  revokeKey(account: string, version: number, only: string | null): Promise<VenueKey> {
    const query = only === null ? '' : `?venue=${encodeURIComponent(only)}`;
    return this.send('DELETE', `${accountUrl(account)}/credentials/${version}${query}`);
  }

  async positions(account: string): Promise<readonly Position[]> {
    return (await this.send<{ positions: readonly Position[] }>('GET', `${accountUrl(account)}/positions`)).positions;
  }

  async externalOrders(account: string): Promise<readonly ExternalOrder[]> {
    const path = `${accountUrl(account)}/external-orders`;
    return (await this.send<{ external_orders: readonly ExternalOrder[] }>('GET', path)).external_orders;
  }

  /** The body as the server wrote it; its shape is read by `readTopOfBook`. Without a market there is still an API. */
  market(venue: string, symbol: string): Promise<unknown> {
    const path = `/manage/v1/market/${encodeURIComponent(venue)}/${encodeURIComponent(symbol)}?levels=1`;
    return new ApiClient({ token: this.options.token, fetch: this.options.fetch }).send('GET', path);
  }

  private async send<T>(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<T> {
    const startedAt = performance.now();
    let response: Response;
    let text: string;
    try {
      response = await this.options.fetch(path, {
        method,
        headers: {
          Authorization: `Token ${this.options.token}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
        cache: 'no-store',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      text = await response.text();
    } catch {
      this.options.onHealth?.('the API does not answer');
      throw new Unreachable('The API does not answer.');
    }
    this.noteTime(response, performance.now() - startedAt);
    const answer = readObject(text);
    // A body without JSON is not ours: a proxy in between, or an API that is going down.
    if (answer === null) {
      this.options.onHealth?.(`the API answered ${response.status} without JSON`);
      throw new Unreachable(`The API answered ${response.status} without JSON.`);
    }
    if (response.ok && typeof answer['error'] !== 'string') {
      this.options.onHealth?.(null);
      return answer as T;
    }
    const failure = toFailure(response.status, answer);
    this.options.onHealth?.(failure.isOutage && failure.code !== 'no_market_data' ? failure.message : null);
    if (failure.status === 401) this.options.onUnauthorized?.(failure.message);
    throw failure;
  }

  private noteTime(response: Response, tookMs: number): void {
    const at = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isNaN(at)) this.options.onServerTime?.(at, tookMs);
  }
}

type AccountKeys = VenueKeys & { readonly further_venues: readonly VenueKeys[] };

const accountUrl = (name: string): string => `/manage/v1/accounts/${encodeURIComponent(name)}`;

function readObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function toFailure(status: number, answer: Readonly<Record<string, unknown>>): ApiFailure {
  const { error, code, errors } = answer;
  const fields = typeof errors === 'object' && errors !== null ? Object.entries(errors) : [];
  return new ApiFailure(
    typeof error === 'string' ? error : `The API answered ${status}.`,
    status,
    typeof code === 'string' ? code : '',
    Object.fromEntries(
      fields.map(([field, texts]) => [field, (Array.isArray(texts) ? texts : [texts]).map(String)] as const),
    ),
  );
}
