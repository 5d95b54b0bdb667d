import type { Clock, EpochMs } from '#domain';
import { LIST_CUT_OFF, UNSUPPORTED } from '../ports.js';
import type {
  AccountSettings,
  AmendRequest,
  Balance,
  CancelAck,
  CancelRequest,
  Cause,
  FeeSchedule,
  Fence,
  Gap,
  Lookup,
  OrderView,
  Page,
  PlaceAck,
  PlaceRequest,
  PositionView,
  Read,
  Sent,
  SettingChange,
  SoleCaller,
  SpendStreamCall,
  Subscription,
  UserEvent,
  VenueClock,
  VenueFill,
  VenueSession,
  VenueSymbol,
  WireMeta,
} from '../ports.js';
import type { VenueTraits } from '../profile.js';
import { canBe } from '../same-order.js';
import { runCall, type CallContext } from '../transport/call-context.js';
import type { CallKind } from './classify.js';
import type { CcxtExchange } from './load-ccxt.js';
import { readRows } from '../read-rows.js';
import { answerOf, guarded, readFailure, sentOf, type Answer } from './outcome.js';
import { Polling } from './polling.js';
import { CUT_OFF, type Ask, type CcxtProtocol, type Moment, type OrderKey } from './protocol.js';
import { checkDigits, checkRendered } from './rendered-order.js';
import { SerialTurns } from './serial-turns.js';
import { tooLate } from './too-late.js';
import { CcxtUserStream, type UserStreamTiming } from './user-stream/ccxt-user-stream.js';
import { PolledStream } from './user-stream/polled-stream.js';

const ORDER_REPLY_MS = 5_000;
const READ_REPLY_MS = 10_000;
/** Time window of calls that no claim fences. */
const READ_WINDOW_MS = 5_000;
const POLL_EVERY_MS = 5_000;
/** What is possible, by what a venue can amend. */
const AMENDS: Readonly<Record<VenueTraits['amend'], string>> = {
  none: 'cancel it, and place another',
  quantity_down: 'only quantity can be taken off',
  size_or_price: 'only quantity or price, one at a time, of an order whose id at the venue is known',
  price_and_quantity: 'only quantity and price, of an order whose id at the venue is known',
  replace: 'only quantity and price, of an order whose id at the venue is known',
};
/** Fields of a ccxt instance that hold parts of a key. */
const KEY_FIELDS = ['apiKey', 'secret', 'password', 'privateKey'];
/** Anything shorter is no key, and may stand in any text. */
const LEAST_KEY_CHARS = 6;

export interface CcxtSessionParts {
  readonly protocol: CcxtProtocol;
  /** ccxt instance with this account's key. */
  readonly exchange: CcxtExchange;
  /** Makes the venue's numbers of instruments known, where orders name them so; null when they are. */
  readonly ensureAsset: (symbol: VenueSymbol) => Promise<Cause | null>;
  readonly assets: ReadonlyMap<VenueSymbol, string>;
  readonly clock: Clock;
  readonly venueClock: VenueClock;
  /** Gives the right and the number for each call, where only one process may make them; default: this one may. */
  readonly caller?: SoleCaller;
  /** Default 5,000 ms between the calls for a comparison, with or without a user stream. */
  readonly pollEveryMs?: number;
  /** An instance of `ccxt.pro` with this account's key, for one connection. */
  readonly openPro: () => Promise<CcxtExchange>;
  readonly streamTiming: UserStreamTiming;
}

/** One account at a venue that is reached through ccxt: ccxt addresses and signs, the protocol says what and reads. */
export class CcxtSession implements VenueSession {
  private readonly streams = new Set<Subscription>();
  private lastNonce = 0;
  private readonly turns = new SerialTurns();

  /** Only where the venue cancels several orders in one call. */
  readonly cancelMany?: NonNullable<VenueSession['cancelMany']>;
  /** Only where the venue tells an account its limits. */
  readonly announcedLimits?: NonNullable<VenueSession['announcedLimits']>;

  constructor(private readonly parts: CcxtSessionParts) {
    const { announcedLimits, cancelMany } = parts.protocol;
    if (cancelMany !== undefined)
      this.cancelMany = async (requests) => {
        const symbol = requests[0]?.symbol;
        const missing = symbol === undefined ? null : await parts.ensureAsset(symbol);
        if (missing !== null) return { kind: 'not_sent', why: missing };
        return sentOf(await this.call('cancelMany', ORDER_REPLY_MS, this.now(), (at) => cancelMany(requests, at)));
      };
    if (announcedLimits !== undefined) this.announcedLimits = () => this.read((at) => announcedLimits(at));
  }

  async place(request: PlaceRequest, fence: Fence): Promise<Sent<PlaceAck>> {
    const { protocol } = this.parts;
    const cannot = protocol.cannotPlace?.(request) ?? null;
    if (cannot !== null) return this.unsupported(cannot);
    const missing = await this.parts.ensureAsset(request.symbol);
    if (missing !== null) return { kind: 'not_sent', why: missing };
    const at = this.fenced(fence);
    const sent = await this.change(
      'place',
      at,
      fence,
      (moment) => protocol.place(request, moment),
      (rendered) => checkRendered(protocol.id, request, protocol.renderedOrder(rendered, at)),
    );
    if (sent.kind !== 'done' || canBe(sent.value.view, request)) return sent;
    return {
      kind: 'unknown',
      why: { code: 'WRONG_ORDER', text: 'the reply speaks of another order' },
      meta: sent.meta,
    };
  }

  async amend(request: AmendRequest, fence: Fence): Promise<Sent<OrderView>> {
    const { protocol } = this.parts;
    const { amend, renderedAmend } = protocol;
    if (amend === undefined || renderedAmend === undefined)
      return this.unsupported('amend an order: cancel it, and place another');
    const missing = await this.parts.ensureAsset(request.symbol);
    if (missing !== null) return { kind: 'not_sent', why: missing };
    const at = this.fenced(fence);
    if (amend(request, at) === null)
      return this.unsupported(`make this change to an order: ${AMENDS[protocol.profile.traits.amend]}`);
    const sent = await this.change(
      'amend',
      at,
      fence,
      (moment) => amend(request, moment),
      (rendered) => checkDigits(request, renderedAmend(rendered, at)),
    );
    if (sent.kind !== 'done') return sent;
    const { value, meta } = sent;
    if (value !== null) return { kind: 'done', value, meta };
    return { kind: 'unknown', why: { code: 'ACKNOWLEDGED', text: 'taken in; only a look at the order tells' }, meta };
  }

  async cancel(request: CancelRequest): Promise<Sent<CancelAck>> {
    const missing = await this.parts.ensureAsset(request.symbol);
    if (missing !== null) return { kind: 'not_sent', why: missing };
    const answer = await this.call('cancel', ORDER_REPLY_MS, this.now(), (at) =>
      this.parts.protocol.cancel(request, at),
    );
    if (answer.kind === 'failed' && answer.failure.verdict.kind === 'gone' && answer.failure.meta !== null) {
      return { kind: 'done', value: { kind: 'gone' }, meta: answer.failure.meta };
    }
    return sentOf(answer);
  }

  async cancelAll(symbol?: VenueSymbol): Promise<Sent<readonly CancelAck[]>> {
    const { cancelAll } = this.parts.protocol;
    const what =
      symbol === undefined
        ? 'cancel all orders in one call: cancel them by symbol where it can, or one by one'
        : 'cancel all orders of a symbol in one call: cancel them one by one';
    if (cancelAll === undefined || cancelAll(symbol, this.now()) === null) return this.unsupported(what);
    return sentOf(await this.call('cancel', ORDER_REPLY_MS, this.now(), (at) => cancelAll(symbol, at)));
  }

  async findOrder(key: Parameters<VenueSession['findOrder']>[0]): Promise<Lookup> {
    const wanted = orderKey(key, this.parts.venueClock.offsetMs());
    if (wanted === null) {
      return { kind: 'unclear', why: { code: 'NO_KEY', text: 'neither clientOrderId nor venueOrderId was given' } };
    }
    const { protocol } = this.parts;
    let meta: WireMeta | undefined;
    const steps = protocol.findOrder(wanted, this.now()).length;
    for (let step = 0; step < steps; step += 1) {
      const answer = await this.call(
        'lookup',
        READ_REPLY_MS,
        this.now(),
        (at) => protocol.findOrder(wanted, at)[step] ?? null,
      );
      if (answer.kind === 'failed' && answer.failure.verdict.kind === 'gone') {
        meta = answer.failure.meta ?? meta;
        continue;
      }
      if (answer.kind !== 'ok') {
        const { why, meta: seen } = answer.kind === 'failed' ? answer.failure : answer;
        return { kind: 'unclear', why, ...(seen === null ? {} : { meta: seen }) };
      }
      meta = answer.meta;
      if (answer.value === null) continue;
      if (answer.value === CUT_OFF) {
        return { kind: 'unclear', why: { code: LIST_CUT_OFF, text: 'the list has more rows than it shows' }, meta };
      }
      if (!isOrder(answer.value, wanted)) {
        return { kind: 'unclear', why: { code: 'WRONG_ORDER', text: 'the reply speaks of another order' }, meta };
      }
      return { kind: 'found', order: answer.value, meta };
    }
    return { kind: 'absent', ...(meta === undefined ? {} : { meta }) };
  }

  openOrders(symbol?: VenueSymbol, cursor?: string): Promise<Read<Page<OrderView>>> {
    return this.readList('openOrders', orderId, (at) => this.parts.protocol.openOrders(symbol, cursor ?? null, at));
  }

  ordersSince(symbol: VenueSymbol, from: EpochMs, cursor?: string): Promise<Read<Page<OrderView>>> {
    return this.readList('ordersSince', orderId, (at) =>
      this.parts.protocol.ordersSince(symbol, from, cursor ?? null, at),
    );
  }

  fillsSince(symbol: VenueSymbol, from: EpochMs, cursor?: string): Promise<Read<Page<VenueFill>>> {
    return this.readList(
      'fillsSince',
      ({ venueOrderId, tradeId }) => `${venueOrderId}/${tradeId}`,
      (at) => this.parts.protocol.fillsSince(symbol, from, cursor ?? null, at),
    );
  }

  balances(): Promise<Read<readonly Balance[]>> {
    return this.read((at) => this.parts.protocol.balances(at));
  }

  fees(symbol: VenueSymbol): Promise<Read<FeeSchedule>> {
    return this.read((at) => this.parts.protocol.fees(symbol, at));
  }

  positions(): Promise<Read<readonly PositionView[]>> {
    const { positions } = this.parts.protocol;
    return positions === undefined ? Promise.resolve(this.nothing([])) : this.read((at) => positions(at));
  }

  accountSettings(): Promise<Read<AccountSettings>> {
    return this.read((at) => this.parts.protocol.accountSettings(at));
  }

  async apply(change: SettingChange): Promise<Sent<void>> {
    const { apply } = this.parts.protocol;
    const what = `change ${change.kind.replaceAll('_', ' ')} from here: only what it has is set, and at the venue itself`;
    if (apply === undefined || apply(change, this.now()) === null) return this.unsupported(what);
    return sentOf(await this.call<undefined>('read', ORDER_REPLY_MS, this.now(), (at) => apply(change, at)));
  }

  async setDeadMan(timeoutMs: number): Promise<Sent<void>> {
    const { setDeadMan } = this.parts.protocol;
    if (setDeadMan === undefined) return this.unsupported('cancel all orders after a time: it has no such timer');
    return sentOf(await this.call<undefined>('read', ORDER_REPLY_MS, this.now(), (at) => setDeadMan(timeoutMs, at)));
  }

  /** No venue of these counts orders in a way that a call of its own tells. */
  orderCounts(): Promise<Read<Readonly<Record<string, number>>>> {
    return Promise.resolve(this.nothing({}));
  }

  /** Polling is what the account is held together by; a stream on top of it only makes things faster. */
  userEvents(onEvent: (event: UserEvent) => void, onGap: (gap: Gap) => void, spend?: SpendStreamCall): Subscription {
    const { protocol, exchange, clock, venueClock, openPro, streamTiming, pollEveryMs } = this.parts;
    const polling = new Polling(pollEveryMs ?? POLL_EVERY_MS, onGap);
    const { userStream } = protocol;
    const stream =
      userStream === undefined
        ? polling
        : new PolledStream(
            polling,
            new CcxtUserStream(
              {
                ...streamTiming,
                protocol: userStream,
                account: accountOf(exchange),
                open: openPro,
                ask: (ask) => this.read(() => ask),
                hide: (text) => this.hide(text),
                clock,
                venueClock,
                ...(spend === undefined ? {} : { spend }),
              },
              onEvent,
              onGap,
            ),
          );
    this.streams.add(stream);
    return stream;
  }

  async close(): Promise<void> {
    await Promise.all([...this.streams].map((stream) => stream.close()));
    this.streams.clear();
  }

  /** A fenced call, or why it must not be made: one request, and nothing after it. */
  private async change<T>(
    call: 'place' | 'amend',
    at: Moment,
    fence: Fence,
    ask: (at: Moment) => Ask<T> | null,
    inspect: NonNullable<CallContext['inspect']>,
  ): Promise<Sent<T>> {
    return sentOf(
      await this.call(call, ORDER_REPLY_MS, at, ask, { inspect, beforeWrite: () => tooLate(fence, this.parts.clock) }),
    );
  }

  /** A list that one row cannot hide: see {@link readRows}. */
  private readList<T>(
    list: keyof CcxtProtocol['rowsAt'],
    idOf: (row: T) => string,
    ask: (at: Moment) => Ask<Page<T>>,
  ): Promise<Read<Page<T>>> {
    const rowsAt = this.parts.protocol.rowsAt[list];
    return this.read((at) => {
      const { read, ...asked } = ask(at);
      return {
        ...asked,
        read: (reply, heard) => {
          const page = readRows(reply, rowsAt, (body) => guarded(() => read(body, heard)), idOf);
          if (page.ok) return page.value;
          throw new RangeError(page.error.text);
        },
      };
    });
  }

  private async read<T>(ask: (at: Moment) => Ask<T>): Promise<Read<T>> {
    const answer = await this.call('read', READ_REPLY_MS, this.now(), ask);
    switch (answer.kind) {
      case 'ok':
        return { kind: 'ok', value: answer.value, meta: answer.meta };
      case 'unreadable':
        return { kind: 'failed', why: answer.why, meta: answer.meta };
      case 'failed':
        return readFailure(answer.failure);
    }
  }

  /** Exactly one request. Where nonces must rise on the wire as well, calls wait for the one before. */
  private call<T>(
    kind: CallKind,
    replyTimeoutMs: number,
    at: Moment,
    ask: (at: Moment) => Ask<T> | null,
    checks: Pick<CallContext, 'inspect' | 'beforeWrite'> = {},
  ): Promise<Answer<T>> {
    if (!this.parts.protocol.profile.traits.leaseOnlyPrivateCalls)
      return this.request(kind, replyTimeoutMs, at, ask, checks);
    return this.turns.take(kind, async () => {
      const turn = await this.nextNonce(at);
      return typeof turn === 'number'
        ? this.request(kind, replyTimeoutMs, at, ask, { ...checks, nonce: turn })
        : notRendered<T>(turn);
    });
  }

  private async request<T>(
    kind: CallKind,
    replyTimeoutMs: number,
    at: Moment,
    ask: (at: Moment) => Ask<T> | null,
    extras: Pick<CallContext, 'inspect' | 'beforeWrite' | 'nonce'>,
  ): Promise<Answer<T>> {
    const { protocol, exchange, clock } = this.parts;
    const rendered = render(ask, at);
    if (!rendered.ok) return notRendered({ ...rendered.why, text: this.hide(rendered.why.text) });
    const { method, params, headers } = rendered.ask;
    const record = await runCall(
      {
        signedAtMs: at.signedAtMs,
        windowMs: at.deadlineMs - at.signedAtMs,
        replyTimeoutMs,
        ...(headers === undefined ? {} : { headers }),
        ...extras,
      },
      async () => {
        const endpoint = exchange[method];
        if (typeof endpoint !== 'function') throw new TypeError(`ccxt ${protocol.ccxtId} has no ${method}`);
        return (endpoint as (params: unknown) => Promise<unknown>).call(exchange, params);
      },
    );
    return answerOf(protocol, kind, rendered.ask, record, clock, (text) => this.hide(text));
  }

  /** The number of a call that only one process may make, or why this one must not. */
  private async nextNonce({ signedAtMs }: Moment): Promise<number | Cause> {
    const least = signedAtMs * 1_000;
    const { caller } = this.parts;
    if (caller === undefined) return (this.lastNonce = Math.max(this.lastNonce + 1, least));
    try {
      const nonce = await caller.nextNonce(least);
      return nonce ?? { code: 'NOT_HOLDER', text: 'another process makes the calls of this account' };
    } catch (error) {
      return { code: 'NO_NONCE', text: error instanceof Error ? error.message : String(error) };
    }
  }

  /** A vendor may quote the key in what it says of a signature; its words go into logs, rows and replies. */
  private hide(text: string): string {
    const { exchange } = this.parts;
    return KEY_FIELDS.map((field) => exchange[field])
      .filter((key): key is string => typeof key === 'string' && key.length >= LEAST_KEY_CHARS)
      .reduce((left, key) => left.replaceAll(key, '[key]'), text);
  }

  private fenced(fence: Fence): Moment {
    const offset = this.parts.venueClock.offsetMs();
    return this.moment(Math.round(fence.claimedAt + offset), Math.round(fence.validUntil + offset));
  }

  private now(): Moment {
    const now = Math.round(this.parts.venueClock.now());
    return this.moment(now, now + READ_WINDOW_MS);
  }

  private moment(signedAtMs: number, deadlineMs: number): Moment {
    const { exchange, assets } = this.parts;
    const nonce = (): number => (this.lastNonce = Math.max(this.lastNonce + 1, signedAtMs));
    return { signedAtMs, deadlineMs, nonce, exchange, assets };
  }

  private unsupported<T>(operation: string): Sent<T> {
    const { id } = this.parts.protocol;
    return { kind: 'not_sent', why: { code: UNSUPPORTED, text: `${id} cannot ${operation}` } };
  }

  /** An answer that needs no question. */
  private nothing<T>(value: T): Read<T> {
    return { kind: 'ok', value, meta: { sentAt: this.parts.clock.now(), headers: {} } };
  }
}

/** Who the vendor's frames may name: the address at Hyperliquid, else the public part of the key. */
function accountOf({ walletAddress, apiKey }: CcxtExchange): string {
  if (typeof walletAddress === 'string' && walletAddress !== '') return walletAddress;
  return typeof apiKey === 'string' ? apiKey : '';
}

const orderId = ({ venueOrderId }: OrderView): string => venueOrderId;

function orderKey(key: Parameters<VenueSession['findOrder']>[0], offsetMs: number): OrderKey | null {
  const { clientOrderId, venueOrderId, created } = key;
  const scope = {
    symbol: key.symbol,
    created:
      created === undefined
        ? null
        : {
            fromMs: Math.floor(created.from + offsetMs),
            toMs: created.to === undefined ? null : Math.ceil(created.to + offsetMs),
          },
  };
  if (clientOrderId !== undefined) return { ...scope, clientOrderId, venueOrderId: null };
  return venueOrderId === undefined ? null : { ...scope, clientOrderId: null, venueOrderId };
}

function isOrder(found: OrderView, wanted: OrderKey): boolean {
  if (found.symbol !== wanted.symbol) return false;
  return wanted.clientOrderId === null
    ? found.venueOrderId === wanted.venueOrderId
    : found.clientOrderId === wanted.clientOrderId;
}

/** Rendering may fail on our side, a key of the wrong form for one; then nothing was sent. */
function render<T>(
  ask: (at: Moment) => Ask<T> | null,
  at: Moment,
): { readonly ok: true; readonly ask: Ask<T> } | { readonly ok: false; readonly why: Cause } {
  try {
    const rendered = ask(at);
    if (rendered !== null) return { ok: true, ask: rendered };
    return { ok: false, why: { code: UNSUPPORTED, text: 'the venue has no such call' } };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { ok: false, why: { code: 'NOT_RENDERED', text } };
  }
}

function notRendered<T>(why: Cause): Answer<T> {
  const verdict = { kind: 'not_sent', code: why.code } as const;
  return { kind: 'failed', failure: { verdict, why, meta: null, retryAt: null } };
}
