import { once } from 'node:events';
import type { Socket } from 'node:net';
import { WebSocket, type ClientOptions } from 'ws';
import { until } from '../../support/until.js';

/** What specs read out of frames. */
export interface Frame {
  readonly type: string;
  readonly seq?: number;
  readonly data: {
    readonly seq?: number;
    readonly data_type?: string;
    readonly error?: string;
    readonly order_id?: string;
    readonly update_type?: string;
    readonly order?: Readonly<Record<string, unknown>>;
  };
}

/** A client of `/ws/orders/` that keeps every frame it got. */
export class UpdatesClient {
  readonly frames: Frame[] = [];
  closed: { readonly code: number; readonly reason: string } | null = null;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as Frame));
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on('error', () => undefined);
  }

  /** Connects; the connection may be closed right afterwards. */
  static async open(apiUrl: string, token: string, options: ClientOptions = {}): Promise<UpdatesClient> {
    const socket = new WebSocket(`${apiUrl.replace('http', 'ws')}/ws/orders/?token=${token}`, options);
    const client = new UpdatesClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** Connects and subscribes; the number that the answer names. */
  static async subscribed(apiUrl: string, token: string, since?: number): Promise<{ ws: UpdatesClient; seq: number }> {
    const ws = await UpdatesClient.open(apiUrl, token);
    return { ws, seq: await ws.subscribe(since) };
  }

  async subscribe(since?: number): Promise<number> {
    const before = this.ofType('subscribed').length;
    this.say({ command: 'subscribe', data_type: 'user_orders', ...(since === undefined ? {} : { since }) });
    await until(() => this.ofType('subscribed').length > before || this.closed !== null, { what: 'subscribed' });
    return this.ofType('subscribed').at(-1)!.data.seq!;
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  ofType(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  get updates(): Frame[] {
    return this.ofType('order_update');
  }

  /** `update_type` of every update so far. */
  get told(): string[] {
    return this.updates.map(({ data }) => data.update_type!);
  }

  async untilUpdates(count: number): Promise<Frame[]> {
    await until(() => this.updates.length >= count, { what: `${count} updates` });
    return this.updates;
  }

  async untilClosed(): Promise<{ readonly code: number; readonly reason: string }> {
    await until(() => this.closed !== null, { what: 'closed' });
    return this.closed!;
  }

  /** Stops reading from the network, as a client does that cannot keep up. */
  stopReading(): void {
    this.tcp.pause();
  }

  readAgain(): void {
    this.tcp.resume();
  }

  close(): void {
    this.socket.close();
  }

  private get tcp(): Socket {
    return (this.socket as unknown as { _socket: Socket })._socket;
  }
}
