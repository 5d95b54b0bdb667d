import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Refusal } from '../floor/refusal.js';
import type { Departures } from '../journal/departures.js';
import type { RequestLimits } from '../limits/request-limits.js';
import { addressOf } from '../rest/rest-http.js';
import { Connection } from './connection.js';
import type { MarketStreams } from './market-streams.js';

const MAX_MESSAGE_BYTES = 65_536;

/** Takes a connection over. */
export type Attachment = (connection: Connection) => void;

export interface WsPortOptions {
  readonly server: Server;
  /** What a new connection to this address is for; null: there is nothing. */
  readonly route: (url: URL) => Attachment | null;
  readonly pingEveryMs: number;
  readonly requestLimits: RequestLimits;
  readonly departures: Departures;
  readonly now: () => number;
  readonly ipHeader: string | null;
}

/** The WebSocket half of a product's port. */
export class WsPort {
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  readonly #connections = new Set<Connection>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(private readonly options: WsPortOptions) {
    options.server.on('upgrade', (req, socket, head) => this.#upgrade(req, socket, head));
    this.#heartbeat = setInterval(() => {
      for (const connection of this.#connections) connection.heartbeat();
    }, options.pingEveryMs);
  }

  /** Ends every connection without a word. */
  cutAll(): void {
    for (const { socket } of this.#connections) socket.terminate();
  }

  stop(): void {
    clearInterval(this.#heartbeat);
    this.cutAll();
    this.#sockets.close();
  }

  #upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { options } = this;
    const ip = addressOf(req, options.ipHeader);
    const url = new URL(req.url ?? '/', 'http://venue');
    const attach = options.route(url);
    if (attach === null) return refuse(socket, 404, 'Not Found');
    try {
      options.requestLimits.admitConnection(ip, options.now());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refuse(socket, error.status, error.message);
    }
    this.#sockets.handleUpgrade(req, socket, head, (webSocket) => {
      const connection = new Connection(webSocket, ip, options.now, options.departures);
      this.#connections.add(connection);
      webSocket.on('close', () => this.#connections.delete(connection));
      attach(connection);
    });
  }
}

/** Public streams: `/ws`, `/ws/<stream>`, `/stream?streams=`. */
export function publicStreams(streams: MarketStreams, url: URL): Attachment | null {
  const { pathname } = url;
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

function refuse(socket: Duplex, status: number, text: string): void {
  socket.end(`HTTP/1.1 ${status} ${text.replaceAll(/[\r\n]/g, ' ')}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
