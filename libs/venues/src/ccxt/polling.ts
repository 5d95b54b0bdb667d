import type { Gap, Subscription } from '../ports.js';

/**
 * Stands where other venues have a user stream: every so often it says that the venue should be asked, and the account
 * is compared with it as soon as its limits allow. It opens no connection of its own.
 */
export class Polling implements Subscription {
  readonly live = true;
  private readonly timer: NodeJS.Timeout;

  constructor(everyMs: number, onGap: (gap: Gap) => void) {
    queueMicrotask(() => this.closed || onGap({ reason: 'CONNECTED', detail: 'polling' }));
    this.timer = setInterval(() => onGap({ reason: 'POLL', detail: 'polling' }), everyMs);
    this.timer.unref();
  }

  private closed = false;

  close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    return Promise.resolve();
  }
}
