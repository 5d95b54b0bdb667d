import type { ListenKeys } from '../accounts/listen-keys.js';
import { USER_ROUTE, type Outbox, type Recipient } from './outbox.js';
import type { UserListener, UserStreams } from './user-streams.js';

/** Somebody who reads events by a listen key, and how to stop that. */
interface Reader {
  readonly accountId: number;
  readonly listener: UserListener;
  readonly forget: () => void;
}

/** User streams that are named by a listen key, for as long as the key lives. */
export class KeyStreams {
  readonly #readers = new Map<string, Set<Reader>>();

  constructor(
    private readonly keys: ListenKeys,
    private readonly users: UserStreams,
    private readonly outbox: Outbox,
    private readonly now: () => number,
  ) {
    keys.onEnd(({ listenKey, why }) => this.#ended(listenKey, why === 'expired'));
  }

  /**
   * Sends the events of the key's owner to a recipient.
   *
   * @param only types of events; null: all
   * @returns how to stop, or null when there is no such key
   */
  listen(listenKey: string, recipient: Recipient, only: ReadonlySet<string> | null): (() => void) | null {
    const accountId = this.keys.ownerOf(listenKey);
    if (accountId === null) return null;
    const readers = this.#readers.get(listenKey) ?? new Set<Reader>();
    this.#readers.set(listenKey, readers);
    const forget = (): void => {
      this.users.leave(accountId, listener);
      readers.delete(reader);
      if (readers.size === 0 && this.#readers.get(listenKey) === readers) this.#readers.delete(listenKey);
    };
    const listener: UserListener = {
      ...recipient,
      only,
      expire: (tell) => {
        if (tell) this.#tellExpired(listenKey, [reader]);
        forget();
      },
      terminated: forget,
    };
    const reader: Reader = { accountId, listener, forget };
    readers.add(reader);
    this.users.listen(accountId, listener);
    return forget;
  }

  #ended(listenKey: string, tell: boolean): void {
    const readers = [...(this.#readers.get(listenKey) ?? [])];
    for (const { forget } of readers) forget();
    if (tell) this.#tellExpired(listenKey, readers);
  }

  #tellExpired(listenKey: string, readers: readonly Reader[]): void {
    const [first] = readers;
    if (first === undefined) return;
    const subject = { route: USER_ROUTE, symbol: null, accountId: first.accountId, clientOrderId: null };
    const event = { e: 'listenKeyExpired', E: this.now(), listenKey };
    const wanting = readers.map(({ listener }) => listener).filter(({ only }) => only === null || only.has(event.e));
    this.outbox.publish(subject, event, wanting);
  }
}
