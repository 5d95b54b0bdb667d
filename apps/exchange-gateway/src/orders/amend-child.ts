import type { Price, Quantity } from '#domain';
import {
  ChildAmendRepository,
  ChildOrderRepository,
  lockExposure,
  readGateFacts,
  wakeParent,
  type ChildAmend,
  type Database,
  type DatabaseClock,
  type StoredChildOrder,
  type Tx,
} from '#persistence';
import type { Logger } from '#observability';
import { claimWidthMs, UNSUPPORTED, type Fence, type OrderView, type Sent, type VenueTraits } from '#venues';
import type { AccountSession, AccountSessions } from '../accounts/account-sessions.js';
import type { GatewayMetrics } from '../gateway-metrics.js';
import { AmendOutcome } from './amend-outcome.js';
import type { Booking, ChildKey } from './booking.js';
import { leastAgeMs } from './least-age.js';
import type { AccountTurns } from './account-turns.js';
import type { OrderGate } from './order-gate.js';
import { budgetRetryMs, dueAfter, dueUnlessDone, nothingDue, takeWork } from './work-order.js';

const SEND_BY_MS = 200;
const NO_SESSION_RETRY_MS = 1_000;
const RETRY_MS = 500;
/** Where too many of the account wait for their turn already. */
const NO_TURN_RETRY_MS = 500;
const LOOK_MS = 500;
/** An attempt whose worker died is compared with the venue after this, and what the sweeper takes to see it. */
const ORPHAN_AFTER_MS = 4_000;
/** An order whose change is under way has vanished: whether it was found is asked this often. */
const VANISHED_RETRY_MS = 5_000;

interface AmendClaim {
  readonly child: StoredChildOrder;
  readonly amend: ChildAmend;
  readonly epoch: number;
  readonly fence: Fence;
}

/** What came of a turn: an answer to be booked, a time to come again, or nothing to send. */
type Attempt = { readonly claim: AmendClaim; readonly sent: Sent<OrderView> } | { readonly inMs: number } | null;

/** A change that can only lower what is at risk. */
function onlyShrinks({ price, order }: StoredChildOrder, wish: Pick<ChildAmend, 'orderQty' | 'price'>): boolean {
  return wish.price.eq(price) && wish.orderQty.lt(order.orderQty);
}

/** What a venue can do with a working order (venues.md A4). */
export function canAmend(
  kind: VenueTraits['amend'],
  now: { readonly orderQty: Quantity; readonly price: Price },
  wish: { readonly orderQty: Quantity; readonly price: Price },
): boolean {
  const samePrice = wish.price.eq(now.price);
  switch (kind) {
    case 'none':
      return false;
    case 'quantity_down':
      return samePrice && wish.orderQty.lt(now.orderQty);
    case 'size_or_price':
      return samePrice !== wish.orderQty.eq(now.orderQty);
    case 'price_and_quantity':
    case 'replace':
      return true;
  }
}

/**
 * Changes one working child in place: gate and claim of the attempt in one transaction, one request, and what came of it.
 * An attempt whose outcome is not known is looked up and compared before another. What the venue cannot change in place
 * is cancelled; once that is confirmed, a new child is the engine's to decide. `cancelReplace` is never called.
 */
export class AmendChild {
  private readonly outcome: AmendOutcome;

  constructor(
    private readonly db: Database,
    private readonly clock: DatabaseClock,
    private readonly sessions: AccountSessions,
    private readonly booking: Booking,
    private readonly gate: OrderGate,
    private readonly metrics: GatewayMetrics,
    private readonly logger: Logger,
    private readonly turns: AccountTurns,
  ) {
    this.outcome = new AmendOutcome(db, clock, booking);
  }

  async run(key: ChildKey, traceId: string): Promise<void> {
    const child = await this.take(key, traceId);
    if (!child?.amend) return;
    const account = await this.sessions.get(child.tenantId, child.accountId, child.venue);
    if (account === null) return this.again(child, NO_SESSION_RETRY_MS, traceId);
    if (child.amend.status !== 'requested') return this.outcome.find(child, child.amend, account, traceId);
    const { traits } = account.venue;
    if (!canAmend(traits.amend, { orderQty: child.order.orderQty, price: child.price }, child.amend))
      return this.cancelInstead(child);
    const { amend } = child;
    const work = (): Promise<Attempt> => this.claimAndSend(child, amend, account, traceId);
    // As for places: the claim waits for the calls before it, not behind them.
    const turn = traits.leaseOnlyPrivateCalls ? this.turns.take(child.accountId, work) : work();
    const attempt = turn === null ? { inMs: NO_TURN_RETRY_MS } : await turn;
    if (attempt === null) return;
    if ('inMs' in attempt) return this.again(child, attempt.inMs, traceId);
    await this.record(attempt.claim, attempt.sent, traceId);
  }

  private async claimAndSend(
    child: StoredChildOrder,
    wish: ChildAmend,
    account: AccountSession,
    traceId: string,
  ): Promise<Attempt> {
    const { traits } = account.venue;
    const shrinks = onlyShrinks(child, wish);
    const reserved = await account.session.reserve('amend', shrinks ? 'reduce' : 'place', {
      symbol: child.symbol,
      holdMs: claimWidthMs(traits) + traits.absenceMarginMs,
      agesMs: [leastAgeMs(child, account, this.clock.now())],
    });
    if (!reserved.granted) {
      this.metrics.budgetDenied.inc({ reason: reserved.reason, class: 'place' });
      return { inMs: budgetRetryMs(reserved) };
    }
    let claim: AmendClaim | null = null;
    try {
      const market = this.gate.marketOf(child.venue, child.symbol);
      claim = await this.db.inTenant(child.tenantId, (tx) =>
        this.claimLocked(tx, { child, wish }, account, market, traceId),
      );
    } finally {
      if (claim === null) await account.session.release(reserved.permit);
    }
    return claim === null ? null : { claim, sent: await this.send(claim, account, reserved.permit) };
  }

  /** Null when nothing is to be done: no wish, another worker has it, or the order is over or on its way out. */
  private take(key: ChildKey, traceId: string): Promise<StoredChildOrder | null> {
    return this.db.inTenant(key.tenantId, async (tx) => {
      const repository = new ChildOrderRepository(tx, key.tenantId);
      const [parent, isTaken, child] = await Promise.all([
        repository.lockParent(key.parentOrderId),
        takeWork(tx, this.clock, 'child.amend', key),
        repository.find(key.parentOrderId, key.sequence),
      ]);
      if (parent === null || !isTaken) return null;
      const status = child?.order.state.status;
      const isUnderWay = child?.amend && child.amend.status !== 'requested';
      // The order has vanished with the answer: only when it is found can be told what became of the change.
      if (child && isUnderWay && status === 'unknown') {
        await dueAfter(tx, this.clock, 'child.amend', child, VANISHED_RETRY_MS, traceId);
        return null;
      }
      const isMoot = !child?.amend || status !== 'working' || (child.cancelRequestedAt !== null && !isUnderWay);
      if (!isMoot) return child;
      if (child?.amend)
        await new ChildAmendRepository(tx, key.tenantId).drop(child, 'MOOT', 'the order is over, or to be cancelled');
      await nothingDue(tx, 'child.amend', key);
      return null;
    });
  }

  private async claimLocked(
    tx: Tx,
    { child: stale, wish }: { readonly child: StoredChildOrder; readonly wish: ChildAmend },
    account: AccountSession,
    market: ReturnType<OrderGate['marketOf']>,
    traceId: string,
  ): Promise<AmendClaim | null> {
    const repository = new ChildOrderRepository(tx, stale.tenantId);
    const amends = new ChildAmendRepository(tx, stale.tenantId);
    const [, , child, facts] = await Promise.all([
      repository.lockParent(stale.parentOrderId),
      lockExposure(tx, stale.tenantId, this.gate.isSimulated(stale.venue)),
      repository.find(stale.parentOrderId, stale.sequence),
      readGateFacts(tx, stale),
    ]);
    if (!child?.amend || facts === null) return null;
    if (!facts.mayPlace || !account.offset.isKnown()) {
      await dueAfter(tx, this.clock, 'child.amend', child, RETRY_MS, traceId);
      return null;
    }
    const { amend } = child;
    // Paid for, and found possible here, was the wish of a moment ago: another one begins anew.
    if (!amend.orderQty.eq(wish.orderQty) || !amend.price.eq(wish.price)) {
      await dueAfter(tx, this.clock, 'child.amend', child, 0, traceId);
      return null;
    }
    // What only takes quantity off adds no risk: nothing of the gate could stop it but its own state.
    const verdict = onlyShrinks(child, amend) ? null : this.gate.judge(child, facts, market, amend);
    if (verdict !== null) await this.gate.store(tx, child, verdict);
    if (verdict !== null && verdict.denial !== null) {
      await this.refuse(tx, child, verdict.denial, traceId);
      return null;
    }
    const claimed = await amends.claim(child, amend, claimWidthMs(account.venue.traits));
    if (claimed === null) {
      this.metrics.staleEpochs.inc({ service: 'exchange-gateway' });
      return null;
    }
    await dueUnlessDone(tx, this.clock, 'child.amend', child, ORPHAN_AFTER_MS);
    return {
      child,
      amend,
      epoch: claimed.epoch,
      fence: {
        claimEpoch: claimed.epoch,
        claimedAt: claimed.claimedAt,
        validUntil: claimed.validUntil,
        sendByMonotonicMs: performance.now() + SEND_BY_MS,
      },
    };
  }

  /** One request at most. */
  private async send(
    { child, amend, fence }: AmendClaim,
    account: AccountSession,
    permit: Parameters<AccountSession['session']['amend']>[2],
  ): Promise<Sent<OrderView>> {
    const started = performance.now();
    if (started > (fence.sendByMonotonicMs ?? Infinity)) {
      await account.session.release(permit);
      return { kind: 'not_sent', why: { code: 'SEND_BY_PASSED', text: `more than ${SEND_BY_MS} ms since the claim` } };
    }
    const { state, clientOrderId, orderQty } = child.order;
    const sent = await account.session.amend(
      {
        symbol: child.symbol,
        clientOrderId,
        venueOrderId: 'venueOrderId' in state ? state.venueOrderId : null,
        side: child.side,
        orderQty: amend.orderQty,
        price: amend.price,
        current: { orderQty, price: child.price },
      },
      fence,
      permit,
    );
    this.metrics.placements.observe(
      { venue: child.venue, operation: 'amend', outcome: sent.kind },
      (performance.now() - started) / 1_000,
    );
    return sent;
  }

  private async record(
    { child: { tenantId, parentOrderId, sequence }, epoch }: AmendClaim,
    sent: Sent<OrderView>,
    traceId: string,
  ): Promise<void> {
    await this.db.inTenant(tenantId, async (tx) => {
      const repository = new ChildOrderRepository(tx, tenantId);
      const [, child] = await Promise.all([
        repository.lockParent(parentOrderId),
        repository.find(parentOrderId, sequence),
      ]);
      if (child === null) return;
      // What the venue shows is booked whichever attempt it answers.
      if (sent.kind === 'done') {
        await this.booking.applyLocked(tx, child, { view: sent.value, fills: [] }, traceId);
        return;
      }
      if (child.amend?.epoch !== epoch || child.amend.status !== 'claimed')
        return this.metrics.staleEpochs.inc({ service: 'exchange-gateway' });
      const { code, text } = sent.why;
      if (sent.kind === 'unknown') {
        await new ChildAmendRepository(tx, tenantId).setStatus(child, 'unknown', code);
        await dueAfter(tx, this.clock, 'child.amend', child, LOOK_MS, traceId);
      } else if (code === UNSUPPORTED || (sent.kind === 'refused' && sent.retryAt === undefined)) {
        await this.refuse(tx, child, { code, text }, traceId, true);
        // The venue may have refused because the order is over.
        await dueAfter(tx, this.clock, 'child.resolve', child, 0, traceId);
      } else {
        await new ChildAmendRepository(tx, tenantId).setStatus(child, 'requested', code);
        const wait = sent.kind === 'refused' ? (sent.retryAt ?? 0) - this.clock.now() : 0;
        await dueAfter(tx, this.clock, 'child.amend', child, Math.max(RETRY_MS, wait), traceId);
      }
    });
    if (sent.kind !== 'done')
      this.logger.warn({ parentOrderId, sequence, outcome: sent.kind, ...sent.why }, 'child order not amended');
  }

  private cancelInstead(child: StoredChildOrder): Promise<void> {
    const text = `${child.venue} cannot change this of a working order in place: it is cancelled, and the engine decides anew`;
    this.logger.info({ clientOrderId: child.order.clientOrderId }, text);
    return this.db.inTenant(child.tenantId, async (tx) => {
      const repository = new ChildOrderRepository(tx, child.tenantId);
      await repository.lockParent(child.parentOrderId);
      const current = await repository.find(child.parentOrderId, child.sequence);
      if (!current?.amend || current.amend.status !== 'requested') return;
      await new ChildAmendRepository(tx, child.tenantId).drop(current, UNSUPPORTED, text);
      await nothingDue(tx, 'child.amend', current);
      await repository.requestCancel(child.parentOrderId, 'replaced', [child.sequence]);
    });
  }

  private async refuse(
    tx: Tx,
    child: StoredChildOrder,
    { code, text }: { readonly code: string; readonly text: string },
    traceId: string,
    byVenue = false,
  ): Promise<void> {
    await new ChildAmendRepository(tx, child.tenantId).drop(child, code, text, byVenue);
    await nothingDue(tx, 'child.amend', child);
    await wakeParent(tx, child.tenantId, child.parentOrderId, traceId);
  }

  private again(child: StoredChildOrder, delayMs: number, traceId: string): Promise<void> {
    return this.db.inTenant(child.tenantId, async (tx) => {
      await dueAfter(tx, this.clock, 'child.amend', child, delayMs, traceId);
    });
  }
}
