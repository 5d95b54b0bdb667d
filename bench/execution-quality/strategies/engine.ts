import {
  Dec,
  POST_ONLY_REFUSAL,
  decide,
  epochMs,
  sideSign,
  type Algorithm,
  type Annotation,
  type EpochMs,
  type ExecutionChild,
  type ExecutionMarket,
  type ExecutionParent,
  type Intent,
  type MarketSnapshot,
  type ParentOrderId,
  type VolumeProfile,
} from '#domain';
import { NOTHING_MET } from '../../../apps/order-scheduler/src/market/account-habits.js';
import { accountMarket } from '../../../apps/order-scheduler/src/market/account-market.js';
import {
  ACCOUNT,
  applyDecision,
  changeChild,
  close,
  fill,
  marketOf,
  parentOrder,
} from '../../../test/support/simulated-order.js';
import type { SweptLevel } from '../venue/sweep-levels.js';
import type { Fees } from '../measures/run-measures.js';
import { MakerMarkouts } from './maker-markouts.js';
import type { MarketBoard } from './market-board.js';
import type { DeskChild, OrderDesk, RestingListener } from './order-desk.js';
import type { Strategy, WindowOrder } from './window-order.js';
import { withOwnOrders } from './with-own-orders.js';

export type Watch = Extract<Annotation, { kind: 'watch' }>;

/** Keeps what orders watch, and wakes them. */
export interface Watches {
  set(order: EngineOrder, watch: Watch | null): void;
  forget(order: EngineOrder): void;
}

export interface EngineSetup {
  /** Names the order among those that run at the same time; draws come from the window's own name. */
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly fees: Fees;
  readonly discretion: number;
  readonly passiveness: number;
  /** Volume by minute of day that the engine plans by where its algorithm does. */
  readonly profile: VolumeProfile;
}

/**
 * The production engine on a replayed market: `decide` is woken as the scheduler wakes it (at `nextWakeAt`, by fills,
 * changes of children and crossed watches), is told the market by the scheduler's own function, and its intents reach
 * the venue with the latency of the replay.
 */
export class EngineOrder implements Strategy {
  #parent: ExecutionParent;
  readonly #children = new Map<number, DeskChild>();
  readonly #markouts: MakerMarkouts;
  readonly #tradedBefore: number;
  #wakes = 0;
  /** Decisions made, and the time they took in ms. */
  decisions = 0;
  decideMs = 0;

  constructor(
    private readonly order: WindowOrder,
    private readonly desk: OrderDesk,
    private readonly board: MarketBoard,
    private readonly watches: Watches,
    private readonly setup: EngineSetup,
  ) {
    const { id, side, durationMs, lots, startAt } = order;
    this.#parent = parentOrder(
      {
        id: `${setup.name} ${id}` as ParentOrderId,
        algorithm: setup.algorithm,
        side,
        orderQty: board.quantity(lots),
        activatedAt: epochMs(Math.floor(startAt / 1_000)),
      },
      { durationMs, discretion: new Dec(setup.discretion), passiveness: new Dec(setup.passiveness) },
    );
    this.#tradedBefore = board.tradedLots;
    this.#markouts = new MakerMarkouts(
      sideSign(side),
      (at, run) => desk.at(at, run),
      () => {
        const { top } = desk.venue;
        return top === null ? null : (top.bidTicks + top.askTicks) / 2;
      },
    );
  }

  get id(): ParentOrderId {
    return this.#parent.id;
  }

  get parent(): ExecutionParent {
    return this.#parent;
  }

  start(): void {
    this.wake();
  }

  /** Decides now; whatever was planned before is replaced. */
  wake(): void {
    if (this.desk.isClosed) return this.watches.forget(this);
    const now = this.#now;
    const market = this.#market();
    const began = performance.now();
    const decision = decide(this.#parent, market, now, this.order.id);
    this.decideMs += performance.now() - began;
    this.decisions += 1;
    this.#parent = applyDecision(this.#parent, decision, now);
    for (const intent of decision.intents) this.#send(intent);
    this.watches.set(this, decision.annotations.findLast((note): note is Watch => note.kind === 'watch') ?? null);
    this.#wakes += 1;
    const wake = this.#wakes;
    if (decision.nextWakeAt !== null)
      this.desk.at(decision.nextWakeAt * 1_000, () => {
        if (wake === this.#wakes) this.wake();
      });
  }

  get #now(): EpochMs {
    return epochMs(Math.floor(this.desk.now / 1_000));
  }

  #market(): ExecutionMarket {
    const { makerBps, takerBps } = this.setup.fees;
    const market = accountMarket({
      accountId: ACCOUNT,
      instrument: this.board.instrument,
      snapshot: this.#snapshot(),
      state: {
        status: 'trading',
        reason: '',
        held: true,
        fees: { makerBps: new Dec(makerBps), takerBps: new Dec(takerBps) },
        confirmedAt: null,
      },
      balances: [],
      side: this.order.side,
      budgetFree: 1,
      habits: NOTHING_MET,
      countedBefore: null,
      // the replay knows places and cancels only
      amend: 'none',
      keyRefused: null,
      priceCollar: null,
      reducible: null,
      positionSide: null,
    });
    // own fills are in no tape: all of its volume is of others
    const volume = this.board.quantity(this.board.tradedLots - this.#tradedBefore);
    return marketOf([{ ...market, makerMarkout: this.#markouts.view() }], {
      othersVolume: volume,
      marketVolume: volume,
      profile: this.setup.profile,
    });
  }

  /** What the feed would tell: our own children rest in a venue's book as well. */
  #snapshot(): MarketSnapshot {
    const snapshot = this.board.snapshot();
    const own = [...this.#children.values()].flatMap(({ ticks, resting }) =>
      resting === null || resting.openLots === 0
        ? []
        : [{ price: this.board.price(ticks), qty: this.board.quantity(resting.openLots) }],
    );
    if (own.length === 0) return snapshot;
    return this.order.side === 'buy'
      ? { ...snapshot, bids: withOwnOrders('buy', snapshot.bids, own) }
      : { ...snapshot, asks: withOwnOrders('sell', snapshot.asks, own) };
  }

  #send(intent: Intent): void {
    const { sequence } = intent;
    if (intent.kind === 'cancel') {
      const child = this.#children.get(sequence);
      if (child !== undefined)
        this.desk.cancel(child, (open) => {
          if (open > 0) this.#change(sequence, (one) => close(one, 'canceled', '', this.#now));
        });
      return;
    }
    if (intent.kind === 'amend') throw new RangeError(`Order ${this.id}: the replayed venue changes no child in place`);
    const [ticks, lots] = [this.board.ticks(intent.price), this.board.lots(intent.orderQty)];
    if (intent.timeInForce === 'ioc') this.#take(sequence, ticks, lots, intent.purpose);
    else this.#rest(sequence, ticks, lots, intent.purpose);
  }

  #rest(sequence: number, ticks: number, lots: number, purpose: string): void {
    const listener: RestingListener = {
      accepted: () => this.#change(sequence, (one) => (one.status === 'closed' ? one : { ...one, status: 'working' })),
      refused: () => this.#change(sequence, (one) => close(one, 'rejected', POST_ONLY_REFUSAL, this.#now)),
      filled: (filled) => this.#change(sequence, (one) => this.#booked(one, ticks, filled)),
      atVenue: () => this.#markouts.filled(ticks, this.desk.now),
    };
    this.#children.set(sequence, this.desk.rest(ticks, lots, listener, purpose));
  }

  #take(sequence: number, limitTicks: number, lots: number, purpose: string): void {
    const took = (taken: readonly SweptLevel[]): void =>
      this.#change(sequence, (one) => {
        const filled = taken.reduce((child, level) => this.#booked(child, level.ticks, level.lots), one);
        return filled.status === 'closed' ? filled : close(filled, 'expired', '', this.#now);
      });
    this.desk.take(lots, limitTicks, took, purpose);
  }

  #booked(child: ExecutionChild, ticks: number, lots: number): ExecutionChild {
    return fill(child, this.board.quantity(lots), this.board.price(ticks), this.#now);
  }

  /** A child changed, which wakes the order. */
  #change(sequence: number, change: (child: ExecutionChild) => ExecutionChild): void {
    this.#parent = changeChild(this.#parent, sequence, change);
    if (this.#parent.children.find((child) => child.sequence === sequence)?.status === 'closed')
      this.#children.delete(sequence);
    this.wake();
  }
}
