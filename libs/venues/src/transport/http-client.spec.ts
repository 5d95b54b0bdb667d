import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { epochMs } from '#domain';
import { holdTime, letTimeGo } from '../../../../test/support/held-time.js';
import { until } from '../../../../test/support/until.js';
import { HttpClient, type HttpExchange, type HttpRequest } from './http-client.js';

let now = 1_000;
const clock = { now: () => epochMs((now += 1)) };

let server: Server | null = null;
let http: HttpClient | null = null;
const sockets = new Set<Socket>();
afterEach(async () => {
  letTimeGo();
  http?.close();
  http = null;
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  server = null;
});

/** A server of bare sockets: `onChunk` sees what each read of the connection brought. */
async function serve(onChunk: (socket: Socket, chunk: string, connection: number) => void): Promise<string> {
  let connections = 0;
  const listening = createServer((socket) => {
    const connection = (connections += 1);
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => onChunk(socket, chunk.toString(), connection));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}
const ok = (body: string, headers = ''): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;

function send(url: string, over: Partial<HttpRequest> = {}): Promise<HttpExchange> {
  http ??= new HttpClient(clock, { connectTimeoutMs: 60_000, maxBodyBytes: 1_000 });
  return http.send({
    url: `${url}/order`,
    method: 'POST',
    headers: { a: 'b' },
    body: 'x=1',
    replyTimeoutMs: 60_000,
    ...over,
  });
}

describe('HttpClient', () => {
  it('writes head and body at once, and uses the connection again', async () => {
    const chunks: [string, number][] = [];
    const url = await serve((socket, chunk, connection) => {
      chunks.push([chunk, connection]);
      socket.write(ok('{}', 'X-Limit: 7\r\n'));
    });
    const first = await send(url);
    await send(url);
    expect(first).toMatchObject({ stage: 'body', status: 200, body: '{}', headers: { 'x-limit': '7' } });
    expect(first.repliedAt).toBeGreaterThan(first.sentAt ?? Infinity);
    expect(chunks.map(([, connection]) => connection)).toEqual([1, 1]);
    expect(chunks[0]?.[0]).toMatch(/^POST \/order HTTP\/1\.1\r\n(.|\r\n)*\r\n\r\nx=1$/);
  });

  it('follows no redirect', async () => {
    let requests = 0;
    const url = await serve((socket) => {
      requests += 1;
      socket.write('HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n');
    });
    expect(await send(url)).toMatchObject({ status: 307, body: '' });
    expect(requests).toBe(1);
  });

  it.each<[string, (socket: Socket) => void, object]>([
    ['an end of stream instead of a reply', (socket) => void socket.end(), { stage: 'written' }],
    ['a reset', (socket) => void socket.resetAndDestroy(), { stage: 'written' }],
    [
      'a reply cut off',
      (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'),
      { stage: 'body', status: 200 },
    ],
    ['what is not HTTP', (socket) => void socket.write('hello\r\n\r\n'), { stage: 'written' }],
    [
      'a body over the cap',
      (socket) => void socket.write(ok('y'.repeat(1_001))),
      {
        stage: 'body',
        failure: { code: 'BODY_TOO_LARGE', text: expect.any(String) },
      },
    ],
  ])('knows that it was sent when it gets %s', async (_, answer, expected) => {
    let requests = 0;
    const url = await serve((socket) => {
      requests += 1;
      answer(socket);
    });
    const exchange = await send(url);
    expect(exchange).toMatchObject(expected);
    expect(exchange.sentAt).toBeDefined();
    expect(exchange.failure).toBeDefined();
    expect(exchange.body).toBeUndefined();
    expect(requests).toBe(1);
  });

  it('S-13 reads no body beyond 8 MiB unless told otherwise', async () => {
    const url = await serve((socket) => void socket.write(ok('y'.repeat(8 * 1024 * 1024 + 1))));
    http = new HttpClient(clock);
    const exchange = await send(url);
    expect(exchange).toMatchObject({ stage: 'body', failure: { code: 'BODY_TOO_LARGE' } });
    expect(exchange.body).toBeUndefined();
  });

  it('gives up what is not answered in time, and knows that it was sent', async () => {
    const pass = holdTime();
    let requests = 0;
    const url = await serve((socket) => {
      requests += 1;
      if (requests === 2) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc');
    });
    const failure = { code: 'REPLY_TIMEOUT', text: expect.any(String) };
    const silent = send(url);
    await until(() => requests === 1);
    pass(60_000);
    expect(await silent).toMatchObject({ stage: 'written', sentAt: expect.any(Number), failure });

    let heads = 0;
    const hear = (): void => void (heads += 1);
    subscribe('http.client.response.finish', hear);
    const endless = send(url);
    await until(() => heads === 1);
    unsubscribe('http.client.response.finish', hear);
    pass(60_000);
    const exchange = await endless;
    expect(exchange).toMatchObject({ stage: 'body', sentAt: expect.any(Number), status: 200, failure });
    expect(exchange.body).toBeUndefined();
    expect(requests).toBe(2);
  });

  it('knows that nothing was sent when there is no connection', async () => {
    const refused = await send('http://127.0.0.1:1');
    expect(refused).toMatchObject({ stage: 'connect', failure: { code: 'ECONNREFUSED' } });
    const nowhere = await send('http://no-such-host.invalid');
    expect(nowhere).toMatchObject({ stage: 'dns', failure: { code: expect.any(String) } });
    // A TLS handshake that the other end never answers.
    const pass = holdTime();
    let hellos = 0;
    const url = await serve(() => void (hellos += 1));
    const shaking = send(url.replace('http:', 'https:'));
    await until(() => hellos === 1);
    pass(60_000);
    const silent = await shaking;
    expect(silent).toMatchObject({ stage: 'tls', failure: { code: 'CONNECT_TIMEOUT' } });
    for (const exchange of [refused, nowhere, silent]) expect(exchange.sentAt).toBeUndefined();
  });

  it('asks in the last instant whether it still may, and writes nothing if not', async () => {
    let requests = 0;
    const url = await serve((socket) => {
      requests += 1;
      socket.write(ok('{}'));
    });
    const denied = await send(url, { beforeWrite: () => ({ code: 'TOO_LATE', text: 'too late' }) });
    expect(denied).toEqual({ stage: 'connect', headers: {}, failure: { code: 'TOO_LATE', text: 'too late' } });
    expect((await send(url, { beforeWrite: () => null })).status).toBe(200);
    expect(requests).toBe(1);
  });
});
