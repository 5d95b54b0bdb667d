import type { RawData, WebSocket } from 'ws';
import type { Departures } from '../journal/departures.js';

const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;
/** The vendor ends every connection after a day. */
const LONGEST_LIFE_MS = 86_400_000;

/** How a product treats connections. */
export interface ConnectionHabits {
  /** How often it pings. */
  readonly pingEveryMs: number;
  /** Pings that may go unanswered; one more, and the connection is cut. */
  readonly unansweredPings: number;
}

/** One WebSocket with the vendor's limit on messages a client may send. */
export class Connection {
  readonly #openedAt: number;
  #perSecond = Infinity;
  #second = 0;
  #received = 0;
  #lastPing = '';
  #unanswered = 0;

  constructor(
    readonly socket: WebSocket,
    readonly ip: string,
    private readonly habits: ConnectionHabits,
    private readonly departures: Departures,
    private readonly now: () => number,
  ) {
    this.#openedAt = now();
    socket.on('ping', () => this.#admit());
    socket.on('pong', (payload: Buffer) => {
      if (!this.#admit()) return;
      // A pong that nobody asked for keeps no connection alive.
      if (this.#lastPing !== '' && payload.toString() === this.#lastPing) this.#unanswered = 0;
    });
    socket.on('error', () => socket.terminate());
  }

  get openedAt(): number {
    return this.#openedAt;
  }

  send(text: string): void {
    this.departures.hold(() => {
      if (this.socket.readyState === this.socket.OPEN) this.socket.send(text);
    });
  }

  /** Ends the connection, without a word, after what it was sent so far. */
  cut(): void {
    this.departures.hold(() => this.socket.terminate());
  }

  /**
   * @param listener gets text; null stands for a binary frame
   * @param perSecond messages, pings and pongs that the client may send in a second of the venue's clock
   */
  onMessage(listener: (text: string | null) => void, perSecond = Infinity): void {
    this.#perSecond = perSecond;
    this.socket.on('message', (data: RawData, isBinary: boolean) => {
      if (this.#admit()) listener(isBinary ? null : (data as Buffer).toString('utf8'));
    });
  }

  onClose(listener: () => void): void {
    this.socket.on('close', listener);
  }

  /** Sends a ping; ends a connection that answers none, or that is a day old. */
  heartbeat(): void {
    const now = this.now();
    if (now - this.#openedAt >= LONGEST_LIFE_MS) return this.socket.close(GOING_AWAY, 'Connection is 24 hours old');
    if (this.#unanswered > this.habits.unansweredPings) return this.socket.terminate();
    this.#unanswered += 1;
    this.#lastPing = String(now);
    this.socket.ping(this.#lastPing);
  }

  /** Counts something the client sent. @returns false, and closes, when it sends more than it may */
  #admit(): boolean {
    if (this.socket.readyState !== this.socket.OPEN) return false;
    const second = Math.floor(this.now() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#received = 0;
    }
    this.#received += 1;
    if (this.#received <= this.#perSecond) return true;
    this.departures.hold(() => this.socket.close(POLICY_VIOLATION, 'Too many requests'));
    return false;
  }
}
