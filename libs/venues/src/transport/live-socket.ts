import { WebSocket, type RawData } from 'ws';
import type { TellPaidCall } from '../budget/call-spender.js';
import { backoffMs, type Random } from './backoff.js';

export interface LiveSocketOptions {
  /** Pays for each attempt, and waits while it may not be made; a rejection is a failed attempt. Default: it is free. */
  readonly pay?: (() => Promise<TellPaidCall | undefined>) | undefined;
  /** Asked before each attempt; a rejection is a failed attempt. */
  readonly url: () => string | Promise<string>;
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  /** The other end answered our ping, or pinged us. */
  readonly onAlive?: () => void;
  /** The connection is gone, or an attempt failed; `failures` attempts in a row have now failed. */
  readonly onDown: (reason: string, failures: number) => void;
  readonly pingEveryMs: number;
  /** Nothing heard, not even a pong, for this long: the connection is dead whatever TCP says. */
  readonly deadAfterMs: number;
  readonly connectTimeoutMs?: number;
  /** Default 1,000 ms; doubles to 30 s. */
  readonly firstRetryMs?: number;
  readonly random: Random;
}

/** A connection that ended sooner counts like a failed one: a venue limits connections, not only failures. */
const SETTLED_AFTER_MS = 30_000;

/**
 * One WebSocket that is kept up: reconnects with backoff and jitter, pings, and gives up connections that say
 * nothing. What it carries, and what a loss means, is the owner's business.
 */
export class LiveSocket {
  private socket: WebSocket | null = null;
  private retry: NodeJS.Timeout | null = null;
  /** An attempt is being paid for, or its address asked for. */
  private preparing = false;
  /** Wants to hear what became of the attempt. */
  private paid: TellPaidCall | null = null;
  private pinger: NodeJS.Timeout | null = null;
  private failures = 0;
  /** Connections in a row that failed or did not last; what the wait grows with. */
  private unsettled = 0;
  private openedAt: number | null = null;
  private closed = false;
  private heardAt = 0;

  constructor(private readonly options: LiveSocketOptions) {}

  /** Monotonic (`performance.now()`) time of the last frame of any kind. */
  get lastHeardAt(): number {
    return this.heardAt;
  }

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  start(): void {
    if (this.closed || this.socket !== null || this.retry !== null || this.preparing) return;
    this.connect();
  }

  /** False when there is no connection to send on. */
  send(text: string): boolean {
    if (this.socket === null || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(text);
    return true;
  }

  /** Drops the connection at once; a new one follows after the usual wait. */
  reconnect(reason: string): void {
    if (this.socket !== null) this.lost(this.socket, reason);
  }

  /** Ends for good; resolves when the connection is closed, by force after a second. */
  async close(): Promise<void> {
    this.closed = true;
    this.tellPaid('failure');
    if (this.retry !== null) clearTimeout(this.retry);
    if (this.pinger !== null) clearInterval(this.pinger);
    const { socket } = this;
    this.socket = null;
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => socket.terminate(), 1_000);
      socket.once('close', () => {
        clearTimeout(force);
        resolve();
      });
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
      else socket.close(1000);
    });
  }

  private connect(): void {
    const { pay, url } = this.options;
    if (pay === undefined) return this.address(url());
    this.preparing = true;
    pay().then(
      (tell) => {
        this.preparing = false;
        this.paid = tell ?? null;
        if (this.closed) return this.tellPaid('not_sent');
        this.address(url());
      },
      (error: unknown) => this.notPrepared(error),
    );
  }

  private address(url: string | Promise<string>): void {
    if (typeof url === 'string') return this.open(url);
    this.preparing = true;
    url.then(
      (text) => {
        this.preparing = false;
        if (this.closed) return this.tellPaid('not_sent');
        this.open(text);
      },
      (error: unknown) => this.notPrepared(error),
    );
  }

  private notPrepared(error: unknown): void {
    this.preparing = false;
    this.tellPaid('not_sent');
    if (this.closed) return;
    this.openedAt = null;
    this.failed(error instanceof Error ? error.message : String(error));
  }

  /** What is not told stays held as a call that may still arrive. */
  private tellPaid(outcome: Parameters<TellPaidCall>[0]): void {
    const { paid } = this;
    this.paid = null;
    paid?.(outcome).catch(() => undefined);
  }

  private open(url: string): void {
    const socket = new WebSocket(url, {
      handshakeTimeout: this.options.connectTimeoutMs ?? 5_000,
      maxPayload: 8 * 1024 * 1024,
      perMessageDeflate: false,
      followRedirects: false,
    });
    this.socket = socket;
    this.openedAt = null;
    const current = (): boolean => this.socket === socket && !this.closed;
    const heard = (): void => {
      this.heardAt = performance.now();
    };
    socket.on('open', () => {
      if (!current()) return;
      this.openedAt = performance.now();
      this.tellPaid('success');
      heard();
      this.startPinging(socket);
      this.options.onOpen();
    });
    socket.on('message', (data: RawData, isBinary: boolean) => {
      if (!current()) return;
      heard();
      if (!isBinary) this.options.onText(textOf(data));
    });
    const alive = (): void => {
      if (!current()) return;
      heard();
      this.options.onAlive?.();
    };
    socket.on('pong', alive);
    socket.on('ping', alive);
    socket.on('error', (error) => {
      if (current()) this.lost(socket, error.message);
    });
    socket.on('close', (code) => {
      if (current()) this.lost(socket, `closed by the other end with code ${code}`);
    });
  }

  private startPinging(socket: WebSocket): void {
    if (this.pinger !== null) clearInterval(this.pinger);
    this.pinger = setInterval(() => {
      const silentMs = performance.now() - this.heardAt;
      if (silentMs > this.options.deadAfterMs) {
        this.lost(socket, `silent for ${Math.round(silentMs)} ms`);
      } else if (socket.readyState === WebSocket.OPEN) {
        socket.ping();
      }
    }, this.options.pingEveryMs);
  }

  private lost(socket: WebSocket, reason: string): void {
    this.socket = null;
    if (this.pinger !== null) clearInterval(this.pinger);
    this.tellPaid('failure');
    socket.terminate();
    this.failed(reason);
  }

  private failed(reason: string): void {
    const livedMs = this.openedAt === null ? 0 : performance.now() - this.openedAt;
    this.failures = this.openedAt === null ? this.failures + 1 : 0;
    this.unsettled = livedMs > SETTLED_AFTER_MS ? 0 : this.unsettled + 1;
    this.options.onDown(reason, this.failures);
    if (this.closed) return;
    this.retry = setTimeout(
      () => {
        this.retry = null;
        this.connect();
      },
      backoffMs(Math.max(0, this.unsettled - 1), this.options.random, this.options.firstRetryMs),
    );
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
