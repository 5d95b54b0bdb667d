import { addMs, type EpochMs } from '#domain';
import type { FeedMessage, FeedStatus } from '#venues';

/**
 * The newest word of a channel that tells whole values, each in place of the one before. Known only while the channel is
 * live: a connection that is lost may have taken newer ones with it.
 */
export class LastValue<T> {
  private current: FeedStatus = 'connecting';
  private value: T | null = null;
  private toldAt: EpochMs | null = null;
  private rightAt: EpochMs | null = null;

  /** @param read the value in a message; null for a message of another kind */
  constructor(private readonly read: (message: FeedMessage) => T | null) {}

  get status(): FeedStatus {
    return this.current;
  }

  /** When the value was last known to be right, by a message or a pong; null while there is none. */
  get at(): EpochMs | null {
    return this.rightAt;
  }

  receive(message: FeedMessage, now: EpochMs): void {
    if (message.type === 'status') {
      this.current = message.to;
      if (message.to === 'connecting' || message.to === 'down') this.forget();
      return;
    }
    const value = this.read(message);
    if (value !== null) {
      this.value = value;
      this.toldAt = now;
    }
    if (this.value !== null && this.current === 'live') this.rightAt = now;
  }

  /** Null while the channel is not live, or has told nothing since it is. */
  get(): T | null {
    return this.current === 'live' ? this.value : null;
  }

  /** Whether nothing was told for longer than `ms`, pongs aside. */
  isSilentFor(ms: number, now: EpochMs): boolean {
    return this.toldAt !== null && now > addMs(this.toldAt, ms);
  }

  forget(): void {
    this.value = null;
    this.toldAt = null;
    this.rightAt = null;
  }
}
