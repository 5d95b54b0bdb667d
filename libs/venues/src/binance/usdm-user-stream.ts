import { z } from 'zod';
import type { Clock } from '#domain';
import type { Balance, Gap, Read, Subscription, UserEvent, VenueClock } from '../ports.js';
import type { BinanceCalls } from './calls.js';
import { decode } from './decode.js';
import { UserSocket, type UserSocketTiming } from './user-socket.js';
import * as map from './usdm-map.js';
import * as wire from './usdm-wire-schemas.js';

export interface UsdmUserStreamOptions extends UserSocketTiming {
  /** `ws://host:port`; the stream is below it. */
  readonly streamUrl: string;
  /** Of the account: makes and extends the key of the stream. */
  readonly calls: Pick<BinanceCalls, 'keyed'>;
  readonly lockedOf: (asset: string) => Balance['locked'] | undefined;
  readonly clock: Clock;
  readonly venueClock: VenueClock;
  /** Default 20 min: a key that is not extended ends after 60. */
  readonly keepAliveMs?: number;
  /** Default 60 s: wait after a failed extension. */
  readonly keepAliveRetryMs?: number;
  /** Default 23 h 50 min: the venue ends a connection after 24 h, at a moment of its own. */
  readonly maxAgeMs?: number;
}

const anyEvent = z.looseObject({ e: z.string() });
/** Of an extension: there is no such key any more. */
const NO_SUCH_KEY = '-1125';

/**
 * The user-data stream of Binance USD-M (venues.md A8): a key from REST, extended while the stream runs, and a new one
 * for each connection. As on spot it only makes things faster.
 */
export class BinanceUsdmUserStream implements Subscription {
  private readonly socket: UserSocket;
  private keepAlive: NodeJS.Timeout | null = null;
  private ageLimit: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(
    private readonly options: UsdmUserStreamOptions,
    onEvent: (event: UserEvent) => void,
    onGap: (gap: Gap) => void,
  ) {
    this.socket = new UserSocket(
      {
        ...options,
        url: () => this.address(),
        onOpen: () => this.opened(),
        onFrame: (frame) => this.receive(frame),
        onDown: () => this.stopTimers(),
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
    this.closed = true;
    this.stopTimers();
    return this.socket.close();
  }

  /** The venue gives the same key again while it is valid, and extends it. */
  private async address(): Promise<string> {
    const made = await this.listenKey('POST');
    if (made.kind === 'failed') throw new Error(`no listen key: ${made.why.code} ${made.why.text}`);
    return `${this.options.streamUrl}/private/ws?listenKey=${made.value}`;
  }

  private opened(): void {
    this.extendIn(this.options.keepAliveMs ?? 1_200_000);
    this.ageLimit = setTimeout(
      () => this.socket.reconnect('the connection is about to reach its greatest age'),
      this.options.maxAgeMs ?? 85_800_000,
    );
    this.socket.connected();
  }

  private extendIn(ms: number): void {
    if (this.keepAlive !== null) clearTimeout(this.keepAlive);
    this.keepAlive = setTimeout(() => void this.extend(), ms);
  }

  private async extend(): Promise<void> {
    const done = await this.listenKey('PUT').catch((error: unknown): Read<string> => {
      return { kind: 'failed', why: { code: 'BUDGET', text: error instanceof Error ? error.message : String(error) } };
    });
    if (this.closed || !this.socket.live) return;
    if (done.kind === 'ok') return this.extendIn(this.options.keepAliveMs ?? 1_200_000);
    if (done.why.code === NO_SUCH_KEY) return this.expired();
    this.extendIn(this.options.keepAliveRetryMs ?? 60_000);
  }

  private async listenKey(method: 'POST' | 'PUT'): Promise<Read<string>> {
    // An extension need not name the key again.
    const body = method === 'POST' ? wire.listenKeyBody : wire.listenKeyBody.partial();
    const answered = await this.options.spend?.(`${method} /fapi/v1/listenKey`);
    const read = await this.options.calls.keyed(method, 'listenKey', body, ({ listenKey }) => listenKey ?? '');
    await answered?.(read.meta);
    return read;
  }

  private expired(): void {
    this.socket.gap('LISTEN_KEY_EXPIRED');
    this.socket.reconnect('the listen key expired');
  }

  private receive(frame: unknown): void {
    const event = anyEvent.safeParse(frame);
    if (!event.success) return this.socket.gap('MALFORMED_FRAME');
    this.socket.heard();
    switch (event.data.e) {
      case 'ORDER_TRADE_UPDATE':
        return this.socket.deliver(
          decode(wire.orderTradeUpdate, (row) => [map.orderEvent(row, this.options.clock.now())], frame),
        );
      case 'ACCOUNT_UPDATE':
        return this.socket.deliver(
          decode(
            wire.accountUpdate,
            (row) => [...map.balanceEvents(row, this.options.lockedOf), ...map.positionEvents(row)],
            frame,
          ),
        );
      case 'ACCOUNT_CONFIG_UPDATE':
        return this.socket.gap('SETTINGS_CHANGED');
      case 'listenKeyExpired':
        return this.expired();
      default:
        return; // TRADE_LITE comes again in full; margin calls are read with the next comparison
    }
  }

  private stopTimers(): void {
    if (this.keepAlive !== null) clearTimeout(this.keepAlive);
    if (this.ageLimit !== null) clearTimeout(this.ageLimit);
  }
}
