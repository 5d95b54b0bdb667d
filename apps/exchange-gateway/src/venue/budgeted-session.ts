import type { Clock, EpochMs, Scopes } from '#domain';
import { isInTransaction } from '#persistence';
import type {
  Budget,
  CallPriority,
  CancelAck,
  CancelRequest,
  Fence,
  Lookup,
  PlaceAck,
  PlaceRequest,
  Read,
  Sent,
  VenueSession,
  WireMeta,
} from '#venues';

/** What each port method is called in the venue's table of costs. */
export interface PortCalls {
  readonly place: string;
  readonly cancel: string;
  readonly findOrder: string;
  readonly openOrders: string;
  readonly openOrdersAll: string;
  readonly ordersSince: string;
  readonly fillsSince: string;
  readonly balances: string;
  readonly orderCounts: string;
}

export const BINANCE_SPOT_CALLS: PortCalls = {
  place: 'POST /api/v3/order',
  cancel: 'DELETE /api/v3/order',
  findOrder: 'GET /api/v3/order',
  openOrders: 'GET /api/v3/openOrders',
  openOrdersAll: 'GET /api/v3/openOrders (all)',
  ordersSince: 'GET /api/v3/allOrders',
  fillsSince: 'GET /api/v3/myTrades',
  balances: 'GET /api/v3/account',
  orderCounts: 'GET /api/v3/rateLimit/order',
};

/** A permission to make one call, already paid for. */
export interface Permit {
  readonly token: string;
}

export type Reserved =
  | { readonly granted: true; readonly permit: Permit }
  | { readonly granted: false; readonly retryInMs: number; readonly reason: string; readonly cold: boolean };

/** One account's session with every call paid for from the budget first. */
export class BudgetedSession {
  constructor(
    private readonly session: VenueSession,
    private readonly budget: Budget,
    private readonly scopes: Scopes,
    private readonly calls: PortCalls,
    private readonly clock: Clock,
  ) {}

  /** Budget comes before the claim, so that the fence is fresh when the request leaves (venues.md A6). */
  async reserve(call: keyof PortCalls, priority: CallPriority, holdMs?: number): Promise<Reserved> {
    assertNoTransaction();
    const answer = await this.budget.reserve(
      this.calls[call],
      this.scopes,
      priority,
      holdMs === undefined ? {} : { holdMs },
    );
    return answer.granted
      ? { granted: true, permit: { token: answer.token } }
      : {
          granted: false,
          retryInMs: Math.max(1, answer.retryInMs),
          reason: answer.reason,
          cold: answer.cold.length > 0,
        };
  }

  async release(permit: Permit): Promise<void> {
    await this.budget.release(permit.token);
  }

  async place(request: PlaceRequest, fence: Fence, permit: Permit): Promise<Sent<PlaceAck>> {
    assertNoTransaction();
    return this.settled(await this.session.place(request, fence), permit);
  }

  async cancel(request: CancelRequest, permit: Permit): Promise<Sent<CancelAck>> {
    assertNoTransaction();
    return this.settled(await this.session.cancel(request), permit);
  }

  async findOrder(key: Parameters<VenueSession['findOrder']>[0], priority: CallPriority): Promise<Lookup> {
    const reserved = await this.reserve('findOrder', priority);
    if (!reserved.granted) return { kind: 'unclear', why: { code: 'BUDGET', text: reserved.reason } };
    const found = await this.session.findOrder(key);
    await this.budget.settle(reserved.permit.token, found.kind === 'unclear' ? 'unknown' : 'success');
    return found;
  }

  openOrders(symbol: string | undefined, priority: CallPriority): ReturnType<VenueSession['openOrders']> {
    return this.paidRead(symbol === undefined ? 'openOrdersAll' : 'openOrders', priority, () =>
      this.session.openOrders(symbol),
    );
  }

  ordersSince(symbol: string, from: EpochMs, priority: CallPriority): ReturnType<VenueSession['ordersSince']> {
    return this.paidRead('ordersSince', priority, () => this.session.ordersSince(symbol, from));
  }

  fillsSince(symbol: string, from: EpochMs, priority: CallPriority): ReturnType<VenueSession['fillsSince']> {
    return this.paidRead('fillsSince', priority, () => this.session.fillsSince(symbol, from));
  }

  balances(priority: CallPriority): ReturnType<VenueSession['balances']> {
    return this.paidRead('balances', priority, () => this.session.balances());
  }

  fees(priority: CallPriority): ReturnType<VenueSession['fees']> {
    return this.paidRead('balances', priority, () => this.session.fees());
  }

  /** Sets the order counts again after their state was lost; from the emergency share only where there is no other. */
  async probeOrderCounts(): Promise<boolean> {
    const asked = await this.reserve('orderCounts', 'query');
    const reserved = asked.granted ? asked : await this.reserve('orderCounts', 'probe');
    if (!reserved.granted) return false;
    const answer = await this.session.orderCounts();
    const told =
      answer.kind === 'ok' ? Object.fromEntries(Object.entries(answer.value).map(([k, v]) => [k, String(v)])) : {};
    await this.budget.settle(reserved.permit.token, answer.kind === 'ok' ? 'success' : 'failure', {
      ...answer.meta,
      headers: { ...answer.meta?.headers, ...told },
    });
    return answer.kind === 'ok';
  }

  userEvents(...args: Parameters<VenueSession['userEvents']>): ReturnType<VenueSession['userEvents']> {
    return this.session.userEvents(...args);
  }

  close(): Promise<void> {
    return this.session.close();
  }

  private async paidRead<T>(
    call: keyof PortCalls,
    priority: CallPriority,
    read: () => Promise<Read<T>>,
  ): Promise<Read<T>> {
    const reserved = await this.reserve(call, priority);
    if (!reserved.granted) {
      const retryAt = (this.clock.now() + reserved.retryInMs) as EpochMs;
      return { kind: 'failed', why: { code: 'BUDGET', text: reserved.reason }, retryAt };
    }
    const answer = await read();
    await this.settle(reserved.permit, answer.kind === 'ok' ? 'success' : 'failure', answer.meta);
    return answer;
  }

  private async settled<T>(sent: Sent<T>, permit: Permit): Promise<Sent<T>> {
    if (sent.kind === 'not_sent') await this.release(permit);
    else
      await this.settle(
        permit,
        sent.kind === 'done' ? 'success' : sent.kind === 'refused' ? 'failure' : 'unknown',
        sent.meta,
      );
    return sent;
  }

  private async settle(permit: Permit, outcome: 'success' | 'failure' | 'unknown', meta?: WireMeta): Promise<void> {
    await this.budget.settle(permit.token, outcome, meta);
  }
}

/** A venue may take seconds; a transaction must not (D-07). @throws Error inside one: a bug */
function assertNoTransaction(): void {
  if (isInTransaction()) throw new Error('A venue must not be called inside a transaction');
}
