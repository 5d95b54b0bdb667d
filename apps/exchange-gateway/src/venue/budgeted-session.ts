import type { Clock, EpochMs } from '#domain';
import { isInTransaction } from '#persistence';
import { accountScopes, CallSpender, UNSUPPORTED } from '#venues';
import type {
  AccountSettings,
  AmendRequest,
  Budget,
  CallPriority,
  CancelAck,
  CancelOutcome,
  CancelRequest,
  Cause,
  ExternalCancelRequest,
  FailedCall,
  Fence,
  Lookup,
  OrderView,
  Page,
  PlaceAck,
  PlaceRequest,
  PortCall,
  PositionView,
  Read,
  Sent,
  SettingChange,
  UserEvent,
  VenueFill,
  VenueProfile,
  VenueSession,
  WarmUp,
  WireMeta,
} from '#venues';

/** A million rows: a venue that still answers with more after that is not making progress. */
const MAX_PAGES = 1_000;

const CALL_OF_SETTING: Readonly<Record<SettingChange['kind'], PortCall>> = {
  hedge_mode: 'applyHedgeMode',
  leverage: 'applyLeverage',
  margin_type: 'applyMarginType',
};

/** What a list had before one of its pages was refused. */
export interface ReadSoFar<T> {
  readonly rows: T[];
  /** Rows that could not be read. */
  readonly unreadable: Cause[];
  /** Cursor of the page that comes next; undefined: the first. */
  next: string | undefined;
}

/** A permission to make one call, already paid for; without a token the call asks the venue nothing. */
export interface Permit {
  readonly token: string | null;
}

/** What a call is about, as far as its budget depends on it. */
export interface CallAbout {
  /** The instrument: some venues count by it. */
  readonly symbol?: string;
  /** How long the call may still reach the venue; see {@link ReserveOptions}. */
  readonly holdMs?: number;
  readonly parentId?: string;
  readonly strategyId?: string;
  readonly isDirect?: boolean;
  /** Least age of each order that it is about, in ms, since its last create or amend; unknown: 0. */
  readonly agesMs?: readonly number[];
  /** Of a call about several; default 1. */
  readonly orders?: number;
}

export type Reserved =
  | { readonly granted: true; readonly permit: Permit }
  | {
      readonly granted: false;
      readonly retryInMs: number;
      /** When to come for a place, `retryInMs` or later: others wait too. */
      readonly comeInMs: number;
      readonly reason: string;
      readonly cold: boolean;
    };

/** After which whoever holds a session that was closed asks for another. */
const CLOSED_RETRY_MS = 1_000;

/** One account's session with every call paid for from the budget first. */
export class BudgetedSession {
  private closed = false;
  private streamWaits: string | null = null;
  /** Instruments of orders whose cancels have a budget that is known, or is about to be. */
  private readonly cancelsBegun = new Set<string | undefined>();
  private readonly spender: CallSpender;

  constructor(
    private readonly session: VenueSession,
    private readonly budget: Budget,
    private readonly accountId: string,
    private readonly profile: Pick<VenueProfile, 'calls'>,
    private readonly clock: Clock,
    /** Told of every call that was made: null for one that succeeded. */
    private readonly observe: (failure: FailedCall | null) => void = () => undefined,
    warmUp: WarmUp = { ask: () => Promise.resolve(false), told: new Set() },
  ) {
    this.spender = new CallSpender({ budget, scopes: accountScopes(accountId), turnOf: accountId, warmUp });
  }

  /** Budget comes before the claim, so that the fence is fresh when the request leaves (venues.md A6). */
  async reserve(call: PortCall | 'cancelMany', priority: CallPriority, about: CallAbout = {}): Promise<Reserved> {
    assertNoTransaction();
    // Its key may be revoked: whoever still holds it calls the venue no more.
    if (this.closed) return refusedFor(CLOSED_RETRY_MS, 'SESSION_CLOSED');
    const name = this.profile.calls[call];
    if (name === undefined) throw new Error(`${call} must have a cost where it is made`);
    if (name === null) return { granted: true, permit: { token: null } };
    const { symbol, ...options } = about;
    const answer = await this.budget.reserve(name, accountScopes(this.accountId, symbol), priority, options);
    if (!answer.granted && answer.cold.length > 0) this.cancelsBegun.clear(); // all counts may be lost
    if (call === 'place' && (answer.granted || answer.reason !== 'redis_down')) await this.beginCancels(symbol);
    return answer.granted
      ? { granted: true, permit: { token: answer.token } }
      : {
          granted: false,
          retryInMs: Math.max(1, answer.retryInMs),
          comeInMs: Math.max(1, answer.comeInMs ?? answer.retryInMs),
          reason: answer.reason,
          cold: answer.cold.length > 0,
        };
  }

  /** A limit that cancels alone draw on would else be unknown at the first of them, when a halt has begun. */
  private async beginCancels(symbol: string | undefined): Promise<void> {
    if (this.cancelsBegun.has(symbol)) return;
    this.cancelsBegun.add(symbol);
    const { cancel, cancelMany } = this.profile.calls;
    for (const call of cancelMany === undefined ? [cancel] : [cancel, cancelMany])
      await this.budget.beginCold?.(call, accountScopes(this.accountId, symbol));
  }

  async release(permit: Permit): Promise<void> {
    if (permit.token !== null) await this.budget.release(permit.token);
  }

  async place(request: PlaceRequest, fence: Fence, permit: Permit): Promise<Sent<PlaceAck>> {
    assertNoTransaction();
    return this.settled(await this.session.place(request, fence), permit);
  }

  async amend(request: AmendRequest, fence: Fence, permit: Permit): Promise<Sent<OrderView>> {
    assertNoTransaction();
    return this.settled(await this.session.amend(request, fence), permit);
  }

  async cancel(request: CancelRequest, permit: Permit): Promise<Sent<CancelAck>> {
    assertNoTransaction();
    return this.settled(await this.session.cancel(request), permit);
  }

  /** Several orders of one symbol, as many as the venue's traits say. */
  async cancelMany(requests: readonly CancelRequest[], permit: Permit): Promise<Sent<readonly CancelOutcome[]>> {
    assertNoTransaction();
    if (this.session.cancelMany === undefined) {
      await this.release(permit);
      return { kind: 'not_sent', why: { code: UNSUPPORTED, text: 'cannot cancel several orders in one call' } };
    }
    return this.settled(await this.session.cancelMany(requests), permit);
  }

  /** An order that is not ours: only for a command that names it. */
  async cancelExternal(request: ExternalCancelRequest, permit: Permit): Promise<Sent<CancelAck>> {
    assertNoTransaction();
    if (this.session.cancelExternal === undefined) {
      await this.release(permit);
      return { kind: 'not_sent', why: { code: UNSUPPORTED, text: 'cannot cancel an order by the venue’s own id' } };
    }
    return this.settled(await this.session.cancelExternal(request), permit);
  }

  /** Takes foreign orders too: only for accounts that are Tranche's alone. */
  async cancelAll(symbol: string | undefined, permit: Permit): Promise<Sent<readonly CancelAck[]>> {
    assertNoTransaction();
    return this.settled(await this.session.cancelAll(symbol), permit);
  }

  async apply(change: SettingChange, priority: CallPriority): Promise<Sent<void>> {
    const about = 'symbol' in change ? { symbol: change.symbol } : {};
    const reserved = await this.reserve(CALL_OF_SETTING[change.kind], priority, about);
    if (!reserved.granted) return { kind: 'not_sent', why: { code: 'BUDGET', text: reserved.reason } };
    return this.settled(await this.session.apply(change), reserved.permit);
  }

  /** As {@link VenueSession.setDeadMan}. */
  async setDeadMan(timeoutMs: number, symbol?: string): Promise<Sent<void>> {
    if (this.session.setDeadMan === undefined)
      return { kind: 'not_sent', why: { code: UNSUPPORTED, text: 'has no timer that cancels all orders' } };
    const reserved = await this.reserve('setDeadMan', 'reduce', symbol === undefined ? {} : { symbol });
    if (!reserved.granted) return { kind: 'not_sent', why: { code: 'BUDGET', text: reserved.reason } };
    return this.settled(await this.session.setDeadMan(timeoutMs, symbol), reserved.permit);
  }

  async findOrder(key: Parameters<VenueSession['findOrder']>[0], priority: CallPriority): Promise<Lookup> {
    const reserved = await this.reserve('findOrder', priority, { symbol: key.symbol });
    if (!reserved.granted) return { kind: 'unclear', why: { code: 'BUDGET', text: reserved.reason } };
    const found = await this.session.findOrder(key);
    this.observe(found.kind === 'unclear' ? found : null);
    await this.settleRead(reserved.permit, found.kind !== 'unclear', found.meta);
    return found;
  }

  /** All pages, each paid for on its own. @param soFar what was read before a page of it was refused: it goes on there */
  openOrders(
    symbol: string | undefined,
    priority: CallPriority,
    soFar?: ReadSoFar<OrderView>,
  ): Promise<Read<readonly OrderView[]>> {
    const call = symbol === undefined ? 'openOrdersAll' : 'openOrders';
    return this.allPages(call, priority, symbol, (cursor) => this.session.openOrders(symbol, cursor), soFar);
  }

  /** As {@link openOrders}. */
  ordersSince(
    symbol: string,
    from: EpochMs,
    priority: CallPriority,
    soFar?: ReadSoFar<OrderView>,
  ): Promise<Read<readonly OrderView[]>> {
    const readPage = (cursor?: string) => this.session.ordersSince(symbol, from, cursor);
    return this.allPages('ordersSince', priority, symbol, readPage, soFar);
  }

  /** As {@link openOrders}. */
  fillsSince(
    symbol: string,
    from: EpochMs,
    priority: CallPriority,
    soFar?: ReadSoFar<VenueFill>,
  ): Promise<Read<readonly VenueFill[]>> {
    const readPage = (cursor?: string) => this.session.fillsSince(symbol, from, cursor);
    return this.allPages('fillsSince', priority, symbol, readPage, soFar);
  }

  balances(priority: CallPriority): ReturnType<VenueSession['balances']> {
    return this.paidRead('balances', priority, () => this.session.balances());
  }

  fees(priority: CallPriority, symbol?: string): ReturnType<VenueSession['fees']> {
    return this.paidRead('fees', priority, () => this.session.fees(symbol), symbol);
  }

  positions(priority: CallPriority): Promise<Read<readonly PositionView[]>> {
    return this.paidRead('positions', priority, () => this.session.positions());
  }

  accountSettings(priority: CallPriority): Promise<Read<AccountSettings>> {
    return this.paidRead('accountSettings', priority, () => this.session.accountSettings());
  }

  /** Opens limits of orders whose state was lost, where no order of ours can have reached the venue for so long. */
  async openUnused(unusedForMs: number): Promise<void> {
    await this.budget.openUnused?.(this.profile.calls.place, accountScopes(this.accountId), unusedForMs);
  }

  /** Sets the order counts again after their state was lost; from the emergency share only where there is no other. */
  async probeOrderCounts(): Promise<boolean> {
    const asked = await this.reserve('orderCounts', 'query');
    const reserved = asked.granted ? asked : await this.reserve('orderCounts', 'probe');
    if (!reserved.granted) return false;
    const answer = await this.session.orderCounts();
    const told =
      answer.kind === 'ok' ? Object.fromEntries(Object.entries(answer.value).map(([k, v]) => [k, String(v)])) : {};
    await this.settleRead(
      reserved.permit,
      answer.kind === 'ok',
      answer.meta && { ...answer.meta, headers: { ...answer.meta.headers, ...told } },
    );
    return answer.kind === 'ok';
  }

  userEvents(
    onEvent: Parameters<VenueSession['userEvents']>[0],
    onGap: Parameters<VenueSession['userEvents']>[1],
  ): ReturnType<VenueSession['userEvents']> {
    return this.session.userEvents(onEvent, onGap, (call) => this.payStreamCall(call));
  }

  /**
   * An order of ours may have its first fill: what the venue then takes off its count of unfilled orders is taken off
   * ours (venues.md B3). Orders of others are not ours to credit: we never counted them.
   */
  async creditFirstFill(event: UserEvent): Promise<void> {
    if (event.kind !== 'order' || event.fill === null || event.placedAt === undefined) return;
    const { order, fill, placedAt } = event;
    if (!order.cumQty.eq(fill.lastQty)) return;
    await this.budget.creditFill?.(this.profile.calls.place, accountScopes(this.accountId, order.symbol), {
      orderId: `${order.symbol}/${order.venueOrderId}`,
      placedAt,
      filledAt: fill.tradedAt,
    });
  }

  /** Why the stream waits to be paid for; null while it does not. */
  get streamWaitsFor(): string | null {
    return this.streamWaits;
  }

  /** A stream is a convenience: it waits behind whatever is a query. */
  private async payStreamCall(call: string): Promise<(meta?: WireMeta) => Promise<void>> {
    const tell = await this.spender.spend(call, {}, (why) => (this.streamWaits = why));
    this.streamWaits = null;
    const sentAt = this.clock.now();
    return async (meta) => tell?.('success', meta ?? { sentAt, repliedAt: this.clock.now() });
  }

  close(): Promise<void> {
    this.closed = true;
    this.spender.close();
    return this.session.close();
  }

  private async allPages<T>(
    call: PortCall,
    priority: CallPriority,
    symbol: string | undefined,
    readPage: (cursor: string | undefined) => Promise<Read<Page<T>>>,
    soFar: ReadSoFar<T> = { rows: [], unreadable: [], next: undefined },
  ): Promise<Read<readonly T[]>> {
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const page = await this.paidRead(call, priority, () => readPage(soFar.next), symbol);
      if (page.kind === 'failed') return page;
      const { rows, unreadable: lost = [], next } = page.value;
      soFar.rows.push(...rows);
      soFar.unreadable.push(...lost);
      if (next === null) {
        const { unreadable } = soFar;
        return { kind: 'ok', value: soFar.rows, meta: page.meta, ...(unreadable.length > 0 ? { unreadable } : {}) };
      }
      soFar.next = next;
    }
    return { kind: 'failed', why: { code: 'TOO_MANY_PAGES', text: `more than ${MAX_PAGES} pages` } };
  }

  private async paidRead<T>(
    call: PortCall,
    priority: CallPriority,
    read: () => Promise<Read<T>>,
    symbol?: string,
  ): Promise<Read<T>> {
    const reserved = await this.reserve(call, priority, symbol === undefined ? {} : { symbol });
    if (!reserved.granted) {
      const retryAt = (this.clock.now() + reserved.retryInMs) as EpochMs;
      return { kind: 'failed', why: { code: 'BUDGET', text: reserved.reason }, retryAt };
    }
    const answer = await read();
    this.observe(answer.kind === 'ok' ? null : answer);
    await this.settleRead(reserved.permit, answer.kind === 'ok', answer.meta);
    return answer;
  }

  private async settled<T>(sent: Sent<T>, permit: Permit): Promise<Sent<T>> {
    this.observe(sent.kind === 'done' ? null : sent);
    if (sent.kind === 'not_sent') await this.release(permit);
    else
      await this.settle(
        permit,
        sent.kind === 'done' ? 'success' : sent.kind === 'refused' ? 'failure' : 'unknown',
        sent.meta,
      );
    return sent;
  }

  /** A read that got no reply may have been counted; one that was never written was not. */
  private async settleRead(permit: Permit, succeeded: boolean, meta: WireMeta | undefined): Promise<void> {
    if (meta === undefined) return this.release(permit);
    const outcome = succeeded ? 'success' : meta.repliedAt === undefined ? 'unknown' : 'failure';
    await this.settle(permit, outcome, meta);
  }

  private async settle(permit: Permit, outcome: 'success' | 'failure' | 'unknown', meta: WireMeta): Promise<void> {
    if (permit.token !== null) await this.budget.settle(permit.token, outcome, meta);
  }
}

/** A venue may take seconds; a transaction must not (D-07). @throws Error inside one: a bug */
function assertNoTransaction(): void {
  if (isInTransaction()) throw new Error('A venue must not be called inside a transaction');
}

function refusedFor(ms: number, reason: string): Reserved {
  return { granted: false, retryInMs: ms, comeInMs: ms, reason, cold: false };
}
