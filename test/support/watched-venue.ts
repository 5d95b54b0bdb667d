import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** One request as it came past; the status once it was answered. */
export interface SeenCall {
  /** Of the monotonic clock. */
  readonly at: number;
  /** `GET /api/v3/openOrders`, without its parameters. */
  readonly route: string;
  /** Null for a call of nobody's account. */
  readonly apiKey: string | null;
  answeredAt: number | null;
  status: number | null;
}

/** The way from one public address to a simulated exchange: names that address in each request, and notes every one. */
export interface WatchedVenue {
  readonly url: string;
  readonly calls: readonly SeenCall[];
  stop(): Promise<void>;
}

/** @param address what the exchange takes for the caller's, by the header that its `SIM_IP_HEADER` names */
export async function watchVenue(venueUrl: string, header: string, address: string): Promise<WatchedVenue> {
  const { hostname, port } = new URL(venueUrl);
  const calls: SeenCall[] = [];
  const sockets = new Set<Socket>();
  const note = ({ method, url, headers }: IncomingMessage): SeenCall => {
    const apiKey = headers['x-mbx-apikey'];
    const call: SeenCall = {
      at: performance.now(),
      route: `${method} ${(url ?? '').split('?', 1)[0]}`,
      apiKey: typeof apiKey === 'string' ? apiKey : null,
      answeredAt: null,
      status: null,
    };
    calls.push(call);
    return call;
  };
  const server = createServer((req, res) => {
    const call = note(req);
    const headers = { ...req.headers, [header]: address };
    const onward = request({ hostname, port, method: req.method, path: req.url, headers }, (reply) => {
      call.status = reply.statusCode ?? null;
      call.answeredAt = performance.now();
      res.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
      reply.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  server.on('upgrade', (req: IncomingMessage, socket: Socket, head: Buffer) => {
    note(req);
    const onward = connect(Number(port), hostname, () => {
      const lines = Object.entries({ ...req.headers, [header]: address }).map(
        ([name, value]) => `${name}: ${String(value)}`,
      );
      onward.write(`${req.method} ${req.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const [end, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      end.on('error', () => other.destroy());
      end.on('close', () => other.destroy());
    }
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
