import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A way to the test's Redis that can be cut and mended, or fall silent, without harming anyone else's. */
export class CuttableRedis {
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;
  private silent = false;
  private port = 0;

  constructor(private readonly targetUrl: string) {}

  async start(): Promise<string> {
    const target = new URL(this.targetUrl);
    const server = createServer((client) => {
      const upstream = connect(Number(target.port), target.hostname);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.sockets.add(from);
        from.on('data', (chunk: Buffer) => {
          if (!this.silent) to.write(chunk);
        });
        from.on('error', () => undefined);
        from.on('close', () => {
          this.sockets.delete(from);
          to.destroy();
        });
      }
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    const url = new URL(this.targetUrl);
    url.port = String(this.port);
    url.hostname = '127.0.0.1';
    return url.toString();
  }

  async cut(): Promise<void> {
    const server = this.server;
    this.server = null;
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  }

  /** What is sent either way is lost, and nobody is told. */
  silence(): void {
    this.silent = true;
  }
}
