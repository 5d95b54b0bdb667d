import { randomBytes } from 'node:crypto';

/** How long a key lives after it was made or last extended. */
export const LISTEN_KEY_MS = 60 * 60_000;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const KEY_LENGTH = 64;

/** Why a key is worth nothing any more. */
export type ListenKeyEnd = 'expired' | 'closed';

export interface EndedListenKey {
  readonly listenKey: string;
  readonly customerId: number;
  readonly why: ListenKeyEnd;
}

interface Held {
  readonly listenKey: string;
  readonly customerId: number;
  expiresAt: number;
}

/**
 * The keys of one product's old user streams, one per customer. They live by the venue's clock and in memory alone: after
 * a restart, as after a vendor's, clients make new ones.
 */
export class ListenKeys {
  readonly #byKey = new Map<string, Held>();
  readonly #byCustomer = new Map<number, Held>();
  readonly #listeners = new Set<(ended: EndedListenKey) => void>();

  /** @param now the venue's clock, in ms */
  constructor(private readonly now: () => number) {}

  /** The customer's key, good for 60 minutes from now; a new one unless it has one already. */
  create(customerId: number): string {
    const held = this.#ofCustomer(customerId);
    if (held !== undefined) {
      held.expiresAt = this.now() + LISTEN_KEY_MS;
      return held.listenKey;
    }
    const made: Held = { listenKey: newKey(), customerId, expiresAt: this.now() + LISTEN_KEY_MS };
    this.#byKey.set(made.listenKey, made);
    this.#byCustomer.set(customerId, made);
    return made.listenKey;
  }

  /**
   * Makes the key good for 60 minutes from now.
   *
   * @param listenKey without it, whichever key the customer has
   * @returns the key, or null when the customer has no such key
   */
  extend(customerId: number, listenKey?: string): string | null {
    const held = this.#ofCustomer(customerId);
    if (held === undefined || (listenKey !== undefined && held.listenKey !== listenKey)) return null;
    held.expiresAt = this.now() + LISTEN_KEY_MS;
    return held.listenKey;
  }

  /** Ends the key at its owner's wish; arguments as in {@link extend}. @returns whether there was such a key */
  close(customerId: number, listenKey?: string): boolean {
    const held = this.#ofCustomer(customerId);
    if (held === undefined || (listenKey !== undefined && held.listenKey !== listenKey)) return false;
    this.#end(held, 'closed');
    return true;
  }

  /** Whose key it is; null when it never was one, or is none any more. */
  ownerOf(listenKey: string): number | null {
    const held = this.#byKey.get(listenKey);
    return held === undefined || this.#endIfOver(held) ? null : held.customerId;
  }

  /** Ends every key whose time is over, and tells who listens. To be called every now and then. */
  sweep(): void {
    for (const held of [...this.#byKey.values()]) this.#endIfOver(held);
  }

  /** Ends a key before its time, as if it had run out. @returns whether there was such a key */
  expire(listenKey: string): boolean {
    const held = this.#byKey.get(listenKey);
    if (held !== undefined) this.#end(held, 'expired');
    return held !== undefined;
  }

  /** @param listener called once for every key that ends, after it has ended. @returns how to stop listening */
  onEnd(listener: (ended: EndedListenKey) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends them all. */
  clear(): void {
    for (const held of [...this.#byKey.values()]) this.#end(held, 'closed');
  }

  #ofCustomer(customerId: number): Held | undefined {
    const held = this.#byCustomer.get(customerId);
    return held === undefined || this.#endIfOver(held) ? undefined : held;
  }

  #endIfOver(held: Held): boolean {
    if (this.now() < held.expiresAt) return false;
    this.#end(held, 'expired');
    return true;
  }

  #end({ listenKey, customerId }: Held, why: ListenKeyEnd): void {
    this.#byKey.delete(listenKey);
    this.#byCustomer.delete(customerId);
    for (const listener of [...this.#listeners]) listener({ listenKey, customerId, why });
  }
}

/** Not to be guessed: whoever has it reads the account's events. */
function newKey(): string {
  let key = '';
  // Bytes that would favour some letters are thrown away.
  while (key.length < KEY_LENGTH)
    for (const byte of randomBytes(KEY_LENGTH))
      if (byte < 4 * ALPHABET.length && key.length < KEY_LENGTH) key += ALPHABET.charAt(byte % ALPHABET.length);
  return key;
}
