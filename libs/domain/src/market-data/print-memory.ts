import type { EpochMs } from '../time/clock.js';

/** A print by what tells it from others: the venue's id, any text, and the venue's time. */
export interface PrintName {
  readonly venueAt: EpochMs;
  readonly id: string;
}

/** What was counted, or was there before we listened, as far as it can come again. */
export interface SeenPrints {
  /** The newest by time and id, oldest first. */
  readonly newest: readonly PrintName[];
  /** This one and all before it are seen; null while `newest` holds all there ever was. */
  readonly floor: PrintName | null;
}

/** Seen prints that are remembered by name: more than a venue tells out of order. */
export const REMEMBERED_NAMES = 256;

export const NOTHING_SEEN: SeenPrints = { newest: [], floor: null };

/** By time, prints of one millisecond by id. */
export function comparePrints(a: PrintName, b: PrintName): number {
  if (a.venueAt !== b.venueAt) return a.venueAt - b.venueAt;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Which prints were seen, as more come. */
export class PrintMemory {
  private readonly newest: PrintName[];
  private readonly ids: Set<string>;
  private floor: PrintName | null;

  constructor(seen: SeenPrints) {
    this.newest = [...seen.newest];
    this.ids = new Set(seen.newest.map(({ id }) => id));
    this.floor = seen.floor;
  }

  get isEmpty(): boolean {
    return this.newest.length === 0;
  }

  has(print: PrintName): boolean {
    return this.ids.has(print.id) || (this.floor !== null && comparePrints(print, this.floor) <= 0);
  }

  /** @returns false when it was seen */
  add({ venueAt, id }: PrintName): boolean {
    const name: PrintName = { venueAt, id };
    if (this.has(name)) return false;
    this.ids.add(id);
    let at = this.newest.length;
    while (at > 0 && comparePrints(this.newest[at - 1] as PrintName, name) > 0) at -= 1;
    this.newest.splice(at, 0, name);
    const [oldest] = this.newest;
    if (this.newest.length > REMEMBERED_NAMES && oldest !== undefined) {
      this.newest.shift();
      this.ids.delete(oldest.id);
      this.floor = oldest;
    }
    return true;
  }

  /** With the id of the newest. */
  state(): { readonly seen: SeenPrints; readonly lastTradeId: string | null } {
    return { seen: { newest: this.newest, floor: this.floor }, lastTradeId: this.newest.at(-1)?.id ?? null };
  }
}
