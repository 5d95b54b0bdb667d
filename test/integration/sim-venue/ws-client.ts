import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { until } from '../../support/until.js';
import type { Key, VendorJson } from './sim-client.js';

interface UserEvent {
  readonly e: string;
  readonly x: string;
  readonly X: string;
  readonly c: string;
  readonly C: string;
  readonly z: string;
  readonly p: string;
  readonly B: readonly unknown[];
}

/** What the specs read out of messages; which of it is there depends on the message. */
export interface WsMessage {
  readonly id?: number;
  readonly status?: number;
  readonly result: VendorJson | readonly string[] | null;
  readonly error?: { readonly code: number; readonly msg: string };
  readonly rateLimits: readonly { readonly interval: string; readonly count: number }[];
  readonly stream?: string;
  readonly data?: unknown;
  readonly e?: string;
  readonly U: number;
  readonly u: number;
  readonly b: readonly (readonly [string, string])[];
  readonly bids?: readonly unknown[];
  readonly subscriptionId?: number;
  readonly event?: UserEvent;
}

/** A WebSocket that keeps every message it got. */
export class WsClient {
  readonly messages: WsMessage[] = [];
  isClosed = false;
  pings = 0;
  #lastId = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.messages.push(JSON.parse(data.toString()) as WsMessage));
    socket.on('close', () => (this.isClosed = true));
    socket.on('ping', () => (this.pings += 1));
  }

  static async open(url: string, path: string, headers: Record<string, string> = {}): Promise<WsClient> {
    const socket = new WebSocket(url.replace('http', 'ws') + path, { headers });
    const client = new WsClient(socket);
    await once(socket, 'open');
    return client;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Sends a request and waits for the reply with its id. */
  async ask(method: string, params?: unknown): Promise<WsMessage> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.send({ id, method, ...(params !== undefined && { params }) });
    return this.next((message) => message.id === id);
  }

  /** As {@link ask}, signed as the WebSocket API wants it. */
  askSigned(
    key: Key,
    method: string,
    params: Record<string, string | number> = {},
    timestamp = Date.now(),
  ): Promise<WsMessage> {
    const all: Record<string, string | number> = { ...params, apiKey: key.apiKey, timestamp };
    const text = Object.keys(all)
      .sort()
      .map((name) => `${name}=${all[name]}`)
      .join('&');
    const signature = createHmac('sha256', key.apiSecret).update(text).digest('hex');
    return this.ask(method, { ...all, signature });
  }

  /** The first message that fits, now or later. */
  async next(fits: (message: WsMessage) => boolean): Promise<WsMessage> {
    await until(() => this.messages.some(fits), { what: `message in ${JSON.stringify(this.messages)}` });
    return this.messages.find(fits) as WsMessage;
  }

  async closed(): Promise<void> {
    await until(() => this.isClosed, { what: 'connection closed' });
  }

  close(): void {
    this.socket.terminate();
  }
}
