import type { Connection } from './connection.js';
import type { UserListener, UserStreams } from './user-streams.js';

/** How a subscription came about: those of a session end with it. */
export type SubscribedBy = 'session' | 'signature';

interface Subscription {
  readonly accountId: number;
  readonly by: SubscribedBy;
  readonly listener: UserListener;
}

/** The user data subscriptions of one WebSocket API connection, numbered from 0. */
export class WsSubscriptions {
  readonly #held = new Map<number, Subscription>();
  #nextId = 0;

  constructor(
    private readonly connection: Connection,
    private readonly users: UserStreams,
    private readonly now: () => number,
  ) {}

  get ids(): number[] {
    return [...this.#held.keys()];
  }

  /** @returns its number, or null when the connection reads this account's events already */
  subscribe(accountId: number, by: SubscribedBy): number | null {
    for (const held of this.#held.values()) if (held.accountId === accountId) return null;
    const id = this.#nextId;
    this.#nextId += 1;
    const listener: UserListener = {
      connection: this.connection,
      only: null,
      frame: (event) => `{"subscriptionId":${id},"event":${event}}`,
      expire: (tell) => {
        this.users.leave(accountId, listener);
        this.#ended(id, listener, tell);
      },
      terminated: () => this.#ended(id, listener),
    };
    this.#held.set(id, { accountId, by, listener });
    this.users.listen(accountId, listener);
    return id;
  }

  /** Ends one subscription, or all. @returns whether there was anything to end */
  unsubscribe(id: number | null): boolean {
    return this.#endWhere((held) => id === null || held === id);
  }

  /** The session is over: so are the subscriptions made in it. */
  endSession(): void {
    this.#endWhere((_, { by }) => by === 'session');
  }

  /** The connection is gone: nothing more to say to it. */
  drop(): void {
    for (const { accountId, listener } of this.#held.values()) this.users.leave(accountId, listener);
    this.#held.clear();
  }

  #endWhere(fits: (id: number, held: Subscription) => boolean): boolean {
    const ending = [...this.#held].filter(([id, held]) => fits(id, held));
    for (const [id, { accountId, listener }] of ending) {
      this.users.leave(accountId, listener);
      this.#ended(id, listener);
    }
    return ending.length > 0;
  }

  #ended(id: number, { connection, frame }: UserListener, tell = true): void {
    this.#held.delete(id);
    if (tell) connection.send(frame(JSON.stringify({ e: 'eventStreamTerminated', E: this.now() })));
  }
}
