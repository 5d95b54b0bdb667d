import type { WebSocket } from 'ws';
import type { Departures } from '../journal/departures.js';

const MESSAGES_PER_SECOND = 5;
const POLICY_VIOLATION = 1008;

/** One WebSocket with the vendor's limit on messages a client may send. */
export class Connection {
  #second = 0;
  #received = 0;
  #alive = true;

  constructor(
    readonly socket: WebSocket,
    readonly ip: string,
    private readonly now: () => number,
    private readonly departures: Departures,
  ) {
    socket.on('pong', () => (this.#alive = true));
    socket.on('error', () => socket.terminate());
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

  /** @returns false, and closes, when the client sends more than it may */
  admitMessage(): boolean {
    const second = Math.floor(this.now() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#received = 0;
    }
    this.#received += 1;
    if (this.#received <= MESSAGES_PER_SECOND) return true;
    this.socket.close(POLICY_VIOLATION, 'Too many requests');
    return false;
  }

  /** Sends a ping; a client that did not answer the one before is cut off. */
  heartbeat(): void {
    if (!this.#alive) return this.socket.terminate();
    this.#alive = false;
    this.socket.ping();
  }
}
