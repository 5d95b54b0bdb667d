import { Client } from 'pg';

export interface ChannelListenerOptions {
  readonly url: string;
  /** Of NOTIFY; a plain word. */
  readonly channel: string;
  /**
   * Listen only while no other connection does: one process then is woken for all. Whoever it is, its connection's end is
   * the end of its turn, and another listens within half a second. Default false: everyone listens.
   */
  readonly oneOfAll?: boolean;
  /** Called for each notification, and once whenever listening begins: something may have been missed before. */
  readonly onNotify: () => void;
}

const RECONNECT_MS = 1_000;
const TURN_EVERY_MS = 500;

/** A connection of its own that listens on a channel, and is made again whenever it is lost. */
export class ChannelListener {
  private client: Client | undefined;
  private stopped = false;
  private wake = (): void => undefined;

  constructor(private readonly options: ChannelListenerOptions) {}

  start(): this {
    void this.listen();
    return this;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.client?.end().catch(() => undefined);
  }

  private isStopped(): boolean {
    return this.stopped;
  }

  private async listen(): Promise<void> {
    if (this.stopped) return;
    const { url, channel, onNotify, oneOfAll = false } = this.options;
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000, keepAlive: true });
    let lost = false;
    const reconnect = (): void => {
      if (lost) return;
      lost = true;
      void client.end().catch(() => undefined);
      if (!this.stopped) setTimeout(() => void this.listen(), RECONNECT_MS).unref();
    };
    client.on('error', reconnect);
    client.on('end', reconnect);
    client.on('notification', onNotify);
    try {
      await client.connect();
      this.client = client;
      if (oneOfAll) await this.turn(client, channel);
      if (!this.isStopped()) await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
      if (this.isStopped()) {
        await client.end();
        return;
      }
      onNotify();
    } catch {
      reconnect();
    }
  }

  /** Waits until no other connection listens for all. The turn is held by the connection, and ends with it. */
  private async turn(client: Client, channel: string): Promise<void> {
    while (!this.stopped) {
      const { rows } = await client.query<{ ours: boolean }>(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 6)) AS ours',
        [channel],
      );
      if (rows[0]?.ours === true) return;
      await this.pause(TURN_EVERY_MS);
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
