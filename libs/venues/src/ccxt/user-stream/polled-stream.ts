import type { Subscription } from '../../ports.js';

/** A user stream on top of polling, which goes on beside it and reaches the same state alone. */
export class PolledStream implements Subscription {
  constructor(
    private readonly polling: Subscription,
    private readonly stream: Subscription,
  ) {}

  /** Whether things are fast; the polling always goes on. */
  get live(): boolean {
    return this.stream.live;
  }

  async close(): Promise<void> {
    await Promise.all([this.polling.close(), this.stream.close()]);
  }
}
