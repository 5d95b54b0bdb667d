import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Refusal } from '../floor/refusal.js';
import type { Departures } from '../journal/departures.js';
import type { RequestLimits } from '../limits/request-limits.js';
import { addressOf } from '../rest/rest-http.js';
import { Connection, type ConnectionHabits } from './connection.js';

const MAX_MESSAGE_BYTES = 65_536;

/** Takes a connection over. */
export interface Attachment {
  readonly attach: (connection: Connection) => void;
  /** Request weight that connecting costs. */
  readonly weight: number;
}

export interface WsPortOptions extends ConnectionHabits {
  readonly server: Server;
  /** What a new connection to this address is for; null: there is nothing. */
  readonly route: (url: URL) => Attachment | null;
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
    options.server.on('upgrade', (req, socket, head) => {
      // A client that goes away while it connects is no problem of ours.
      socket.on('error', () => socket.destroy());
      this.#upgrade(req, socket, head);
    });
    this.#heartbeat = setInterval(() => {
      for (const connection of this.#connections) connection.heartbeat();
    }, options.pingEveryMs);
  }

  /** Cuts every connection; new ones are taken. */
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
    const url = parseUrl(req.url ?? '/');
    const attachment = url === null ? null : options.route(url);
    if (attachment === null) return refuse(socket, 404, 'Not Found');
    try {
      options.requestLimits.admitConnection(ip, options.now());
      if (attachment.weight > 0) options.requestLimits.admit(ip, attachment.weight, options.now());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refuse(socket, error.status, error.message, error.retryAfterSec);
    }
    this.#sockets.handleUpgrade(req, socket, head, (webSocket) => {
      const connection = new Connection(webSocket, ip, options, options.departures, options.now);
      this.#connections.add(connection);
      connection.onClose(() => this.#connections.delete(connection));
      attachment.attach(connection);
    });
  }
}

function parseUrl(path: string): URL | null {
  try {
    return new URL(`http://venue${path}`);
  } catch {
    return null;
  }
}

function refuse(socket: Duplex, status: number, text: string, retryAfterSec?: number): void {
  const retry = retryAfterSec === undefined ? '' : `Retry-After: ${retryAfterSec}\r\n`;
  const reason = text.replaceAll(/[\r\n]/g, ' ');
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${retry}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}
