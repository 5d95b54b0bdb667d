import { backoffMs } from './backoff.js';
import { AT_NO_POSITION, readFrame, subscribeCommand, type OrderUpdate } from './stream-frames.js';

/** As much of a WebSocket as we use. */
export interface Socket {
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  send(text: string): void;
  close(): void;
}

/** What the page says about its connection. Times are in ms of `now()`. */
export type StreamState =
  | { readonly phase: 'connecting' }
  | { readonly phase: 'live' }
  /** `since` is when the first of these attempts was lost; `retryAt` is null while one is under way. */
  | { readonly phase: 'lost'; readonly since: number; readonly reason: string; readonly retryAt: number | null };

export interface OrderStreamOptions {
  readonly connect: () => Socket;
  readonly now: () => number;
  readonly random: () => number;
  readonly setTimer: (work: () => void, ms: number) => number;
  readonly clearTimer: (timer: number) => void;
  readonly onState: (state: StreamState) => void;
  readonly onUpdate: (update: OrderUpdate) => void;
  readonly onRelist: () => void;
  readonly onUnauthorized: () => void;
}

/** The server ends connections that say nothing for 30 s. */
export const KEEP_ALIVE_MS = 5_000;
/** Longer without any frame, though we ask every 5 s: the connection is dead, whatever the socket says. */
export const SILENCE_MS = 12_000;
/** Longer from the attempt to the subscription: the same. */
export const CONNECT_LIMIT_MS = 8_000;

const REASONS: Readonly<Record<number, string>> = {
  4408: 'the server heard nothing from this page',
  4413: 'this page fell behind',
  4429: 'too many connections of this user are open',
};

/** Keeps one subscription to `/ws/orders/` alive for as long as the page lives, and says when it does not. */
export class OrderStream {
  private position = AT_NO_POSITION;
  private state: StreamState = { phase: 'connecting' };
  private socket: Socket | null = null;
  private attempt = 0;
  private lastHeardAt = 0;
  private retryTimer: number | null = null;
  private beatTimer: number | null = null;
  private isStopped = false;

  constructor(private readonly options: OrderStreamOptions) {}

  start(): void {
    this.open();
  }

  /** For good: nothing is called back any more. */
  stop(): void {
    this.isStopped = true;
    this.drop();
  }

  /** Does not wait for the next attempt: the user asks, the network is back, the page is looked at again. */
  retryNow(): void {
    if (this.isStopped) return;
    if (this.state.phase === 'live') this.beat();
    else if (this.retryTimer !== null) this.open();
  }

  private open(): void {
    this.drop();
    const socket = this.options.connect();
    const startedAt = this.options.now();
    this.socket = socket;
    this.lastHeardAt = startedAt;
    if (this.state.phase === 'lost') this.setState({ ...this.state, retryAt: null });
    const isCurrent = (): boolean => this.socket === socket;
    socket.onopen = () => {
      if (isCurrent()) socket.send(subscribeCommand(this.position));
    };
    socket.onmessage = (event: { readonly data: unknown }) => {
      if (isCurrent() && typeof event.data === 'string') this.take(event.data);
    };
    socket.onclose = (event: { readonly code: number }) => {
      if (isCurrent()) this.lose(event.code, 'the connection was closed');
    };
    this.beatTimer = this.options.setTimer(() => {
      this.beatTimer = null;
      if (isCurrent() && this.state.phase !== 'live') this.lose(0, 'the server does not answer');
    }, CONNECT_LIMIT_MS);
  }

  private take(text: string): void {
    this.lastHeardAt = this.options.now();
    const reading = readFrame(this.position, text);
    this.position = reading.position;
    if (reading.isSubscribed && this.state.phase !== 'live') {
      this.attempt = 0;
      this.setState({ phase: 'live' });
      this.scheduleBeat();
    }
    if (reading.update !== null) this.options.onUpdate(reading.update);
    if (reading.mustRelist) this.options.onRelist();
  }

  private scheduleBeat(): void {
    if (this.beatTimer !== null) this.options.clearTimer(this.beatTimer);
    this.beatTimer = this.options.setTimer(() => {
      this.beatTimer = null;
      this.beat();
    }, KEEP_ALIVE_MS);
  }

  private beat(): void {
    if (this.options.now() - this.lastHeardAt > SILENCE_MS) return this.lose(0, 'the connection went silent');
    this.socket?.send(JSON.stringify({ command: 'keep_alive' }));
    this.scheduleBeat();
  }

  private lose(code: number, reason: string): void {
    this.drop();
    if (this.isStopped) return;
    if (code === 4401) {
      this.stop();
      return this.options.onUnauthorized();
    }
    const now = this.options.now();
    const waitMs = backoffMs(code === 4429 ? Math.max(this.attempt, 5) : this.attempt, this.options.random());
    this.attempt += 1;
    this.setState({
      phase: 'lost',
      since: this.state.phase === 'lost' ? this.state.since : now,
      reason: REASONS[code] ?? reason,
      retryAt: now + waitMs,
    });
    this.retryTimer = this.options.setTimer(() => {
      this.retryTimer = null;
      this.open();
    }, waitMs);
  }

  /** Lets go of socket and timers. */
  private drop(): void {
    for (const timer of [this.retryTimer, this.beatTimer]) if (timer !== null) this.options.clearTimer(timer);
    this.retryTimer = null;
    this.beatTimer = null;
    const { socket } = this;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  private setState(state: StreamState): void {
    this.state = state;
    this.options.onState(state);
  }
}
