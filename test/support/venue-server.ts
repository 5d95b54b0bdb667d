import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** Path and query as they were sent. */
  readonly url: string;
  readonly query: URLSearchParams;
  readonly body: URLSearchParams;
  /** The body as it was sent. */
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
}

export type Answer =
  | { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** Takes the request, then resets the connection without a word. */
  | 'reset'
  /** Takes the request and never answers. */
  | 'hang'
  /** Announces more bytes than it sends. */
  | 'cut';

/** A venue that answers as the test says and counts what reaches it. */
export class VenueServer {
  readonly requests: SeenRequest[] = [];
  readonly sockets: WebSocket[] = [];
  readonly streamUrls: string[] = [];
  connections = 0;
  /** Resets every new connection at once. */
  isAway = false;
  answer: (request: SeenRequest) => Answer = () => ({ status: 404, body: { code: -1000, msg: 'not scripted' } });
  onSocket: (socket: WebSocket, url: string) => void = () => undefined;

  private readonly open = new Set<Socket>();
  private readonly server = createServer((request, response) => void this.handle(request, response));
  private readonly streams = new WebSocketServer({ server: this.server });

  static async start(port = 0): Promise<VenueServer> {
    const venue = new VenueServer();
    await venue.listen(port);
    return venue;
  }

  private constructor() {
    this.server.on('connection', (socket) => {
      this.connections += 1;
      if (this.isAway) return void socket.resetAndDestroy();
      this.open.add(socket);
      socket.on('close', () => this.open.delete(socket));
    });
    this.streams.on('connection', (socket, request) => {
      this.sockets.push(socket);
      this.streamUrls.push(request.url ?? '');
      this.onSocket(socket, request.url ?? '');
    });
  }

  private listen(port: number): Promise<void> {
    return new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  of(method: string, path: string): SeenRequest[] {
    return this.requests.filter((request) => request.method === method && request.path === path);
  }

  async stop(): Promise<void> {
    for (const socket of this.streams.clients) socket.terminate();
    for (const socket of this.open) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const url = new URL(request.url ?? '/', this.url);
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: url.pathname,
      url: request.url ?? '/',
      query: url.searchParams,
      body: new URLSearchParams(body),
      text: body,
      headers: request.headers,
    };
    this.requests.push(seen);
    const answer = this.answer(seen);
    if (answer === 'hang') return;
    if (answer === 'reset') return void request.socket.resetAndDestroy();
    if (answer === 'cut') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"symbol":"BTC');
      setImmediate(() => request.socket.destroy());
      return;
    }
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(text);
  }
}
