import type { Database } from '../database.js';
import { ChannelListener } from '../outbox/channel-listener.js';
import { RepeatingTask } from '../outbox/repeating-task.js';
import { numberOrderUpdates, pruneOrderUpdates, type PruneOptions } from './number-updates.js';

export interface OrderUpdateNumbererOptions {
  readonly db: Database;
  /** The same server, for a connection of its own that listens. */
  readonly url: string;
  readonly keep: PruneOptions;
  /** While false nobody waits: notifications are let pass, and the poll does the work. */
  readonly isUrgent: () => boolean;
  /** Called after every look, when all that was committed before it has its number. */
  readonly onNumbered: (count: number) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** What a lost notification costs at most. */
const POLL_MS = 500;
const PRUNE_MS = 60_000;

/**
 * Numbers updates of orders within milliseconds of their commit, and forgets old ones. Any number may run at once: they
 * take turns, and each, whoever did the work, knows when it is done.
 */
export class OrderUpdateNumberer {
  private readonly task: RepeatingTask;
  private readonly pruning: RepeatingTask;
  private readonly listener: ChannelListener;

  constructor(private readonly options: OrderUpdateNumbererOptions) {
    const { db, url, keep, isUrgent, onError } = options;
    this.task = new RepeatingTask(() => this.look(), POLL_MS, onError);
    this.pruning = new RepeatingTask(
      async () => {
        await pruneOrderUpdates(db, keep);
      },
      PRUNE_MS,
      onError,
    );
    this.listener = new ChannelListener({
      url,
      channel: 'tranche_order_updates',
      onNotify: () => {
        if (isUrgent()) this.task.nudge();
      },
    });
  }

  start(): this {
    this.task.start();
    this.pruning.start();
    this.listener.start();
    return this;
  }

  /** Waits for what is under way; nothing runs afterwards. */
  async stop(): Promise<void> {
    await Promise.all([this.listener.stop(), this.task.stop(), this.pruning.stop()]);
  }

  private async look(): Promise<void> {
    await this.options.onNumbered(await numberOrderUpdates(this.options.db));
  }
}
