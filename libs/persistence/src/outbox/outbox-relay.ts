import type { Database } from '../database.js';
import { ChannelListener } from './channel-listener.js';
import { relayOutbox, type Publish, type RefusedEntry } from './outbox.js';
import { RelayLease } from './relay-lease.js';
import { RepeatingTask } from './repeating-task.js';

export interface OutboxRelayOptions {
  readonly db: Database;
  /** The same server, for a connection of its own that listens. */
  readonly url: string;
  readonly publish: Publish;
  readonly onError: (error: unknown) => void;
  /** Told of entries that no queue takes and that were put aside: a bug, or a job of another version. */
  readonly onRefused: (refused: readonly RefusedEntry[]) => void;
  /** Called with the number of entries moved. */
  readonly onPublished?: (count: number) => void;
}

const BATCH = 200;
/** What a lost notification costs at most, or the end of whoever is woken. */
const POLL_MS = 500;

/**
 * Publishes committed outbox entries within milliseconds: one of all relays is woken by NOTIFY, each looks from time to
 * time in case a notification was lost. Any number may run at once; each entry is locked by one of them.
 */
export class OutboxRelay {
  private readonly task: RepeatingTask;
  private readonly listener: ChannelListener;
  private readonly lease: RelayLease;
  private stopped = false;

  constructor(private readonly options: OutboxRelayOptions) {
    this.task = new RepeatingTask(() => this.drain(), POLL_MS, options.onError);
    this.listener = new ChannelListener({
      url: options.url,
      channel: 'tranche_outbox',
      onNotify: () => {
        if (this.lease.isOurs) this.task.nudge();
      },
    });
    this.lease = new RelayLease(options.db, () => this.task.nudge(), options.onError);
  }

  start(): this {
    this.task.start();
    this.lease.start();
    this.listener.start();
    return this;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.lease.stop();
    await this.task.stop();
    await this.listener.stop();
  }

  private async drain(): Promise<void> {
    let moved: number;
    do {
      moved = await relayOutbox(this.options.db, this.options.publish, BATCH, this.options.onRefused);
      if (moved > 0) this.options.onPublished?.(moved);
    } while (moved === BATCH && !this.stopped);
  }
}
