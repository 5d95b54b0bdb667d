import { WebSocket } from 'ws';
import type { CcxtExchange } from '../load-ccxt.js';
import { leadsTo, originsOf } from '../redirect.js';
import { STREAMS } from './pro-exchange.js';
import type { Watch } from './protocol.js';

/** The parts of ccxt's WebSocket client that we hook into. */
interface ProClient {
  readonly url: string;
  connection?: WebSocket;
  /** ccxt gives up a connection on which it has not moved for two pings. */
  lastPong?: number;
  onMessage(event: { readonly data: unknown }): void;
  onPing(): void;
  onPong(): void;
  onErrorCallback(client: unknown, error: unknown): void;
  onCloseCallback(client: unknown, event: unknown): void;
  clearConnectionTimeout(): void;
  clearPingInterval(): void;
  reset(error: Error): void;
}

export interface ProConnectionHandlers {
  readonly onText: (text: string) => void;
  /** A ping or pong of the WebSocket itself. */
  readonly onAlive: () => void;
  /** Once at most, and not after `close`. */
  readonly onLost: (reason: string) => void;
}

/**
 * One connection that `ccxt.pro` dials, logs in on, subscribes on and pings. Frames come here first: ccxt is given only
 * those that it waits for, so it neither parses an order, with numbers that have lost digits, nor forgets one.
 */
export class ProConnection {
  private readonly clients = new Map<ProClient, (event: { readonly data: unknown }) => void>();
  private over = false;

  constructor(
    private readonly exchange: CcxtExchange,
    private readonly handlers: ProConnectionHandlers,
  ) {
    const origins = originsOf(exchange, STREAMS);
    const clientOf = (exchange.client as (url: string) => ProClient).bind(exchange);
    exchange.client = (url: string): ProClient => {
      if (this.over) throw new Error('The stream is closed');
      if (!leadsTo(url, origins)) throw new Error('A stream must lead to the venue, led elsewhere');
      const client = clientOf(url);
      if (!this.clients.has(client)) this.hook(client);
      return client;
    };
  }

  /** Subscribes. That the subscription stands is told by a frame; until then nobody knows. */
  watch({ method, args = [] }: Watch): void {
    const call = this.exchange[method];
    if (typeof call !== 'function') return this.lost(`ccxt ${this.exchange.id} has no ${method}`);
    // Resolves never, since ccxt is shown no data; rejects when the connection or the login fails.
    void (async () => {
      await (call as (...args: unknown[]) => Promise<unknown>).apply(this.exchange, [...args]);
    })().catch((error: unknown) => this.lost(textOf(error)));
  }

  /** Gives ccxt a frame that it waits for. */
  handOver(text: string): void {
    for (const receive of this.clients.values()) receive({ data: text });
  }

  /** Ends for good: sockets, timers and what ccxt still waits for; by force after a second. */
  async close(): Promise<void> {
    this.over = true;
    await Promise.all([...this.clients.keys()].map((client) => this.end(client)));
  }

  private hook(client: ProClient): void {
    this.clients.set(client, client.onMessage.bind(client));
    client.lastPong = Infinity; // what is dead the stream decides
    client.onMessage = ({ data }) => {
      if (!this.over) this.handlers.onText(typeof data === 'string' ? data : '');
    };
    const alive = (): void => {
      if (!this.over) this.handlers.onAlive();
    };
    client.onPing = alive;
    client.onPong = alive;
    client.onErrorCallback = (_client, error) => this.lost(textOf(error));
    client.onCloseCallback = (_client, event) =>
      this.lost(`closed by the other end with code ${String((event as { code?: unknown } | undefined)?.code)}`);
  }

  private lost(reason: string): void {
    if (this.over) return;
    this.over = true;
    for (const client of this.clients.keys()) this.drop(client);
    this.handlers.onLost(reason);
  }

  /** Nothing is waited for. */
  private drop(client: ProClient): void {
    this.forget(client);
    client.connection?.terminate();
  }

  private end(client: ProClient): Promise<void> {
    this.forget(client);
    const { connection } = client;
    if (connection === undefined || connection.readyState === WebSocket.CLOSED) return Promise.resolve();
    return new Promise((resolve) => {
      const force = setTimeout(() => connection.terminate(), 1_000);
      connection.once('close', () => {
        clearTimeout(force);
        resolve();
      });
      if (connection.readyState === WebSocket.OPEN) connection.close(1000);
      else connection.terminate();
    });
  }

  private forget(client: ProClient): void {
    client.clearConnectionTimeout();
    client.clearPingInterval();
    client.reset(new Error('The stream is closed'));
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
