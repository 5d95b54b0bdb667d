import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A stable address before a server that may go away and come back elsewhere; it can be cut, as networks are. */
export class CuttableProxy {
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;
  private port = 0;

  private constructor(private target: string) {}

  static async to(target: string): Promise<CuttableProxy> {
    const proxy = new CuttableProxy(target);
    await proxy.listen();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends every connection and takes no more. */
  async cut(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server === null) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** Connections that there are stay open and bring nothing any more, as when a server vanishes; new ones work. */
  silence(): void {
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  /** Takes connections again, at the same address. */
  async restore(target: string): Promise<void> {
    this.target = target;
    await this.listen();
  }

  private async listen(): Promise<void> {
    const server = createServer((socket) => {
      const { hostname, port } = new URL(this.target);
      const upstream = connect(Number(port), hostname);
      for (const [end, other] of [
        [socket, upstream],
        [upstream, socket],
      ] as const) {
        this.sockets.add(end);
        end.on('error', () => other.destroy());
        end.on('close', () => {
          this.sockets.delete(end);
          other.destroy();
        });
      }
      socket.pipe(upstream).pipe(socket);
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }
}
