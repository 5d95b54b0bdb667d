import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Refusal } from '../floor/refusal.js';
import type { RequestLimits } from '../limits/request-limits.js';
import { addressOf } from '../rest/spot-http.js';
import { Connection } from './connection.js';
import type { MarketStreams } from './market-streams.js';
import type { WsApi } from './ws-api.js';

const PING_EVERY_MS = 20_000;
const MAX_MESSAGE_BYTES = 65_536;

export interface WsPortOptions {
  readonly server: Server;
  readonly streams: MarketStreams;
  readonly wsApi: WsApi;
  readonly requestLimits: RequestLimits;
  readonly now: () => number;
  readonly ipHeader: string | null;
}

/** The WebSocket half of the spot port: `/ws`, `/ws/<stream>`, `/stream?streams=` and `/ws-api/v3`. */
export class WsPort {
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  readonly #connections = new Set<Connection>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(private readonly options: WsPortOptions) {
    options.server.on('upgrade', (req, socket, head) => this.#upgrade(req, socket, head));
    this.#heartbeat = setInterval(() => {
      for (const connection of this.#connections) connection.heartbeat();
    }, PING_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#heartbeat);
    for (const { socket } of this.#connections) socket.terminate();
    this.#sockets.close();
  }

  #upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { options } = this;
    const ip = addressOf(req, options.ipHeader);
    const url = new URL(req.url ?? '/', 'http://spot');
    const attach = this.#attachmentFor(url);
    if (attach === null) return refuse(socket, 404, 'Not Found');
    try {
      options.requestLimits.admitConnection(ip, options.now());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refuse(socket, error.status, error.message);
    }
    this.#sockets.handleUpgrade(req, socket, head, (webSocket) => {
      const connection = new Connection(webSocket, ip, options.now);
      this.#connections.add(connection);
      webSocket.on('close', () => this.#connections.delete(connection));
      attach(connection);
    });
  }

  #attachmentFor(url: URL): ((connection: Connection) => void) | null {
    const { streams, wsApi } = this.options;
    const { pathname } = url;
    if (pathname === '/ws-api/v3') return (connection) => wsApi.attach(connection);
    if (pathname === '/stream') {
      const names = (url.searchParams.get('streams') ?? '').split('/').filter((name) => name !== '');
      return (connection) => streams.attach(connection, true, names);
    }
    if (pathname !== '/ws' && !pathname.startsWith('/ws/')) return null;
    const names = decodeURIComponent(pathname.slice('/ws/'.length))
      .split('/')
      .filter((name) => name !== '');
    return (connection) => streams.attach(connection, false, names);
  }
}

function refuse(socket: Duplex, status: number, text: string): void {
  socket.end(`HTTP/1.1 ${status} ${text.replaceAll(/[\r\n]/g, ' ')}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
