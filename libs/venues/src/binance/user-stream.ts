import { createHmac } from 'node:crypto';
import type { Clock } from '#domain';
import type { Gap, Subscription, UserEvent, VenueClock } from '../ports.js';
import { decode } from './decode.js';
import * as map from './map.js';
import { UserSocket, type UserSocketTiming } from './user-socket.js';
import * as wire from './wire-schemas.js';

export interface UserStreamOptions extends UserSocketTiming {
  /** `ws://host:port/ws-api/v3`. */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly clock: Clock;
  readonly venueClock: VenueClock;
  /** Default 5,000 ms for the reply to the subscription. */
  readonly subscribeTimeoutMs?: number;
}

/**
 * The user-data stream of Binance spot over its WebSocket API (venues.md A8). It only makes things faster:
 * after every connect, and whenever something may have been missed, it calls for a reconciliation.
 */
export class BinanceUserStream implements Subscription {
  private readonly socket: UserSocket;
  private requestId = 0;
  private subscribeTimer: NodeJS.Timeout | null = null;

  constructor(
    private readonly options: UserStreamOptions,
    onEvent: (event: UserEvent) => void,
    onGap: (gap: Gap) => void,
  ) {
    this.socket = new UserSocket(
      {
        ...options,
        url: () => options.url,
        onOpen: () => this.subscribe(),
        onFrame: (frame) => this.receive(frame),
        onDown: () => this.stopWaiting(),
      },
      onEvent,
      onGap,
    );
    this.socket.start();
  }

  get live(): boolean {
    return this.socket.live;
  }

  close(): Promise<void> {
    this.stopWaiting();
    return this.socket.close();
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

  private receive(frame: unknown): void {
    const event = wire.userFrame.safeParse(frame);
    if (event.success) return this.receiveEvent(event.data.event);
    const reply = wire.apiReply.safeParse(frame);
    if (!reply.success) return this.socket.gap('MALFORMED_FRAME');
    if (reply.data.id !== String(this.requestId)) return;
    this.stopWaiting();
    if (reply.data.status !== 200) {
      return this.socket.reconnect(`subscription refused: ${reply.data.error?.code ?? reply.data.status}`);
    }
    this.socket.connected();
  }

  private receiveEvent(event: { readonly e: string }): void {
    this.socket.heard();
    switch (event.e) {
      case 'executionReport':
        return this.socket.deliver(
          decode(wire.executionReport, (row) => [map.orderEvent(row, this.options.clock.now())], event),
        );
      case 'outboundAccountPosition':
        return this.socket.deliver(decode(wire.accountPosition, (row) => [map.positionEvent(row)], event));
      case 'eventStreamTerminated':
        return this.socket.reconnect('the venue ended the stream');
      default:
        return; // balanceUpdate, listStatus and later kinds: deposits and lists are not ours
    }
  }

  private stopWaiting(): void {
    if (this.subscribeTimer !== null) clearTimeout(this.subscribeTimer);
  }
}
