import { LiveSocket, type LiveSocketOptions } from '../../transport/live-socket.js';

/** New streams are asked for together: the venue takes five messages a second. */
const SUBSCRIBE_DELAY_MS = 250;

export interface StreamDoorParts extends Omit<LiveSocketOptions, 'url'> {
  /** `ws://host:port/stream`. */
  readonly address: string;
  /** Names of the streams that are wanted now. */
  readonly wanted: () => Set<string>;
  /** Streams were added to the connection that stands. */
  readonly onJoined: () => void;
}

/** One connection that carries the streams that are wanted, as that changes. */
export class StreamDoor {
  private readonly socket: LiveSocket;
  /** Streams that the present connection carries. */
  private subscribed = new Set<string>();
  private joining: NodeJS.Timeout | null = null;
  private requestId = 0;
  private opens = 0;

  constructor(private readonly parts: StreamDoorParts) {
    this.socket = new LiveSocket({ ...parts, url: () => this.url(), onOpen: () => this.opened() });
  }

  get isOpen(): boolean {
    return this.socket.isOpen;
  }

  /** Which of its connections stands, by number; null while none does. */
  get connection(): number | null {
    return this.isOpen ? this.opens : null;
  }

  get silentMs(): number {
    return this.isOpen ? performance.now() - this.socket.lastHeardAt : 0;
  }

  reconnect(reason: string): void {
    this.socket.reconnect(reason);
  }

  /** More is wanted: what comes in one go connects in one go. */
  more(): void {
    this.joining ??= setTimeout(() => this.join(), this.socket.isOpen ? SUBSCRIBE_DELAY_MS : 0);
  }

  /** Less is wanted. */
  less(): void {
    const wanted = this.parts.wanted();
    this.request(
      'UNSUBSCRIBE',
      [...this.subscribed].filter((name) => !wanted.has(name)),
    );
    this.subscribed = wanted;
  }

  async close(): Promise<void> {
    if (this.joining !== null) clearTimeout(this.joining);
    await this.socket.close();
  }

  private url(): string {
    this.subscribed = this.parts.wanted();
    return `${this.parts.address}?streams=${[...this.subscribed].join('/')}`;
  }

  private opened(): void {
    this.opens += 1;
    this.parts.onOpen();
    // Streams that came while the connection was being made.
    if ([...this.parts.wanted()].some((name) => !this.subscribed.has(name))) this.join();
  }

  private join(): void {
    this.joining = null;
    if (!this.socket.isOpen) return this.socket.start();
    const missing = [...this.parts.wanted()].filter((name) => !this.subscribed.has(name));
    this.request('SUBSCRIBE', missing);
    for (const name of missing) this.subscribed.add(name);
    this.parts.onJoined();
  }

  private request(method: 'SUBSCRIBE' | 'UNSUBSCRIBE', params: readonly string[]): void {
    if (params.length === 0) return;
    this.requestId += 1;
    this.socket.send(JSON.stringify({ method, params, id: this.requestId }));
  }
}
