import { ApiClient } from '../api/api-client.js';
import type { Account, Instrument } from '../api/types.js';
import { nextProblem, type ApiProblem } from './connection.js';
import {
  NO_ORDERS,
  putPage,
  putRows,
  replaceAll,
  STATUSES_OF,
  type OrderFilter,
  type OrderList,
} from './order-list.js';
import { OrderStream, type StreamState } from './order-stream.js';
import { correctionOf, improveClock, type ClockEstimate } from './server-clock.js';
import { createStore, type Store } from './store.js';

const PAGE_SIZE = 200;
/** Counts of live children move without an update; and a silent API must be noticed. */
const REFRESH_MS = 5_000;
const ACCOUNTS_EVERY = 3;

/** Everything that lives from log-in to log-out. */
export class Desk {
  readonly orders: Store<OrderList> = createStore(NO_ORDERS);
  readonly stream: Store<StreamState> = createStore<StreamState>({ phase: 'connecting' });
  readonly problem: Store<ApiProblem | null> = createStore<ApiProblem | null>(null);
  readonly instruments: Store<readonly Instrument[]> = createStore<readonly Instrument[]>([]);
  readonly accounts: Store<readonly Account[]> = createStore<readonly Account[]>([]);
  readonly filter: Store<OrderFilter> = createStore<OrderFilter>('all');
  /** The server's time in ms, once a second. */
  readonly now: Store<number> = createStore(Date.now());
  readonly client: ApiClient;

  private readonly connection: OrderStream;
  private readonly orderListeners = new Set<(orderId: string) => void>();
  private clock: ClockEstimate | null = null;
  private timers: number[] = [];
  private mustRelist = true;
  private isRefreshing = false;
  private refreshes = 0;

  constructor(
    readonly token: string,
    onUnauthorized: (message: string) => void,
  ) {
    this.client = new ApiClient({
      token,
      fetch: (url, init) => fetch(url, init),
      onHealth: (reason) => {
        this.problem.set(nextProblem(this.problem.get(), reason, this.time()));
      },
      onUnauthorized,
      onServerTime: (serverMs, tookMs) => {
        this.clock = improveClock(this.clock, serverMs, Date.now(), tookMs);
      },
    });
    this.connection = new OrderStream({
      connect: () => new WebSocket(streamUrl(token)),
      now: () => this.time(),
      random: () => Math.random(),
      setTimer: (work, ms) => window.setTimeout(work, ms),
      clearTimer: (timer) => {
        window.clearTimeout(timer);
      },
      onState: (state) => {
        this.stream.set(state);
        if (state.phase === 'live') void this.refresh();
      },
      onUpdate: ({ order, orderId }) => {
        this.orders.set(putRows(this.orders.get(), [order]));
        for (const listener of [...this.orderListeners]) listener(orderId);
      },
      onRelist: () => {
        this.mustRelist = true;
        void this.refresh();
      },
      onUnauthorized: () => onUnauthorized('The token is not valid any more.'),
    });
  }

  /** The server's time in ms, as well as we know it. */
  time(): number {
    return Date.now() + correctionOf(this.clock);
  }

  start(): void {
    this.connection.start();
    void this.refresh();
    this.timers = [
      window.setInterval(() => {
        this.now.set(this.time());
      }, 1_000),
      window.setInterval(() => {
        if (document.visibilityState === 'visible') void this.refresh();
      }, REFRESH_MS),
    ];
    window.addEventListener('online', this.retry);
    document.addEventListener('visibilitychange', this.retry);
  }

  stop(): void {
    this.connection.stop();
    for (const timer of this.timers) window.clearInterval(timer);
    window.removeEventListener('online', this.retry);
    document.removeEventListener('visibilitychange', this.retry);
  }

  /** Tries to connect at once. */
  readonly retry = (): void => {
    this.connection.retryNow();
    void this.refresh();
  };

  /** Shows other orders; what is known of them shows at once. */
  choose(filter: OrderFilter): void {
    if (filter === this.filter.get()) return;
    this.filter.set(filter);
    void this.load(filter);
  }

  /** One more page, of the orders before those that are listed. */
  async loadOlder(): Promise<void> {
    const filter = this.filter.get();
    const range = this.orders.get().listed[filter];
    if (range?.hasMore !== true || range.oldest === null) return;
    await this.load(filter, range.oldest);
  }

  /** Calls back with the id of each order that changes. */
  onOrder(listener: (orderId: string) => void): () => void {
    this.orderListeners.add(listener);
    return () => this.orderListeners.delete(listener);
  }

  /** Reads the accounts now, for a page that shows more of them than a word. */
  async loadAccounts(): Promise<void> {
    const accounts = await this.client.accounts();
    if (JSON.stringify(accounts) !== JSON.stringify(this.accounts.get())) this.accounts.set(accounts);
  }

  private async load(filter: OrderFilter, before?: string): Promise<void> {
    const statuses = STATUSES_OF[filter];
    const page = await this.client
      .orders({
        pageSize: PAGE_SIZE,
        ...(statuses === undefined ? {} : { statuses }),
        ...(before === undefined ? {} : { before }),
      })
      .catch(() => null);
    if (page !== null) this.orders.set(putPage(this.orders.get(), filter, page));
  }

  /** Lists anew when that is due, else brings open orders up to date. What fails is tried again with the next tick. */
  private async refresh(): Promise<void> {
    if (this.isRefreshing) return;
    this.isRefreshing = true;
    try {
      if (this.refreshes++ % ACCOUNTS_EVERY === 0 || this.problem.get() !== null) await this.loadDirectory();
      if (this.mustRelist) await this.relist();
      else await this.load('working');
    } catch {
      // The client has told about it.
    } finally {
      this.isRefreshing = false;
    }
  }

  private async relist(): Promise<void> {
    this.mustRelist = false;
    const filter = this.filter.get();
    const sentAt = this.orders.get().version;
    const statuses = STATUSES_OF[filter];
    try {
      const page = await this.client.orders({ pageSize: PAGE_SIZE, ...(statuses === undefined ? {} : { statuses }) });
      this.orders.set(replaceAll(this.orders.get(), filter, page, sentAt));
    } catch (error) {
      this.mustRelist = true;
      throw error;
    }
  }

  private async loadDirectory(): Promise<void> {
    const [instruments] = await Promise.all([
      this.instruments.get().length === 0 ? this.client.instruments() : null,
      this.loadAccounts(),
    ]);
    if (instruments !== null) this.instruments.set(instruments);
  }
}

function streamUrl(token: string): string {
  const url = new URL('/ws/orders/', window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('token', token);
  return url.href;
}
