import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Binds every server, or none.
 *
 * @returns the base address of each
 * @throws Error with `code` EADDRINUSE and the `port` when one is taken
 */
export async function listenAll(servers: readonly (readonly [Server, number])[], host: string): Promise<string[]> {
  const bound: string[] = [];
  try {
    for (const [server, port] of servers) bound.push(await listen(server, port, host));
    return bound;
  } catch (error) {
    await Promise.all(servers.slice(0, bound.length).map(([server]) => close(server)));
    throw error;
  }
}

/** Stops listening and ends every connection. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      server.off('error', reject);
      const { address, port: bound, family } = server.address() as AddressInfo;
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`);
    });
  });
}
