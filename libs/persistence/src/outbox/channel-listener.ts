import { Client } from 'pg';

export interface ChannelListenerOptions {
  readonly url: string;
  /** Of NOTIFY; a plain word. */
  readonly channel: string;
  /**
   * Called for each notification with what it says, and with null whenever listening begins: something may have been
   * missed before.
   */
  readonly onNotify: (payload: string | null) => void;
  /** How often the server is asked whether it is there, and how long it may take to answer; ms. Default: 3,000. */
  readonly askEveryMs?: number;
}

const RECONNECT_MS = 1_000;
const ASK_EVERY_MS = 3_000;

/**
 * A connection of its own that listens on a channel, and is made again whenever it is lost. Whoever only listens never learns
 * that the other end is gone without a word, as after a fail-over: so it asks.
 */
export class ChannelListener {
  private client: Client | undefined;
  private stopped = false;

  constructor(private readonly options: ChannelListenerOptions) {}

  start(): this {
    void this.listen();
    return this;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.client?.end().catch(() => undefined);
  }

  private isStopped(): boolean {
    return this.stopped;
  }

  private async listen(): Promise<void> {
    if (this.stopped) return;
    const { url, channel, onNotify, askEveryMs = ASK_EVERY_MS } = this.options;
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: 1_000,
      query_timeout: askEveryMs,
      keepAlive: true,
    });
    let lost = false;
    let asking: NodeJS.Timeout | undefined;
    const reconnect = (): void => {
      clearInterval(asking);
      if (lost) return;
      lost = true;
      void client.end().catch(() => undefined);
      if (!this.stopped) setTimeout(() => void this.listen(), RECONNECT_MS).unref();
    };
    client.on('error', reconnect);
    client.on('end', reconnect);
    client.on('notification', ({ payload }) => onNotify(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
      if (this.isStopped()) {
        await client.end();
        return;
      }
      this.client = client;
      asking = setInterval(() => void client.query('SELECT 1').catch(reconnect), askEveryMs).unref();
      onNotify(null);
    } catch {
      reconnect();
    }
  }
}
