import { hasRoom, type Denial, type OpenOrderCap } from '#domain';
import {
  announceCancels,
  ChildOrderRepository,
  countOpenOrders,
  hastenWork,
  lockExposure,
  readGateFacts,
  wakeParent,
  type Database,
  type DatabaseClock,
  type StoredChildOrder,
  type Tx,
} from '#persistence';
import type { Logger } from '#observability';
import type { HandlerResult } from '#queues';
import { claimWidthMs, type PlaceAck, type Sent } from '#venues';
import type { LimitFunction } from 'p-limit';
import type { AccountSession, AccountSessions } from '../accounts/account-sessions.js';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { Permit } from '../venue/budgeted-session.js';
import type { FullAccount } from '../venue/open-order-room.js';
import type { Booking, ChildKey } from './booking.js';
import type { AccountTurns } from './account-turns.js';
import { ChildPlaces, type ChildWhereabouts } from './child-places.js';
import type { OrderGate } from './order-gate.js';
import { budgetRetryMs, dueAfter, dueUnlessDone, isDue, nothingDue, putOff } from './work-order.js';

/** Over this since the claim returned, nothing is sent: the fence would be stale (venues.md A6). */
const SEND_BY_MS = 200;
/** A claim whose worker died is looked into 5 s after it (venues.md A7): this, and what the sweeper takes to see it. */
const ORPHAN_AFTER_MS = 4_000;
/** First look after an unknown outcome. */
const FIRST_LOOK_MS = 500;
const UNREACHABLE_RETRY_MS = 500;
/** Doubled with each claim that came to nothing, up to this. */
const LONGEST_RETRY_MS = 15_000;
const NOT_TRADING_RETRY_MS = 500;
/** Where too many of the account wait for their turn already. */
const NO_TURN_RETRY_MS = 500;

/** A child whose budget was granted. */
interface Granted {
  readonly key: ChildKey;
  readonly where: ChildWhereabouts;
  readonly account: AccountSession;
  readonly permit: Permit;
  /** How many orders the venue lets be open; null: it sets no limit. */
  readonly cap: OpenOrderCap | null;
  readonly traceId: string;
}

interface Claim {
  readonly child: StoredChildOrder;
  readonly epoch: number;
  readonly fence: { readonly claimEpoch: number; readonly claimedAt: number; readonly validUntil: number };
  readonly returnedAtMono: number;
}

/** What came of a turn: an answer to be booked, a time to come again, or nothing to send. */
type Attempt = { readonly claim: Claim; readonly sent: Sent<PlaceAck> } | { readonly inMs: number } | null;

/** Sends one pending child order: budget, then claim, then exactly one request, then what came of it. */
export class SubmitChild {
  private readonly whereabouts: ChildPlaces;

  constructor(
    private readonly db: Database,
    private readonly clock: DatabaseClock,
    private readonly sessions: AccountSessions,
    private readonly booking: Booking,
    private readonly gate: OrderGate,
    private readonly metrics: GatewayMetrics,
    private readonly logger: Logger,
    private readonly instanceId: string,
    /** The transactions of places take turns in it, so that cancels always find a connection. */
    private readonly places: LimitFunction,
    /** Shared by all that claims and sends, for venues where calls leave one after another. */
    private readonly turns: AccountTurns,
  ) {
    this.whereabouts = new ChildPlaces(db);
  }

  async run(key: ChildKey, traceId: string): Promise<HandlerResult> {
    const where = await this.places(() => this.whereabouts.of(key));
    if (where === null) return undefined;
    const account = await this.sessions.get(key.tenantId, where.accountId, where.venue);
    if (account === null) return this.postpone(key, NOT_TRADING_RETRY_MS);

    const full = where.reduceOnly ? null : account.room.foundFull(where.symbol);
    if (full !== null) return this.postpone(key, account.room.held({ ...where, ...key }, full));
    const work = (): Promise<Attempt> => this.claimAndSend(key, where, account, traceId);
    // Calls that leave one after another would wait with a claim that ages: then the claim waits instead. Cancels do not.
    const turn = account.venue.traits.leaseOnlyPrivateCalls ? this.turns.take(where.accountId, work) : work();
    const attempt = turn === null ? { inMs: NO_TURN_RETRY_MS } : await turn;
    if (attempt === null) return undefined;
    if ('inMs' in attempt) return this.postpone(key, attempt.inMs);
    await this.places(() => this.record(attempt.claim, attempt.sent, traceId));
    return undefined;
  }

  private async claimAndSend(
    key: ChildKey,
    where: ChildWhereabouts,
    account: AccountSession,
    traceId: string,
  ): Promise<Attempt> {
    const cap = await account.room.cap();
    const { traits } = account.venue;
    const holdMs = claimWidthMs(traits) + traits.absenceMarginMs;
    const rank = where.reduceOnly ? 'reduce' : 'place';
    const reserved = await account.session.reserve('place', rank, {
      symbol: where.symbol,
      holdMs,
      parentId: key.parentOrderId,
      ...(where.strategyId !== null && { strategyId: where.strategyId, isDirect: where.isDirect }),
    });
    if (!reserved.granted) {
      if (reserved.cold) await account.warmUp();
      return { inMs: budgetRetryMs({ retryInMs: reserved.comeInMs, cold: reserved.cold }) };
    }
    const claim = await this.claim({ key, where, account, permit: reserved.permit, cap, traceId });
    if (claim === null) return null;
    if ('open' in claim) return { inMs: account.room.held({ ...where, ...key }, claim) };
    return { claim, sent: await this.send(claim, account, reserved.permit) };
  }

  /** Takes the work, asks the last gate and claims, in one transaction with the parent's row locked. */
  private async claim(granted: Granted): Promise<Claim | FullAccount | null> {
    let claimed: Omit<Claim, 'returnedAtMono'> | FullAccount | null = null;
    try {
      claimed = await this.places(() => this.db.inTenant(granted.key.tenantId, (tx) => this.claimLocked(tx, granted)));
    } finally {
      if (claimed === null || 'open' in claimed) await granted.account.session.release(granted.permit);
    }
    return claimed === null || 'open' in claimed ? claimed : { ...claimed, returnedAtMono: performance.now() };
  }

  /** Null when there is nothing to send: another worker has it, it was sent or cancelled, or its time has not come. */
  private async claimLocked(
    tx: Tx,
    { key, where, account, cap, traceId }: Granted,
  ): Promise<Omit<Claim, 'returnedAtMono'> | FullAccount | null> {
    const repository = new ChildOrderRepository(tx, key.tenantId);
    const market = this.gate.marketOf(where.venue, where.symbol);
    // One round trip: the locks are asked for first, so everything after them is read under them.
    const [, work, , child, facts, open] = await Promise.all([
      repository.lockParent(key.parentOrderId),
      isDue(tx, 'child.submit', key),
      lockExposure(tx, key.tenantId, this.gate.isSimulated(where.venue) && cap === null),
      repository.find(key.parentOrderId, key.sequence),
      readGateFacts(tx, { ...key, accountId: where.accountId, venue: where.venue }),
      cap === null ? 0 : countOpenOrders(tx, key.tenantId, where.accountId, cap.isPerSymbol ? where.symbol : null),
    ]);
    if (!work) return null;
    if (child === null || child.order.state.status !== 'pending') {
      await nothingDue(tx, 'child.submit', key);
      return null;
    }
    if (facts === null) throw new Error(`Child ${key.parentOrderId}/${key.sequence} must have a parent`);
    // Not denied: an account that may not trade at the moment is asked again. A halt ends what waits.
    if (facts.state !== 'HALTED' && (!facts.mayPlace || !account.offset.isKnown())) {
      await dueAfter(tx, this.clock, 'child.submit', child, NOT_TRADING_RETRY_MS, traceId);
      return null;
    }
    const verdict = this.gate.judge(child, facts, market);
    // What the gate denies ends; what only finds no room waits, and stays due until it is put off.
    if (verdict.denial === null && cap !== null && !hasRoom(cap, open, child.reduceOnly)) return { cap, open };
    await this.gate.store(tx, child, verdict);
    if (verdict.denial !== null) {
      await this.deny(tx, child, verdict.denial, traceId);
      return null;
    }
    const claim = await repository.claim(child, claimWidthMs(account.venue.traits), this.instanceId);
    if (claim === null) {
      // Its cancel was asked for: that work closes it.
      this.metrics.staleEpochs.inc({ service: 'exchange-gateway' });
      await nothingDue(tx, 'child.submit', child);
      return null;
    }
    await nothingDue(tx, 'child.submit', child);
    await dueUnlessDone(tx, this.clock, 'child.resolve', child, ORPHAN_AFTER_MS);
    return {
      child,
      epoch: claim.epoch,
      fence: { claimEpoch: claim.epoch, claimedAt: claim.claimedAt, validUntil: claim.validUntil },
    };
  }

  /** One request at most. After it, whatever happened is in the answer; nothing is tried again here. */
  private async send(
    { child, fence, returnedAtMono }: Claim,
    account: AccountSession,
    permit: Permit,
  ): Promise<Sent<PlaceAck>> {
    const started = performance.now();
    if (started - returnedAtMono > SEND_BY_MS) {
      await account.session.release(permit);
      return { kind: 'not_sent', why: { code: 'SEND_BY_PASSED', text: `more than ${SEND_BY_MS} ms since the claim` } };
    }
    const sent = await account.session.place(
      {
        clientOrderId: child.order.clientOrderId,
        symbol: child.symbol,
        side: child.side,
        orderQty: child.order.orderQty,
        price: child.price,
        timeInForce: child.timeInForce,
        ...(child.reduceOnly ? { reduceOnly: true } : {}),
        ...(child.positionSide === null ? {} : { positionSide: child.positionSide }),
      },
      { ...fence, sendByMonotonicMs: returnedAtMono + SEND_BY_MS } as Parameters<typeof account.session.place>[1],
      permit,
    );
    this.metrics.placements.observe(
      { venue: child.venue, operation: 'place', outcome: sent.kind },
      (performance.now() - started) / 1_000,
    );
    return sent;
  }

  private async record(claim: Claim, sent: Sent<PlaceAck>, traceId: string): Promise<void> {
    const { epoch } = claim;
    await this.db.inTenant(claim.child.tenantId, async (tx) => {
      const repository = new ChildOrderRepository(tx, claim.child.tenantId);
      const [, child] = await Promise.all([
        repository.lockParent(claim.child.parentOrderId),
        repository.find(claim.child.parentOrderId, claim.child.sequence),
      ]);
      if (child === null) return;
      const why = sent.kind === 'done' ? { code: '', text: '' } : sent.why;
      await repository.recordPlacement(child, epoch, {
        outcome: sent.kind,
        sentAt: sent.meta?.sentAt ?? null,
        repliedAt: sent.meta?.repliedAt ?? null,
        httpStatus: sent.meta?.httpStatus ?? null,
        ...why,
      });
      // Presence is always booked; a claim is changed only by its own answer.
      if (sent.kind === 'done') return this.accept(tx, child, sent.value, traceId);
      if (child.order.epoch !== epoch) return this.metrics.staleEpochs.inc({ service: 'exchange-gateway' });
      if (child.order.state.status !== 'claimed') return; // the stream was faster: it is known to exist
      if (sent.kind === 'unknown') await this.becomeUnknown(tx, child, epoch, sent.hint ?? why.code, traceId);
      else if (sent.kind === 'refused' && sent.retryAt === undefined)
        await this.reject(tx, child, why.code, why.text, traceId);
      else await this.release(tx, child, epoch, sent.kind === 'refused' ? (sent.retryAt ?? 0) : 0, traceId);
    });
    const log = { clientOrderId: claim.child.order.clientOrderId, parentOrderId: claim.child.parentOrderId, epoch };
    if (sent.kind === 'done') this.logger.info({ ...log, venueOrderId: sent.value.venueOrderId }, 'child order placed');
    else this.logger.warn({ ...log, outcome: sent.kind, ...sent.why }, 'child order not placed');
  }

  private async accept(tx: Tx, child: StoredChildOrder, ack: PlaceAck, traceId: string): Promise<void> {
    await nothingDue(tx, 'child.resolve', child);
    if (ack.view !== null) {
      const booked = await this.booking.applyLocked(tx, child, { view: ack.view, fills: ack.fills }, traceId);
      if (booked === 'closed') return;
    } else if (child.order.state.status === 'claimed' || child.order.state.status === 'unknown') {
      await this.booking.step(tx, child, { type: 'submitted', venueOrderId: ack.venueOrderId });
      await dueUnlessDone(tx, this.clock, 'child.resolve', child, ORPHAN_AFTER_MS);
      await wakeParent(tx, child.tenantId, child.parentOrderId, traceId);
    }
    if (child.cancelRequestedAt !== null && child.order.state.status !== 'closed') await this.cancelNow(tx, child);
  }

  /** Its cancel may have overtaken it at the venue and found nothing; it is there now. */
  private async cancelNow(tx: Tx, { tenantId, accountId, parentOrderId, sequence }: StoredChildOrder): Promise<void> {
    await hastenWork(tx, { kind: 'child.cancel', tenantId, parentOrderId, sequence });
    await announceCancels(tx, tenantId, [accountId]);
  }

  private async becomeUnknown(
    tx: Tx,
    child: StoredChildOrder,
    epoch: number,
    code: string,
    traceId: string,
  ): Promise<void> {
    await this.booking.step(tx, child, { type: 'outcome_unknown', epoch, code });
    await dueAfter(tx, this.clock, 'child.resolve', child, FIRST_LOOK_MS, traceId);
  }

  private async reject(tx: Tx, child: StoredChildOrder, code: string, text: string, traceId: string): Promise<void> {
    await this.booking.step(
      tx,
      child,
      { type: 'closed', reason: 'rejected', code, at: this.clock.now(), venueOrderId: null },
      text,
    );
    await wakeParent(tx, child.tenantId, child.parentOrderId, traceId);
  }

  /** It provably never became an order: offered again later, unless its cancel was asked for meanwhile. */
  private async release(
    tx: Tx,
    child: StoredChildOrder,
    epoch: number,
    retryAt: number,
    traceId: string,
  ): Promise<void> {
    const released = await this.booking.step(tx, child, { type: 'released', epoch });
    await nothingDue(tx, 'child.resolve', child);
    if (child.cancelRequestedAt !== null) {
      await this.booking.step(tx, released, {
        type: 'closed',
        reason: 'canceled',
        code: '',
        at: this.clock.now(),
        venueOrderId: null,
      });
      await wakeParent(tx, child.tenantId, child.parentOrderId, traceId);
      return;
    }
    const patience = Math.min(UNREACHABLE_RETRY_MS * 2 ** Math.min(epoch - 1, 6), LONGEST_RETRY_MS);
    const delayMs = Math.max(patience, retryAt - this.clock.now());
    await dueAfter(tx, this.clock, 'child.submit', child, delayMs, traceId);
  }

  private async deny(tx: Tx, child: StoredChildOrder, denial: Denial, traceId: string): Promise<void> {
    await this.booking.step(
      tx,
      child,
      { type: 'closed', reason: 'denied', code: denial.code, at: this.clock.now(), venueOrderId: null },
      denial.text,
    );
    await wakeParent(tx, child.tenantId, child.parentOrderId, traceId);
  }

  /** Not now: the row says when, and this same job comes back then. Nothing is locked beyond that row. */
  private postpone(key: ChildKey, delayMs: number): Promise<HandlerResult> {
    return this.places(() => this.db.inTenantAtOnce(key.tenantId, (tx) => putOff(tx, 'child.submit', key, delayMs)));
  }
}
