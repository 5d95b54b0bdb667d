import type { RawData, WebSocket } from 'ws';
import type { OrderUpdate, TokenOwner } from '#persistence';
import { takeToken, type BucketState } from '../auth/token-bucket.js';
import { CLOSE, type Closing, type SocketLimits } from './limits.js';
import { readCommand, type Command } from './read-command.js';
import { frames } from './update-frames.js';
import type { UpdateSource } from './update-source.js';

/** Read from the database at a time, but never so many that a page fills the half of the queue that is left. */
const PAGE = 200;

export interface SocketEvents {
  onFrame(direction: 'in' | 'out'): void;
  onUpdateSent(update: OrderUpdate): void;
  onClosing(closing: Closing): void;
  onError(error: unknown): void;
}

/**
 * One connection: what it asked for, how far it has been told, and how much it has not read yet. Every connection reads
 * the updates after its own `seq` from the store, so a slow one holds up no other and costs no memory but its queue.
 */
export class UpdateSocket {
  /** The last update that was sent; null while not subscribed. */
  private cursor: number | null = null;
  /** Missed updates up to here are sent no faster than they are read. */
  private replayUntil = 0;
  private queued = 0;
  private onRead: (() => void) | undefined;
  private commands: Promise<void> = Promise.resolve();
  private sending: Promise<void> | undefined;
  private isWoken = false;
  private framesIn: BucketState | undefined;
  private readonly silence: NodeJS.Timeout;
  private readonly page: number;

  constructor(
    private readonly socket: WebSocket,
    readonly owner: TokenOwner,
    readonly tokenHash: string,
    private readonly source: UpdateSource,
    private readonly limits: SocketLimits,
    private readonly events: SocketEvents,
  ) {
    this.page = Math.min(PAGE, Math.ceil(limits.queuedFrames / 4));
    this.silence = setTimeout(() => this.close(CLOSE.silent), limits.silenceMs);
    socket.on('message', (data, isBinary) => this.take(data, isBinary));
    socket.on('ping', () => this.silence.refresh());
    socket.on('close', () => {
      clearTimeout(this.silence);
      this.cursor = null;
      this.onRead?.();
    });
  }

  get isSubscribed(): boolean {
    return this.cursor !== null;
  }

  /** True when the user's newest update has not been sent yet. */
  isBehind(newest: number): boolean {
    return this.cursor !== null && this.cursor < newest;
  }

  /** Sends what has come since; returns at once. */
  wake(): void {
    this.isWoken = true;
    this.sending ??= this.sendUpdates().finally(() => {
      this.sending = undefined;
      if (this.isWoken && this.isSubscribed) this.wake();
    });
  }

  close(closing: Closing): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    this.cursor = null;
    this.events.onClosing(closing);
    this.socket.close(closing.code, closing.text);
  }

  /** Ends the connection without waiting for the other side. */
  terminate(): void {
    this.socket.terminate();
  }

  private take(data: RawData, isBinary: boolean): void {
    if (this.socket.readyState !== this.socket.OPEN) return; // closed by us; it has not said goodbye yet
    this.silence.refresh();
    this.events.onFrame('in');
    const taken = takeToken(this.limits.framesIn, this.framesIn, performance.now());
    this.framesIn = taken.state;
    if (!taken.granted) return this.close(CLOSE.tooFast);
    const command = isBinary ? null : readCommand((data as Buffer).toString('utf8'));
    // One after the other: an answer never overtakes the one before.
    this.commands = this.commands.then(() => this.answer(command)).catch((error: unknown) => this.fail(error));
  }

  private async answer(command: Command | null): Promise<void> {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (command === null) return this.send(frames.unknownCommand());
    if (command.name === 'keep_alive') return this.send(frames.keepAlive());
    this.cursor = null;
    this.onRead?.();
    await this.sending;
    if (command.name === 'unsubscribe') return this.send(frames.unsubscribed());
    await this.subscribe(command.since);
  }

  private async subscribe(since: number | null): Promise<void> {
    const { pruned, last } = await this.source.range(this.owner);
    if (this.socket.readyState !== this.socket.OPEN) return;
    const isGap = since !== null && (since > last || since < pruned);
    this.cursor = since === null || isGap ? last : since;
    this.replayUntil = last;
    this.send(frames.subscribed(last));
    if (isGap) this.send(frames.gap(last));
    this.wake();
  }

  private async sendUpdates(): Promise<void> {
    this.isWoken = false;
    try {
      let isMore = true;
      while (isMore) isMore = this.cursor !== null && (await this.sendPage(this.cursor));
    } catch (error) {
      this.isWoken = false; // the next wake-up tries again
      this.events.onError(error);
    }
  }

  /** True when there may be more to send. */
  private async sendPage(from: number): Promise<boolean> {
    const { updates, range } = await this.source.after(this.owner, from, this.page);
    for (const update of updates) {
      // Unsubscribed or closed meanwhile.
      if (this.cursor === null) return false;
      if (update.seq !== this.cursor + 1) return this.skipTo(range.last);
      this.cursor = update.seq;
      this.send(frames.update(update));
      this.events.onUpdateSent(update);
    }
    if (this.cursor === null) return false;
    if (updates.length === 0 && this.cursor < range.last) return this.skipTo(range.last);
    if (this.cursor < this.replayUntil) await this.untilRead();
    return updates.length === this.page;
  }

  /** What comes next is no longer kept: the client must list its orders again. */
  private skipTo(last: number): boolean {
    this.cursor = last;
    this.send(frames.gap(last));
    return true;
  }

  private send(text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    this.queued += 1;
    if (this.queued > this.limits.queuedFrames) return this.close(CLOSE.queueFull);
    this.events.onFrame('out');
    this.socket.send(text, () => {
      this.queued -= 1;
      if (this.queued <= this.limits.queuedFrames / 2) this.onRead?.();
    });
  }

  /** Waits until at most half of the queue is taken: a replay must not fill it. */
  private async untilRead(): Promise<void> {
    if (this.queued <= this.limits.queuedFrames / 2) return;
    await new Promise<void>((resolve) => (this.onRead = resolve));
    this.onRead = undefined;
  }

  private fail(error: unknown): void {
    this.events.onError(error);
    this.close(CLOSE.unavailable);
  }
}
