import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { SignedRequest } from './order-requests.js';

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One kept connection with one request under way, and as little work per request as can be: what it costs is not
 * counted against the exchange. Understands replies with a `Content-Length` and nothing else.
 */
export class LeanConnection {
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (status: number) => void; reject: (error: Error) => void } | null = null;

  static async open(url: string): Promise<LeanConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).setNoDelay(true);
    await once(socket, 'connect');
    return new LeanConnection(socket, hostname);
  }

  private constructor(
    private readonly socket: Socket,
    private readonly host: string,
  ) {
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('The server must keep the connection, closed it')));
  }

  /** @returns status of the reply, after the last byte of it. @throws Error when the connection ends before */
  send({ method, path, apiKey }: SignedRequest): Promise<number> {
    this.socket.write(
      `${method} ${path} HTTP/1.1\r\nHost: ${this.host}\r\nX-MBX-APIKEY: ${apiKey}\r\nContent-Length: 0\r\n\r\n`,
    );
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  close(): void {
    this.#waiting = null;
    this.socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf(HEAD_END);
    if (end === -1) return;
    const head = this.#received.toString('latin1', 0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    const waiting = this.#waiting;
    if (length === undefined) return waiting?.reject(new Error(`A reply must tell its length, was: ${head}`));
    if (this.#received.length < end + HEAD_END.length + Number(length)) return;
    this.#received = Buffer.alloc(0);
    this.#waiting = null;
    waiting?.resolve(Number(head.slice(9, 12)));
  }
}
