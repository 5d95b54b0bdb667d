import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { Clock, EpochMs } from '#domain';
import type { Cause } from '../ports.js';

/**
 * How far a request came. Anything before `written` provably never left this host; from `written` on the
 * venue may have acted on it (venues.md A2).
 */
export type Stage = 'dns' | 'connect' | 'tls' | 'written' | 'headers' | 'body';

export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** From the write to the last byte of the reply. */
  readonly replyTimeoutMs: number;
  /** Asked when the connection stands and nothing is written yet; a cause stops the request. */
  readonly beforeWrite?: () => Cause | null;
}

/** All that is known of one request; `body` is there only when the reply is complete. */
export interface HttpExchange {
  readonly stage: Stage;
  readonly sentAt?: EpochMs;
  readonly repliedAt?: EpochMs;
  readonly status?: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly failure?: Cause;
}

export interface HttpClientOptions {
  /** Default 2,000 ms, for name, connection and TLS together. */
  readonly connectTimeoutMs?: number;
  /** Default 8 MiB. */
  readonly maxBodyBytes?: number;
}

/** Under the 5 s after which a Node server closes an idle connection, so that we are the first to let go. */
const IDLE_SOCKET_MS = 4_000;

/**
 * HTTP client for calls that move money: one request, one write, no redirect, no retry, and a record of how
 * far it came. Never rejects: a failure is part of the exchange.
 */
export class HttpClient {
  private readonly agents = {
    'http:': new HttpAgent({ keepAlive: true, timeout: IDLE_SOCKET_MS }),
    'https:': new HttpsAgent({ keepAlive: true, timeout: IDLE_SOCKET_MS }),
  };
  private readonly connectTimeoutMs: number;
  private readonly maxBodyBytes: number;

  constructor(
    private readonly clock: Clock,
    options: HttpClientOptions = {},
  ) {
    this.connectTimeoutMs = options.connectTimeoutMs ?? 2_000;
    this.maxBodyBytes = options.maxBodyBytes ?? 8 * 1024 * 1024;
  }

  /** Sends exactly once; resolves with what happened, whatever happened. */
  send(request: HttpRequest): Promise<HttpExchange> {
    return new Promise((resolve) => {
      const url = new URL(request.url);
      const secure = url.protocol === 'https:';
      let seen: { -readonly [Key in keyof HttpExchange]: HttpExchange[Key] } = {
        stage: isIP(url.hostname) === 0 ? 'dns' : 'connect',
        headers: {},
      };
      let settled = false;
      let timer: NodeJS.Timeout;
      const finish = (outcome: Partial<HttpExchange>): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        seen = { ...seen, ...outcome };
        resolve(seen);
      };
      const fail = (code: string, text: string): void => {
        finish({ failure: { code, text } });
        outgoing.destroy();
      };

      const outgoing: ClientRequest = (secure ? httpsRequest : httpRequest)(url, {
        method: request.method,
        agent: secure ? this.agents['https:'] : this.agents['http:'],
        headers: {
          ...request.headers,
          ...(request.body === null ? {} : { 'content-length': String(Buffer.byteLength(request.body)) }),
        },
      });
      timer = setTimeout(
        () => fail('CONNECT_TIMEOUT', `no connection after ${this.connectTimeoutMs} ms`),
        this.connectTimeoutMs,
      );

      const write = (): void => {
        if (settled) return;
        const denied = request.beforeWrite?.() ?? null;
        if (denied !== null) return fail(denied.code, denied.text);
        clearTimeout(timer);
        timer = setTimeout(
          () => fail('REPLY_TIMEOUT', `no complete reply after ${request.replyTimeoutMs} ms`),
          request.replyTimeoutMs,
        );
        // From here on it may have left, whatever the socket says.
        seen.stage = 'written';
        seen.sentAt = this.clock.now();
        outgoing.end(request.body ?? undefined);
      };

      outgoing.on('socket', (socket) => {
        // A kept connection may have been closed meanwhile: a whole turn of the loop lets us hear of it first.
        if (!socket.connecting) return void setImmediate(() => setImmediate(write));
        socket.once('lookup', (error: Error | null) => {
          if (error === null) seen.stage = 'connect';
        });
        socket.once('connect', () => (secure ? (seen.stage = 'tls') : write()));
        if (secure) socket.once('secureConnect', write);
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'SOCKET_ERROR', error.message));
      outgoing.on('response', (reply) => {
        seen.stage = 'headers';
        seen.status = reply.statusCode ?? 0;
        seen.headers = plainHeaders(reply);
        this.readBody(
          reply,
          (stage) => (seen.stage = stage),
          fail,
          (body) => finish({ body, repliedAt: this.clock.now() }),
        );
      });
    });
  }

  private readBody(
    reply: IncomingMessage,
    reached: (stage: Stage) => void,
    fail: (code: string, text: string) => void,
    done: (body: string) => void,
  ): void {
    const chunks: Buffer[] = [];
    let size = 0;
    reply.on('data', (chunk: Buffer) => {
      reached('body');
      size += chunk.length;
      if (size > this.maxBodyBytes) return fail('BODY_TOO_LARGE', `reply is larger than ${this.maxBodyBytes} bytes`);
      chunks.push(chunk);
    });
    reply.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'SOCKET_ERROR', error.message));
    reply.on('end', () =>
      reply.complete
        ? done(Buffer.concat(chunks).toString('utf8'))
        : fail('REPLY_CUT', 'the connection ended inside the reply'),
    );
    reply.on('close', () => {
      if (!reply.complete) fail('REPLY_CUT', 'the connection ended inside the reply');
    });
  }

  /** Closes idle connections; calls in flight run on. */
  close(): void {
    this.agents['http:'].destroy();
    this.agents['https:'].destroy();
  }
}

function plainHeaders(reply: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(reply.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
