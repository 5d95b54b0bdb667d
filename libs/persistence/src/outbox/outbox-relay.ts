import { Client } from 'pg';
import type { Database } from '../database.js';
import { relayOutbox, type Publish } from './outbox.js';
import { RepeatingTask } from './repeating-task.js';

export interface OutboxRelayOptions {
  readonly db: Database;
  /** The same server, for a connection of its own that listens. */
  readonly url: string;
  readonly publish: Publish;
  readonly onError: (error: unknown) => void;
  /** Called with the number of entries moved. */
  readonly onPublished?: (count: number) => void;
}

const BATCH = 200;
/** What a lost notification costs at most. */
const POLL_MS = 500;

/**
 * Publishes committed outbox entries within milliseconds: woken by NOTIFY, and by a poll in case a notification was
 * lost. Any number may run at once; each entry is locked by one of them.
 */
export class OutboxRelay {
  private readonly task: RepeatingTask;
  private listener: Client | undefined;
  private stopped = false;

  constructor(private readonly options: OutboxRelayOptions) {
    this.task = new RepeatingTask(() => this.drain(), POLL_MS, options.onError);
  }

  start(): this {
    this.task.start();
    void this.listen();
    return this;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.task.stop();
    await this.listener?.end().catch(() => undefined);
  }

  private isStopped(): boolean {
    return this.stopped;
  }

  private async drain(): Promise<void> {
    let moved: number;
    do {
      moved = await relayOutbox(this.options.db, this.options.publish, BATCH);
      if (moved > 0) this.options.onPublished?.(moved);
    } while (moved === BATCH && !this.stopped);
  }

  /** Without a listener the poll does the work, later by up to {@link POLL_MS}. */
  private async listen(): Promise<void> {
    if (this.stopped) return;
    const client = new Client({ connectionString: this.options.url, connectionTimeoutMillis: 1_000, keepAlive: true });
    let lost = false;
    const reconnect = (): void => {
      if (lost) return;
      lost = true;
      void client.end().catch(() => undefined);
      if (!this.stopped) setTimeout(() => void this.listen(), 1_000).unref();
    };
    client.on('error', reconnect);
    client.on('end', reconnect);
    client.on('notification', () => this.task.nudge());
    try {
      await client.connect();
      await client.query('LISTEN tranche_outbox');
      if (this.isStopped()) {
        await client.end();
        return;
      }
      this.listener = client;
      this.task.nudge();
    } catch {
      reconnect();
    }
  }
}
