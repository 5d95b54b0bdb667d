import { createHmac } from 'node:crypto';
import type { Clock } from '#domain';
import type { Gap, Subscription, UserEvent, VenueClock, WireMeta } from '../ports.js';
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
  /** Of the subscription that waits for its reply. */
  private answered: ((meta?: WireMeta) => Promise<void>) | null = null;

  constructor(
    private readonly options: UserStreamOptions,
    onEvent: (event: UserEvent) => void,
    onGap: (gap: Gap) => void,
  ) {
    this.socket = new UserSocket(
      {
        ...options,
        url: () => options.url,
        connectCall: 'WS connect',
        onOpen: () => void this.subscribe(),
        onFrame: (frame) => this.receive(frame),
        onDown: () => this.gone(),
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
    this.gone();
    return this.socket.close();
  }

  /** The request counts as weight of its own, and may have to wait for it. */
  private async subscribe(): Promise<void> {
    this.requestId += 1;
    const id = this.requestId;
    try {
      const answered = await this.options.spend?.('WS userDataStream.subscribe');
      if (id !== this.requestId) return void answered?.();
      this.answered = answered ?? null;
    } catch (error) {
      return this.socket.reconnect(error instanceof Error ? error.message : String(error));
    }
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

  private gone(): void {
    this.requestId += 1; // a subscription that still waits to be paid is not for the next connection
    this.stopWaiting();
  }

  private stopWaiting(): void {
    this.answered?.().catch(() => undefined); // what is not told stays held to its end
    this.answered = null;
    if (this.subscribeTimer !== null) clearTimeout(this.subscribeTimer);
  }
}
