import { USER_ROUTE, type Outbox, type Recipient } from './outbox.js';

/** Somebody who reads an account's events. */
export interface UserListener extends Recipient {
  /** Types of events it wants; null: all. */
  readonly only: ReadonlySet<string> | null;
  /** All accounts are gone, and with them their events. */
  readonly terminated: () => void;
}

/** Who listens to which account's events. */
export class UserStreams {
  readonly #listeners = new Map<number, Set<UserListener>>();

  constructor(private readonly outbox: Outbox) {}

  listen(accountId: number, listener: UserListener): void {
    let listeners = this.#listeners.get(accountId);
    if (listeners === undefined) this.#listeners.set(accountId, (listeners = new Set()));
    listeners.add(listener);
  }

  leave(accountId: number, listener: UserListener): void {
    const listeners = this.#listeners.get(accountId);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(accountId);
  }

  wants(accountId: number): boolean {
    return this.#listeners.has(accountId);
  }

  send(accountId: number, event: Readonly<Record<string, unknown>>): void {
    const listeners = this.#listeners.get(accountId);
    if (listeners === undefined) return;
    const type = String(event['e']);
    // Most listeners want everything; then nothing has to be picked out.
    const picky = [...listeners].some(({ only }) => only !== null);
    const recipients = picky ? [...listeners].filter(({ only }) => only === null || only.has(type)) : listeners;
    this.outbox.publish({ route: USER_ROUTE, accountId, ...orderOf(event) }, event, recipients);
  }

  /** Everything is forgotten: accounts, and who listens to them. */
  endAll(): void {
    const all = [...this.#listeners.values()].flatMap((listeners) => [...listeners]);
    this.#listeners.clear();
    for (const listener of all) listener.terminated();
  }
}

/** Symbol and client order id that an event is about: at its top on spot, in field `o` on USD-M. */
function orderOf(event: Readonly<Record<string, unknown>>): { symbol: string | null; clientOrderId: string | null } {
  const order = typeof event['o'] === 'object' && event['o'] !== null ? (event['o'] as typeof event) : event;
  const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
  return { symbol: text(order['s']), clientOrderId: text(event['C']) ?? text(order['c']) };
}
