import type { Clock } from '#domain';
import type { Gap, GapReason, Read, SpendStreamCall, Subscription, UserEvent, VenueClock } from '../../ports.js';
import { backoffMs, type Random } from '../../transport/backoff.js';
import type { CcxtExchange } from '../load-ccxt.js';
import { guarded } from '../outcome.js';
import { readJson } from '../read-json.js';
import { implausible } from '../../implausible.js';
import { ProConnection } from './pro-connection.js';
import type { StreamToken, UserFrameReader, UserStreamProtocol } from './protocol.js';
import { SeenEvents } from './seen-events.js';

export interface UserStreamTiming {
  /** Default 10,000 ms. */
  readonly pingEveryMs?: number;
  /** Default 35,000 ms without any frame, answers to pings included, before a connection is given up. */
  readonly deadAfterMs?: number;
  /** Default 30,000 ms of the same before a gap is told. */
  readonly silenceMs?: number;
  /** Default 10,000 ms for the login and each subscription. */
  readonly subscribeTimeoutMs?: number;
  /** Default 1,000 ms before the first new attempt; doubles to 30 s. */
  readonly firstRetryMs?: number;
  readonly random: Random;
}

export const PING_EVERY_MS = 10_000;
/** A connection that ended sooner counts like a failed one: venues limit connections, not only failures. */
const SETTLED_AFTER_MS = 30_000;
const MAX_DETAIL_CHARS = 200;

export interface CcxtUserStreamParts extends UserStreamTiming {
  readonly protocol: UserStreamProtocol;
  /** Under which key the stream is opened. */
  readonly account: string;
  /** A fresh instance for every connection: ccxt keeps subscriptions and errors of those before. */
  readonly open: () => Promise<CcxtExchange>;
  /** One request of the session. */
  readonly ask: (ask: StreamToken['ask']) => Promise<Read<string>>;
  readonly spend?: SpendStreamCall;
  /** Takes keys out of a text. */
  readonly hide: (text: string) => string;
  readonly clock: Clock;
  readonly venueClock: VenueClock;
}

/**
 * The user stream of an account at a venue that `ccxt.pro` knows (venues.md A8). It speeds up and never decides: after
 * each connection, and whenever something may have been missed, it calls for a comparison.
 */
export class CcxtUserStream implements Subscription {
  private connection: ProConnection | null = null;
  private reader: UserFrameReader = () => ({ kind: 'sound' });
  /** Subscriptions asked for on this connection. */
  private asked = 0;
  private established = false;
  private closed = false;
  private openedAt: number | null = null;
  /** Connections in a row that failed or did not last. */
  private unsettled = 0;
  private retry: NodeJS.Timeout | null = null;
  private silence: NodeJS.Timeout | null = null;
  private dead: NodeJS.Timeout | null = null;
  private subscribing: NodeJS.Timeout | null = null;
  private readonly seen = new SeenEvents();
  /** Told when the connection stands. */
  private readonly unsettledCosts: Awaited<ReturnType<SpendStreamCall>>[] = [];

  constructor(
    private readonly parts: CcxtUserStreamParts,
    private readonly onEvent: (event: UserEvent) => void,
    private readonly onGap: (gap: Gap) => void,
  ) {
    this.begin();
  }

  get live(): boolean {
    return this.established;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.established = false;
    this.stopTimers();
    this.settle();
    const { connection } = this;
    this.connection = null;
    await connection?.close();
  }

  private isClosed(): boolean {
    return this.closed;
  }

  private begin(): void {
    void this.connect().catch((error: unknown) => this.failed(error instanceof Error ? error.message : String(error)));
  }

  private async connect(): Promise<void> {
    const { protocol, open } = this.parts;
    for (const call of protocol.pays) await this.pay(call);
    if (this.isClosed()) return this.settle();
    const exchange = await open();
    if (protocol.token !== undefined) protocol.token.use(exchange, await this.tokenOf(protocol.token));
    if (this.isClosed()) return this.settle();
    this.reader = protocol.reader(this.parts.account);
    this.asked = 0;
    this.connection = new ProConnection(exchange, {
      onText: (text) => this.receive(text),
      onAlive: () => this.heard(),
      onLost: (reason) => this.failed(reason),
    });
    this.openedAt = performance.now();
    this.subscribeNext();
  }

  private async tokenOf({ ask, call }: StreamToken): Promise<string> {
    const answered = await this.parts.spend?.(call);
    const read = await this.parts.ask(ask);
    await answered?.(read.meta);
    if (read.kind === 'failed') throw new Error(`no token for the stream: ${read.why.code} ${read.why.text}`);
    return read.value;
  }

  private async pay(call: string): Promise<void> {
    const answered = await this.parts.spend?.(call);
    if (answered !== undefined) this.unsettledCosts.push(answered);
  }

  /** The connection stands, or came to nothing: what was paid for it counts from now on. */
  private settle(): void {
    for (const answered of this.unsettledCosts.splice(0)) void answered().catch(() => undefined);
  }

  private subscribeNext(): void {
    if (this.subscribing !== null) clearTimeout(this.subscribing);
    this.subscribing = null;
    const watch = this.parts.protocol.watches[this.asked];
    if (watch === undefined) return this.stands();
    this.asked += 1;
    this.subscribing = setTimeout(
      () => this.giveUp(`no answer to ${watch.method}`),
      this.parts.subscribeTimeoutMs ?? 10_000,
    );
    this.connection?.watch(watch);
  }

  /** Events arrive from now on; what happened before is not known. */
  private stands(): void {
    this.settle();
    this.established = true;
    this.heard();
    this.gap('CONNECTED');
  }

  private receive(text: string): void {
    this.heard();
    const { clock } = this.parts;
    const json = readJson(text);
    // Some vendors answer pings with a bare word.
    const frame = json === undefined && /^[a-z]{1,16}$/.test(text) ? text : json;
    if (typeof frame !== 'object' && typeof frame !== 'string') return this.gap('MALFORMED_FRAME');
    const read = guarded(() => this.reader(frame, clock.now()));
    if (!read.ok) return this.gap('MALFORMED_EVENT', read.error.text);
    const { value } = read;
    switch (value.kind) {
      case 'events':
        for (const event of value.events) this.deliver(event);
        return value.missing === undefined ? undefined : this.gap('SILENCE', value.missing);
      case 'subscribed':
        return this.established ? undefined : this.subscribeNext();
      case 'login':
        return this.connection?.handOver(text);
      case 'refused':
        return this.giveUp(value.text);
      case 'sound':
        return;
    }
  }

  private deliver(event: UserEvent): void {
    if (this.closed) return;
    const odd = implausible(event, this.parts.venueClock);
    if (odd !== null) return this.gap('MALFORMED_EVENT', odd);
    if (this.seen.isNew(event)) this.onEvent(event);
  }

  private heard(): void {
    if (!this.established) return;
    const { deadAfterMs = 35_000 } = this.parts;
    if (this.dead !== null) clearTimeout(this.dead);
    this.dead = setTimeout(() => this.giveUp(`silent for ${deadAfterMs} ms`), deadAfterMs);
    this.watchSilence();
  }

  private watchSilence(): void {
    if (this.silence !== null) clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.watchSilence();
      this.gap('SILENCE');
    }, this.parts.silenceMs ?? 30_000);
  }

  private giveUp(reason: string): void {
    const { connection } = this;
    if (connection === null) return;
    void connection.close();
    this.failed(reason);
  }

  private failed(reason: string): void {
    this.settle();
    if (this.closed) return;
    this.connection = null;
    const livedMs = this.openedAt === null ? 0 : performance.now() - this.openedAt;
    this.openedAt = null;
    this.unsettled = livedMs > SETTLED_AFTER_MS && this.established ? 0 : this.unsettled + 1;
    this.stopTimers();
    const wasLive = this.established;
    this.established = false;
    if (wasLive) this.gap('DISCONNECTED', reason);
    if (this.isClosed()) return; // by whoever heard of the gap
    const { random, firstRetryMs } = this.parts;
    this.retry = setTimeout(() => this.begin(), backoffMs(Math.max(0, this.unsettled - 1), random, firstRetryMs));
  }

  private gap(reason: GapReason, detail?: string): void {
    if (this.closed) return;
    this.onGap({
      reason,
      ...(detail === undefined ? {} : { detail: this.parts.hide(detail).slice(0, MAX_DETAIL_CHARS) }),
    });
  }

  private stopTimers(): void {
    for (const timer of [this.retry, this.silence, this.dead, this.subscribing])
      if (timer !== null) clearTimeout(timer);
    this.retry = this.silence = this.dead = this.subscribing = null;
  }
}
