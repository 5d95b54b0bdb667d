import { Refusal } from '../floor/refusal.js';
import { NO_FOREIGN_USE, type ForeignUse } from './foreign-use.js';
import { Window } from './window.js';

/** Of one product. All of them can be changed while running: `PUT /control/limits`. */
export interface Limits {
  /** Request weight per address and clock minute. */
  weightPerMinute: number;
  /** Requests per address and 5 clock minutes; null: the product does not count them. */
  rawPer5Minutes: number | null;
  /** WebSocket connections per address and 5 clock minutes. */
  connectionsPer5Minutes: number;
  /** Orders per account and 10 clock seconds. */
  ordersPer10Seconds: number;
  /** Orders per account and clock minute; null: not counted. */
  ordersPerMinute: number | null;
  /** Orders per account and UTC day; null: not counted. */
  ordersPerDay: number | null;
}

/** Figures of `spec/venues.md` B3. */
export const SPOT_LIMITS: Readonly<Limits> = {
  weightPerMinute: 6_000,
  rawPer5Minutes: 300_000,
  connectionsPer5Minutes: 300,
  ordersPer10Seconds: 100,
  ordersPerMinute: null,
  ordersPerDay: 200_000,
};

export const USDM_LIMITS: Readonly<Limits> = {
  weightPerMinute: 2_400,
  rawPer5Minutes: null,
  connectionsPer5Minutes: 300,
  ordersPer10Seconds: 300,
  ordersPerMinute: 1_200,
  ordersPerDay: null,
};

const MINUTE = 60_000;
const FIVE_MINUTES = 300_000;
const CALLS_UNTIL_BAN = 10;
const FIRST_BAN_MS = 120_000;
const LONGEST_BAN_MS = 3 * 86_400_000;

interface Address {
  readonly weight: Window;
  readonly raw: Window;
  readonly connections: Window;
  refusedUntil: number;
  refusals: number;
  bannedUntil: number;
  bans: number;
  /** When it called last. */
  seenAt: number;
}

/** Weight, raw requests and bans, per address; REST and WebSocket API share them. */
export class RequestLimits {
  readonly #addresses = new Map<string, Address>();
  #sweptAt = 0;

  constructor(
    readonly limits: Limits,
    private readonly foreign: ForeignUse = NO_FOREIGN_USE,
  ) {}

  /** Of how many addresses anything is remembered. */
  get addresses(): number {
    return this.#addresses.size;
  }

  /**
   * Counts one request before it is looked at.
   *
   * @throws Refusal 418 while the address is banned, 429 -1003 over a limit; the tenth call during a 429 bans
   */
  admit(ip: string, weight: number, now: number): void {
    const address = this.#address(ip, now);
    if (now < address.bannedUntil) throw banned(address.bannedUntil, now);
    const raw = address.raw.add(now, 1);
    if (now < address.refusedUntil) this.#refuseAgain(address, now);
    const used = address.weight.add(now, weight) + this.foreign.weight(ip, true);
    if (used > this.limits.weightPerMinute) this.#refuse(address, address.weight, now, this.#weightText());
    if (raw > (this.limits.rawPer5Minutes ?? Infinity))
      this.#refuse(address, address.raw, now, 'Too many requests queued.');
  }

  /** @throws Refusal as {@link admit}, for a new WebSocket connection */
  admitConnection(ip: string, now: number): void {
    const address = this.#address(ip, now);
    if (now < address.bannedUntil) throw banned(address.bannedUntil, now);
    if (address.connections.add(now, 1) <= this.limits.connectionsPer5Minutes) return;
    throw new Refusal(-1003, 'Too many connections.', 429, address.connections.secondsLeft(now));
  }

  /** Gives weight back to the minute that bore it: placing and cancelling cost nothing when they succeed. */
  refund(ip: string, weight: number, chargedAt: number): void {
    this.#addresses.get(ip)?.weight.giveBack(chargedAt, weight);
  }

  usedWeight(ip: string, now: number): number {
    return (this.#addresses.get(ip)?.weight.used(now) ?? 0) + this.foreign.weight(ip, false);
  }

  clear(): void {
    this.#addresses.clear();
  }

  #refuse(address: Address, window: Window, now: number, text: string): never {
    const seconds = window.secondsLeft(now);
    address.refusedUntil = now + seconds * 1_000;
    address.refusals = 0;
    throw new Refusal(-1003, text, 429, seconds);
  }

  #refuseAgain(address: Address, now: number): never {
    address.refusals += 1;
    if (address.refusals >= CALLS_UNTIL_BAN) {
      address.bannedUntil = now + Math.min(FIRST_BAN_MS * 2 ** address.bans, LONGEST_BAN_MS);
      address.bans += 1;
      address.refusedUntil = 0;
      throw banned(address.bannedUntil, now);
    }
    throw new Refusal(-1003, this.#weightText(), 429, Math.max(1, Math.ceil((address.refusedUntil - now) / 1_000)));
  }

  #weightText(): string {
    return `Too much request weight used; current limit is ${this.limits.weightPerMinute} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`;
  }

  #address(ip: string, now: number): Address {
    let address = this.#addresses.get(ip);
    if (address === undefined) {
      this.#forgetIdle(now);
      address = {
        weight: new Window(MINUTE),
        raw: new Window(FIVE_MINUTES),
        connections: new Window(FIVE_MINUTES),
        refusedUntil: 0,
        refusals: 0,
        bannedUntil: 0,
        bans: 0,
        seenAt: now,
      };
      this.#addresses.set(ip, address);
    }
    address.seenAt = now;
    return address;
  }

  /** Once in five minutes, drops the addresses of which no count, refusal or ban is left to be remembered. */
  #forgetIdle(now: number): void {
    if (Math.abs(now - this.#sweptAt) < FIVE_MINUTES) return;
    this.#sweptAt = now;
    for (const [ip, { seenAt, refusedUntil, bannedUntil, bans }] of this.#addresses) {
      const isRepeater = bans > 0 && now < bannedUntil + LONGEST_BAN_MS;
      if (now - seenAt >= FIVE_MINUTES && now >= refusedUntil && !isRepeater) this.#addresses.delete(ip);
    }
  }
}

function banned(until: number, now: number): Refusal {
  const text = `Way too much request weight used; IP banned until ${until}. Please use WebSocket Streams for live updates to avoid bans.`;
  return new Refusal(-1003, text, 418, Math.max(1, Math.ceil((until - now) / 1_000)));
}
