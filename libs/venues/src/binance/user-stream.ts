import { createHmac } from 'node:crypto';
import type { Clock } from '#domain';
import type { Gap, Subscription, UserEvent, VenueClock } from '../ports.js';
import type { Random } from '../transport/backoff.js';
import { LiveSocket } from '../transport/live-socket.js';
import { decode, parseJson } from './decode.js';
import * as map from './map.js';
import * as wire from './wire-schemas.js';

export interface UserStreamOptions {
  /** `ws://host:port/ws-api/v3`. */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly clock: Clock;
  readonly venueClock: VenueClock;
  readonly random: Random;
  /** Default 5,000 ms. */
  readonly pingEveryMs?: number;
  /** Default 12,000 ms: two pings unanswered. */
  readonly deadAfterMs?: number;
  /** Default 30,000 ms: no event for so long is reported as a gap; who has no open orders may ignore it. */
  readonly silenceMs?: number;
  /** Default 5,000 ms for the reply to the subscription. */
  readonly subscribeTimeoutMs?: number;
  /** Default 1,000 ms: first wait before a new connection; doubles to 30 s. */
  readonly firstRetryMs?: number;
}

/**
 * The user-data stream of Binance spot over its WebSocket API (venues.md A8). It only makes things faster:
 * after every connect, and whenever something may have been missed, it calls for a reconciliation.
 */
export class BinanceUserStream implements Subscription {
  private readonly socket: LiveSocket;
  private readonly silenceMs: number;
  private subscribed = false;
  private requestId = 0;
  private subscribeTimer: NodeJS.Timeout | null = null;
  private silenceTimer: NodeJS.Timeout | null = null;

  constructor(
    private readonly options: UserStreamOptions,
    private readonly onEvent: (event: UserEvent) => void,
    private readonly onGap: (gap: Gap) => void,
  ) {
    this.silenceMs = options.silenceMs ?? 30_000;
    this.socket = new LiveSocket({
      url: () => options.url,
      onOpen: () => this.subscribe(),
      onText: (text) => this.receive(text),
      onDown: (reason) => this.down(reason),
      pingEveryMs: options.pingEveryMs ?? 5_000,
      deadAfterMs: options.deadAfterMs ?? 12_000,
      firstRetryMs: options.firstRetryMs ?? 1_000,
      random: options.random,
    });
    this.socket.start();
  }

  get live(): boolean {
    return this.subscribed;
  }

  async close(): Promise<void> {
    this.subscribed = false;
    this.stopTimers();
    await this.socket.close();
  }

  private subscribe(): void {
    this.requestId += 1;
    const params: Record<string, string | number> = {
      apiKey: this.options.apiKey,
      recvWindow: 5_000,
      timestamp: Math.round(this.options.venueClock.now()),
    };
    const signed = Object.keys(params)
      .sort()
      .map((name) => `${name}=${params[name]}`)
      .join('&');
    const signature = createHmac('sha256', this.options.apiSecret).update(signed).digest('hex');
    this.subscribeTimer = setTimeout(
      () => this.socket.reconnect('no reply to the subscription'),
      this.options.subscribeTimeoutMs ?? 5_000,
    );
    this.socket.send(
      JSON.stringify({
        id: String(this.requestId),
        method: 'userDataStream.subscribe.signature',
        params: { ...params, signature },
      }),
    );
  }

  private receive(text: string): void {
    const frame = parseJson(text);
    const event = wire.userFrame.safeParse(frame);
    if (event.success) return this.receiveEvent(event.data.event);
    const reply = wire.apiReply.safeParse(frame);
    if (!reply.success) return this.onGap({ reason: 'MALFORMED_FRAME' });
    if (reply.data.id !== String(this.requestId)) return;
    if (this.subscribeTimer !== null) clearTimeout(this.subscribeTimer);
    if (reply.data.status !== 200) {
      return this.socket.reconnect(`subscription refused: ${reply.data.error?.code ?? reply.data.status}`);
    }
    this.subscribed = true;
    this.watchSilence();
    this.onGap({ reason: 'CONNECTED' });
  }

  private receiveEvent(event: { readonly e: string }): void {
    this.watchSilence();
    switch (event.e) {
      case 'executionReport': {
        const mapped = decode(wire.executionReport, (row) => map.orderEvent(row, this.options.clock.now()), event);
        // An event that cannot be read may have been a fill: let the reconciliation find it.
        return mapped.ok ? this.onEvent(mapped.value) : this.onGap({ reason: 'MALFORMED_EVENT' });
      }
      case 'outboundAccountPosition': {
        const mapped = decode(wire.accountPosition, map.positionEvent, event);
        return mapped.ok ? this.onEvent(mapped.value) : this.onGap({ reason: 'MALFORMED_EVENT' });
      }
      case 'eventStreamTerminated':
        return this.socket.reconnect('the venue ended the stream');
      default:
        return; // balanceUpdate, listStatus and later kinds: deposits and lists are not ours
    }
  }

  private down(reason: string): void {
    const wasLive = this.subscribed;
    this.subscribed = false;
    this.stopTimers();
    if (wasLive) this.onGap({ reason: 'DISCONNECTED', detail: reason });
  }

  private watchSilence(): void {
    if (this.silenceTimer !== null) clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => {
      this.watchSilence();
      this.onGap({ reason: 'SILENCE' });
    }, this.silenceMs);
  }

  private stopTimers(): void {
    if (this.subscribeTimer !== null) clearTimeout(this.subscribeTimer);
    if (this.silenceTimer !== null) clearTimeout(this.silenceTimer);
  }
}
