import type { Redis } from 'ioredis';

/** Roles are asked for this often by clients that no error would ever tell. */
const ASK_EVERY_MS = 5_000;

/**
 * Whether an answer says that the server is master no more, or has none: it keeps its connections, and the address leads
 * to another one by now. For `reconnectOnError`.
 */
export function isMasterNoMore({ message }: Error): boolean {
  return /\b(READONLY|MASTERDOWN)\b/.test(message);
}

type Client = Redis | null | undefined;

/**
 * Connects anew when the server is master no more. For clients that only publish and subscribe: a replica takes both
 * without an error, and whoever is connected to the master hears nothing of it.
 * @param asking may send commands, which a subscriber may not
 * @param all are at the same server
 * @param everyMs default 5,000
 * @returns a function that ends it
 */
export function leaveReplicas(asking: () => Client, all: () => readonly Client[], everyMs = ASK_EVERY_MS): () => void {
  const ask = async (): Promise<void> => {
    const client = asking();
    if (client?.status !== 'ready') return;
    const [role] = await client.role();
    if (role !== 'slave') return;
    for (const one of all()) if (one?.status === 'ready') one.disconnect(true);
  };
  // A server that is away, or does not let us ask, is not left for that.
  const timer = setInterval(() => void ask().catch(() => undefined), everyMs).unref();
  return () => clearInterval(timer);
}
