import type { Cause, Gap, SpendStreamCall, UserEvent, VenueClock } from '../ports.js';
import type { Result } from '#domain';
import { implausible } from '../implausible.js';
import type { Random } from '../transport/backoff.js';
import { LiveSocket } from '../transport/live-socket.js';
import { parseJson } from './decode.js';

export interface UserSocketTiming {
  /** Pays for what the stream asks of the venue; without it that is free. */
  readonly spend?: SpendStreamCall;
  readonly random: Random;
  /** Default 5,000 ms. */
  readonly pingEveryMs?: number;
  /** Default 12,000 ms: two pings unanswered. */
  readonly deadAfterMs?: number;
  /** Default 30,000 ms: no event for so long is reported as a gap; who has no open orders may ignore it. */
  readonly silenceMs?: number;
  /** Default 1,000 ms: first wait before a new connection; doubles to 30 s. */
  readonly firstRetryMs?: number;
}

export interface UserSocketParts extends UserSocketTiming {
  readonly venueClock: VenueClock;
  /** A connection's name in the table of costs; absent where the venue does not count connections. */
  readonly connectCall?: string;
  readonly url: () => string | Promise<string>;
  readonly onOpen: () => void;
  /** A frame as JSON; undefined when it is none. */
  readonly onFrame: (frame: unknown) => void;
  /** The connection is gone or an attempt failed. */
  readonly onDown?: () => void;
}

/**
 * The connection under a stream of user events: kept up, watched for silence, and every moment in which something may
 * have been missed reported as a gap.
 */
export class UserSocket {
  private readonly socket: LiveSocket;
  private readonly silenceMs: number;
  private readonly venueClock: VenueClock;
  private established = false;
  private silence: NodeJS.Timeout | null = null;

  constructor(
    parts: UserSocketParts,
    private readonly onEvent: (event: UserEvent) => void,
    private readonly onGap: (gap: Gap) => void,
  ) {
    this.silenceMs = parts.silenceMs ?? 30_000;
    this.venueClock = parts.venueClock;
    const { spend, connectCall } = parts;
    this.socket = new LiveSocket({
      pay:
        spend === undefined || connectCall === undefined
          ? undefined
          : () => spend(connectCall).then((answered) => () => answered()),
      url: parts.url,
      onOpen: parts.onOpen,
      onText: (text) => parts.onFrame(parseJson(text)),
      onDown: (reason) => {
        parts.onDown?.();
        this.down(reason);
      },
      pingEveryMs: parts.pingEveryMs ?? 5_000,
      deadAfterMs: parts.deadAfterMs ?? 12_000,
      firstRetryMs: parts.firstRetryMs ?? 1_000,
      random: parts.random,
    });
  }

  /** True while events arrive. */
  get live(): boolean {
    return this.established;
  }

  start(): void {
    this.socket.start();
  }

  send(text: string): void {
    this.socket.send(text);
  }

  reconnect(reason: string): void {
    this.socket.reconnect(reason);
  }

  /** Events arrive from now on; what happened before is not known. */
  connected(): void {
    this.established = true;
    this.heard();
    this.gap('CONNECTED');
  }

  /** Something of the venue arrived. */
  heard(): void {
    if (this.silence !== null) clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.heard();
      this.gap('SILENCE');
    }, this.silenceMs);
  }

  gap(reason: Gap['reason']): void {
    this.onGap({ reason });
  }

  /** Hands events on. One that cannot be read, or be true, may have been a fill: let the reconciliation find it. */
  deliver(events: Result<readonly UserEvent[], Cause>): void {
    if (!events.ok) return this.gap('MALFORMED_EVENT');
    for (const event of events.value) {
      const odd = implausible(event, this.venueClock);
      if (odd === null) this.onEvent(event);
      else this.onGap({ reason: 'MALFORMED_EVENT', detail: odd });
    }
  }

  async close(): Promise<void> {
    this.established = false;
    this.stopWatching();
    await this.socket.close();
  }

  private down(reason: string): void {
    const wasLive = this.established;
    this.established = false;
    this.stopWatching();
    if (wasLive) this.onGap({ reason: 'DISCONNECTED', detail: reason });
  }

  private stopWatching(): void {
    if (this.silence !== null) clearTimeout(this.silence);
  }
}
