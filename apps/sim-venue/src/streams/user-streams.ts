import type { Connection } from './connection.js';
import { USER_ROUTE, type Outbox } from './outbox.js';

interface Subscription {
  readonly id: number;
  readonly accountId: number;
  readonly connection: Connection;
}

/** Who listens to which account's events. A connection may hold several subscriptions, numbered from 0. */
export class UserStreams {
  readonly #byAccount = new Map<number, Set<Subscription>>();
  readonly #byConnection = new Map<Connection, { next: number; subscriptions: Map<number, Subscription> }>();

  constructor(
    private readonly outbox: Outbox,
    private readonly now: () => number,
  ) {}

  subscribe(connection: Connection, accountId: number): number {
    const held = this.#byConnection.get(connection) ?? { next: 0, subscriptions: new Map<number, Subscription>() };
    const subscription: Subscription = { id: held.next, accountId, connection };
    held.next += 1;
    held.subscriptions.set(subscription.id, subscription);
    this.#byConnection.set(connection, held);
    const listeners = this.#byAccount.get(accountId) ?? new Set();
    listeners.add(subscription);
    this.#byAccount.set(accountId, listeners);
    return subscription.id;
  }

  /**
   * @param id null ends all of the connection's subscriptions
   * @returns whether there was anything to end
   */
  unsubscribe(connection: Connection, id: number | null): boolean {
    const held = this.#byConnection.get(connection);
    const ending = [...(held?.subscriptions.values() ?? [])].filter((held) => id === null || held.id === id);
    for (const subscription of ending) this.#end(subscription, true);
    return ending.length > 0;
  }

  /** The connection is gone: nothing more to say to it. */
  drop(connection: Connection): void {
    for (const subscription of [...(this.#byConnection.get(connection)?.subscriptions.values() ?? [])])
      this.#end(subscription, false);
    this.#byConnection.delete(connection);
  }

  endAll(): void {
    for (const listeners of [...this.#byAccount.values()])
      for (const subscription of [...listeners]) this.#end(subscription, true);
  }

  has(connection: Connection): boolean {
    return (this.#byConnection.get(connection)?.subscriptions.size ?? 0) > 0;
  }

  wants(accountId: number): boolean {
    return (this.#byAccount.get(accountId)?.size ?? 0) > 0;
  }

  send(accountId: number, event: Record<string, unknown>): void {
    const listeners = this.#byAccount.get(accountId);
    if (listeners === undefined) return;
    const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
    const subject = {
      route: USER_ROUTE,
      symbol: text(event['s']),
      accountId,
      clientOrderId: text(event['C']) || text(event['c']),
    };
    this.outbox.publish(
      subject,
      event,
      [...listeners].map((subscription) => ({
        connection: subscription.connection,
        frame: (event: string) => `{"subscriptionId":${subscription.id},"event":${event}}`,
        expire: (tell: boolean) => this.#end(subscription, tell),
      })),
    );
  }

  #end(subscription: Subscription, tell: boolean): void {
    const { id, accountId, connection } = subscription;
    this.#byConnection.get(connection)?.subscriptions.delete(id);
    const listeners = this.#byAccount.get(accountId);
    listeners?.delete(subscription);
    if (listeners?.size === 0) this.#byAccount.delete(accountId);
    if (tell)
      connection.send(JSON.stringify({ subscriptionId: id, event: { e: 'eventStreamTerminated', E: this.now() } }));
  }
}
